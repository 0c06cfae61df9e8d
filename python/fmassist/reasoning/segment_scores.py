"""How likely each segment is wrong, from all that is said of it: a logistic model learned on real people's errors.

`Resources/calibration/segments.json` holds the weights, how many segments of how many people they were learned from,
and the reliability of the scores in people left out (`fmassist.bench.real.segments`). The probability is that of a Dice
to the truth below .8, in the mix that the file says; in better or worse outputs than those the share at large differs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.findings import Finding
from fmassist.reasoning.grading import Grade
from fmassist.resources import resource
from fmassist.terms import Kind, Severity

FEATURES: dict[str, str] = {
    "graded": "evidence of the neighbours, log likelihood ratio from -1.5 to 6; 0 where there is none",
    "is graded": "1 where there is such evidence",
    "block, many": "1 where findings that block name it among many others: the sum of one over the root of how many "
    "segments each names is below .4",
    "block, few": "1 where that sum is .4 to .95: two to six segments",
    "block, alone": "1 where it is more: it is named alone, or by several findings",
    "review, many": "the same of findings that ask for review",
    "review, few": "the same of findings that ask for review",
    "review, alone": "the same of findings that ask for review",
    "info": "1 where a remark names it and nothing graver does",
    "cause": "probability of the likeliest first cause that names it",
    "study": "1 where a finding that blocks is about the study and names no segment",
}
"""What each segment is judged by, in the order of the weights."""
GRADED_RANGE = (-1.5, 6.0)
FEW, ALONE = 0.4, 0.95
ESTIMATES = (-2.0, (0.8, 0.0, 1.0, 2.0, 2.5, 0.5, 1.0, 1.5, 0.0, 0.5, 0.5))
"""Intercept and weights where none were learned (estimates)."""


@dataclass(frozen=True)
class Weights:
    """A logistic model over `FEATURES`."""

    intercept: float
    weights: tuple[float, ...]

    def probability(self, features: Sequence[float]) -> float:
        """That a segment of these features is wrong."""
        odds = self.intercept + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


@cache
def shipped_weights() -> Weights:
    """Those among the resources; estimates where there are none."""
    path = resource("calibration") / "segments.json"
    if not path.is_file():
        return Weights(*ESTIMATES)
    content = json.loads(path.read_text(encoding="utf-8"))
    by_name = {row["feature"]: float(row["weight"]) for row in content["weights"]}
    return Weights(float(content["intercept"]), tuple(by_name[name] for name in FEATURES))


def features_of(
    anatomy: Anatomy, findings: Iterable[Finding], found: Mapping[str, Grade]
) -> dict[str, tuple[float, ...]]:
    """By segment's key the values of `FEATURES`.

    Args:
        findings: of the whole check, with their causes.
        found: graded evidence by structure's key.
    """
    told = [f for f in findings if f.kind != Kind.INPUT]
    study = float(any(f.severity is Severity.BLOCK and not f.segments for f in told))
    causes: dict[str, float] = {}
    for cause in (f.causes[0] for f in told if f.causes):
        for key in cause.segments:
            causes[key] = max(causes.get(key, 0.0), cause.probability)
    by_name: dict[str, list[Finding]] = {}
    for finding in told:
        for name in finding.segments:
            by_name.setdefault(name, []).append(finding)
    rows: dict[str, tuple[float, ...]] = {}
    for known in anatomy.known:
        mine = by_name.get(known.facts.name, [])
        grade = found.get(known.structure.key)
        block, review = _named(mine, Severity.BLOCK), _named(mine, Severity.REVIEW)
        rows[known.facts.key] = (
            0.0 if grade is None else max(GRADED_RANGE[0], min(GRADED_RANGE[1], grade.evidence)),
            float(grade is not None),
            *block,
            *review,
            float(bool(mine) and not any(block) and not any(review)),
            causes.get(known.facts.key, 0.0),
            study,
        )
    return rows


def _named(findings: Iterable[Finding], severity: Severity) -> tuple[float, float, float]:
    """Whether findings of this severity name it among many, among few, or alone."""
    share = sum(1 / math.sqrt(len(f.segments)) for f in findings if f.severity is severity)
    return float(0 < share < FEW), float(FEW <= share < ALONE), float(share >= ALONE)


def wrong_probabilities(
    anatomy: Anatomy, findings: Iterable[Finding], found: Mapping[str, Grade]
) -> dict[str, float | None]:
    """By segment's key the probability that it is wrong: graded evidence, findings and causes together."""
    weights = shipped_weights()
    rows = features_of(anatomy, findings, found)
    return {key: round(weights.probability(features), 3) for key, features in rows.items()}
