"""`report.html`: one page that loads nothing from outside, runs nothing, and escapes every name."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fmassist.report.bar import bar_for
from fmassist.report.pictures import Picture
from fmassist.report.scores import score_of, worst_first
from fmassist.resources import resource

if TYPE_CHECKING:
    from jinja2 import Environment

VERDICT = {
    "plausible": ("Plausible", "Nothing here contradicts anatomy."),
    "review": ("Needs review", "Look at what is listed below before you use this segmentation."),
    "implausible": ("Implausible", "Parts of this segmentation cannot be right. Do not use it as it is."),
}
KINDS = {
    "implausible": "Implausible",
    "contradictory": "Contradiction",
    "needs_confirmation": "Please confirm",
    "cannot_tell": "Cannot tell",
    "input": "Input",
}
MOST_ROWS = 5
"""Measurements shown of one finding; the rest folds away."""
MOST_CAUSES = 4
"""Causes told at the top: where each finding has a cause of its own, a list of them would only say everything twice."""
MOST_CARDS = 200
"""Findings shown in full; beyond that the page would be too large to open, and says so."""


def render(document: Mapping[str, Any], pictures: Mapping[str, Picture] | None = None) -> str:
    """The page.

    Args:
        document: content of `findings.json`.
        pictures: by finding id (see `fmassist.report.pictures`).
    """
    style = resource("report", "report.css").read_text(encoding="utf-8")
    pictures = pictures or {}
    open_findings = [f for f in document["findings"] if f["severity"] != "info"]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            study=document["study"],
            verdict=document["verdict"],
            verdict_words=VERDICT[document["verdict"]],
            summary=_summary(document),
            causes=_causes(document),
            most_causes=MOST_CAUSES if len(document["causes"]) > MOST_CAUSES + 1 else MOST_CAUSES + 1,
            findings=[
                _card(finding, number, document, pictures)
                for number, finding in enumerate(open_findings[:MOST_CARDS], 1)
            ],
            without_picture=sum(1 for f in open_findings if f["location_ras_mm"] and f["id"] not in pictures),
            not_shown=max(0, len(open_findings) - MOST_CARDS),
            has_pictures=bool(pictures),
            notes=[f for f in document["findings"] if f["severity"] == "info"],
            structures=_structures(document),
            most_structures=MOST_STRUCTURES,
            most_cards=MOST_CARDS,
            rules=document["rules"],
            versions=document["versions"],
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii"),
        )
    )


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates of the report room; every value is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resource("report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, volume=volume, chance=chance, coordinates=coordinates, local=local_name)
    return environment


def number(value: object) -> str:
    """A number with no more digits than a doctor reads; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "—" if value is None else str(value)
    size = abs(value)
    digits = 0 if size >= 10 or value == round(value) else 1 if size >= 1 else 2
    return f"{value:,.{digits}f}".replace("-", "−")


def volume(segment: Mapping[str, Any]) -> str:
    """A segment's volume in mL."""
    measured = segment["measurements"].get("volume")
    return f"{number(measured['value'])} mL" if measured else "—"


def percent(share: float | None) -> str:
    """A share as a percentage, never 0 % or 100 % where it is only close to it."""
    if share is None:
        return "—"
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{share * 100:.0f} %"


def chance(probability: float | None) -> str:
    """A probability as a percentage; nothing that was reasoned is ever certain."""
    return percent(None if probability is None else min(max(probability, 0.001), 0.999))


def coordinates(ras_mm: tuple[float, float, float]) -> str:
    """A place as Slicer shows it."""
    return "  ".join(f"{letter} {number(round(value))}" for letter, value in zip("RAS", ras_mm, strict=True))


def local_name(iri: str) -> str:
    """The last part of an IRI."""
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def _summary(document: Mapping[str, Any]) -> str:
    segments, findings = document["segments"], document["findings"]
    status = [segment["status"] for segment in segments]
    count = sum(finding["severity"] != "info" for finding in findings)
    parts = [_counted(count, "finding") if count else "no finding"]
    for name, words in (
        ("flagged", "flagged"),
        ("plausible", "plausible"),
        ("cut_off", "cut off by the field of view"),
        ("not_judged", "named, with no rule that could be asked"),
    ):
        if status.count(name):
            parts.append(f"{status.count(name)} {words}")
    if status.count("unknown"):
        parts.append(f"{status.count('unknown')} without a known meaning, not checked")
    return f"{_counted(len(segments), 'structure')}: " + ", ".join(parts) + "."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _causes(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The study's causes, each with the messages that it explains; numbers point to the cards."""
    numbers = {f["id"]: i for i, f in enumerate((f for f in document["findings"] if f["severity"] != "info"), 1)}
    by_id = {finding["id"]: finding for finding in document["findings"]}
    found = []
    for cause in document["causes"]:
        explained = [finding for finding in cause["explains"] if finding in by_id]
        rivals = [
            rival
            for rival in (by_id[explained[0]]["causes"] if explained else [])
            if rival["label"] != cause["label"] and (rival["probability"] or 0) >= 0.05
        ]
        shown = [numbers[i] for i in explained if i in numbers]
        found.append({**cause, "numbers": shown, "followers": len(explained) - len(shown), "rivals": rivals[:2]})
    return found


def _card(
    finding: Mapping[str, Any], number_: int, document: Mapping[str, Any], pictures: Mapping[str, Picture]
) -> dict[str, Any]:
    labels = {segment["name"]: segment["structure_label"] or segment["name"] for segment in document["segments"]}
    rows = [{**row, "bar": bar_for(row["value"], row.get("low"), row.get("high"))} for row in finding["evidence"]]
    picture = pictures.get(finding["id"])
    return {
        "counterfactual": "",  # findings of an older version have neither
        "trace": None,
        **finding,
        "number": number_,
        "kind_words": KINDS[finding["kind"]],
        "titles": [labels.get(name, name) for name in finding["segments"]],
        "rows": rows[:MOST_ROWS],
        "more_rows": rows[MOST_ROWS:],
        "picture": picture,
        "told_causes": _told(finding["causes"]),
        "legend": [(colour, labels.get(name, name)) for colour, name in picture.legend] if picture else [],
    }


def _told(causes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The likeliest causes; what is less than 2 % likely only distracts."""
    return [cause for n, cause in enumerate(causes[:3]) if n == 0 or (cause["probability"] or 0) >= 0.02]


STATES = {
    "plausible": "no rule speaks against it",
    "cut_off": "cut off by the scan: volume of the part in view; size and shape not checked",
    "not_judged": "no rule could be asked",
    "unknown": "meaning unknown, not checked",
}
"""What a structure's score is based on, where no finding above `info` names it."""
MOST_STRUCTURES = 12
"""Rows of the table of structures that are open at first."""


def _structures(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The table's rows, worst first: each with its score and the numbers of the findings that name it."""
    rows = []
    loud = [finding for finding in document["findings"] if finding["severity"] != "info"]
    for segment in worst_first(document):
        numbers = [number for number, finding in enumerate(loud, 1) if segment["name"] in finding["segments"]]
        block = any(loud[number - 1]["severity"] == "block" for number in numbers)
        rows.append(
            {
                **segment,
                "score": score_of(segment),
                "numbers": [(number, len(loud[number - 1]["segments"]) - 1) for number in numbers],
                "state": "block" if block else "review" if numbers else "",
                "based_on": STATES.get(segment["status"], ""),
            }
        )
    return rows
