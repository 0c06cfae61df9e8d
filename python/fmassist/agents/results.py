"""What a checked study says, cut down to what fits into an agent's context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.evidence.store import read_evidence
from fmassist.report.schema import read_findings

MOST_FINDINGS = 25
"""An answer names at most this many findings, worst first, and says how many there are."""
AS_GOOD = {
    "block": "beyond doubt implausible: not to be used without a decision",
    "review": "asks for a look",
    "info": "a note",
}


def summary(document: dict[str, Any]) -> dict[str, Any]:
    """The verdict with its findings and causes, each in a line.

    Args:
        document: a `findings.json`.
    """
    loud = [finding for finding in document["findings"] if finding["severity"] != "info"]
    return {
        "verdict": document["verdict"],
        "structures": len(document["segments"]),
        "findings_above_info": len(loud),
        "findings": [
            {key: finding[key] for key in ("id", "severity", "kind", "segments", "message", "location_ras_mm")}
            | {"has_repair": finding["repair"] is not None}
            for finding in loud[:MOST_FINDINGS]
        ],
        "causes": [{key: cause[key] for key in ("label", "probability", "segments")} for cause in document["causes"]],
        "notice": "Research software. A named person decides on every finding; nothing was changed.",
    }


def explained(folder: Path, finding_id: str) -> dict[str, Any]:
    """Everything that is known of one finding: what was measured, what was expected, from which sources, and why.

    Args:
        folder: of a result, as `fmassist check --out` writes it.
        finding_id: its id in `findings.json`.

    Raises:
        InputError: there is no such result, or no such finding in it.
    """
    document = read_findings(folder / "findings.json")
    for finding in document["findings"]:
        if finding["id"] == finding_id:
            return {**finding, "severity_means": AS_GOOD[finding["severity"]]}
    known = ", ".join(finding["id"] for finding in document["findings"][:MOST_FINDINGS]) or "none"
    raise InputError("the result has no finding of that id", f"give one of: {known}")


def between(folder: Path, first: str, second: str) -> dict[str, Any]:
    """What was measured between two segments: distance, contact, overlap, and in which direction one lies.

    Args:
        folder: of a result.
        first: name of a segment, as in the labels.
        second: name of another.

    Raises:
        InputError: a segment is not there, or nothing was measured between the two.
    """
    evidence = read_evidence(folder / "evidence.json")
    keys = {facts.name: facts for facts in evidence.segments if facts.voxel_count}
    for name in (first, second):
        if name not in keys:
            raise InputError("a segment of that name is not in the result", f"give one of: {', '.join(sorted(keys))}")
    a, b = keys[first], keys[second]
    assert a.centroid_ras_mm is not None
    assert b.centroid_ras_mm is not None
    offset = [round(y - x, 1) for x, y in zip(a.centroid_ras_mm, b.centroid_ras_mm, strict=True)]
    told: dict[str, Any] = {
        "first": first,
        "second": second,
        "volume_ml": [round(a.volume_ml, 2), round(b.volume_ml, 2)],
        "second_seen_from_first_ras_mm": offset,
        "axes": "+x right, +y anterior, +z superior, between the centroids",
    }
    for pair in evidence.pairs:
        if {pair.first, pair.second} == {a.key, b.key}:
            told["distance_mm"] = round(pair.distance_mm, 2)
            told["contact_area_mm2"] = round(pair.contact_area_mm2, 1)
            told["overlap_ml"] = round(pair.overlap_ml, 3)
            return told
    told["distance_mm"] = None
    told["note"] = "The two lie so far apart that nothing between them was measured."
    return told
