"""A study's findings as rows of tables: segments, findings, outcomes of rules. Units stand in the columns' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fmassist.report.scores import score_of, worst_first

UNITS = {"mL": "ml", "mm": "mm", "HU": "hu", "image units": "image_units", "mm²": "mm2"}
"""How a unit of `findings.json` is written in a column's name."""


def segment_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a segment, worst first, with its score and every measurement that is a single number.

    Args:
        document: content of `findings.json`.
    """
    return [_segment_row(segment) for segment in worst_first(document)]


def _segment_row(segment: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        "segment": segment["name"],
        "structure": (segment["structure"] or "").rsplit("/", 1)[-1],
        "structure_label": segment["structure_label"] or "",
        "status": segment["status"],
        "findings": len(segment.get("findings", ())),
        "score": score_of(segment),
    }
    for quantity, measured in segment["measurements"].items():
        if isinstance(measured, Mapping) and isinstance(measured.get("value"), int | float):
            row[column_name(quantity, measured["unit"])] = measured["value"]
    return row


def column_name(quantity: str, unit: str) -> str:
    """Name of a measurement's column: `volume` in mL is `volume_ml`; a plain count has no unit."""
    return f"{quantity}_{UNITS[unit]}" if unit in UNITS else quantity


def finding_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a finding, the likeliest cause with it."""
    return [
        {
            "finding": finding["id"],
            "rule": finding["rule"].rsplit("/", 1)[-1],
            "kind": finding["kind"],
            "severity": finding["severity"],
            "segments": "; ".join(finding["segments"]),
            "probability": finding["probability"],
            "cause": finding["causes"][0]["id"] if finding["causes"] else "",
            "cause_probability": finding["causes"][0]["probability"] if finding["causes"] else None,
            "repair": "" if finding["repair"] is None else finding["repair"]["id"],
            "message": finding["message"],
        }
        for finding in document["findings"]
    ]


def rule_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a rule, with how often it passed, failed, did not apply and could not run."""
    return [
        {**{key: value for key, value in row.items() if key != "rule"}, "rule": row["rule"].rsplit("/", 1)[-1]}
        for row in document["rules"]["by_rule"]
    ]
