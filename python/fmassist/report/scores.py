"""The score of a structure, `wrong_probability` in findings.json, and the one order in which it is shown: worst first.

A structure named by a graver finding never comes below one that is not: `block` before `review` before neither. Among
equals the likelier to be wrong comes first, those without a score last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fmassist.knowledge.constants import constants

LOUDNESS = {"block": 2, "review": 1}


def score_of(segment: Mapping[str, Any]) -> float | None:
    """Probability (0–1) that the outline is wrong (Dice to the truth below .8); None where nothing tells."""
    score = segment.get("wrong_probability")
    return None if score is None else float(score)


def worst_first(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The segments of `findings.json`, worst first.

    Args:
        document: content of `findings.json`.
    """
    loudest: dict[str, int] = {}
    for finding in document["findings"]:
        for name in finding["segments"]:
            loudest[name] = max(loudest.get(name, 0), LOUDNESS.get(finding["severity"], 0))

    def place(segment: Mapping[str, Any]) -> tuple[int, float, str]:
        score = score_of(segment)
        return -loudest.get(segment["name"], 0), 1.0 if score is None else -score, segment["name"]

    return sorted(document["segments"], key=place)


def study_score(document: Mapping[str, Any]) -> float:
    """Probability (0–1) that something in the study is wrong: the order of the worklist.

    It is the larger of two: that any finding above `info` is a true error (as if they were independent), and the
    score of the worst structure. They are not multiplied, since a structure's score already holds its findings.
    """
    left = 1.0
    for finding in document["findings"]:
        if finding["severity"] in LOUDNESS:
            known = finding["probability"]
            left *= 1.0 - min(
                constants().confidence.by_severity.of(finding["severity"]) if known is None else known, 0.999
            )
    scores = [score for segment in document["segments"] if (score := score_of(segment)) is not None]
    return round(max([1.0 - left, *scores]), 4)
