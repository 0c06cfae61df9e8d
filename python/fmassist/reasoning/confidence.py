"""How likely a finding is a true error: learned on the benchmark's tuning half, shipped as data.

`Resources/calibration/findings.json` gives, for each rule, severity and likeliest cause, how many findings of that kind
the benchmark raised and how many of them an injected error accounted for. With few findings of a kind, those of
its severity and cause, of its rule, and of its severity speak for it: a place on the other side is nearly always an
error where one pair explains it, and seldom where situs inversus does. The probability holds for the benchmark's mix of
errors and good studies, which is said beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from fmassist.knowledge.constants import constants
from fmassist.reasoning.findings import CheckResult, Finding
from fmassist.resources import resource

Kind = tuple[str, str, str]
"""Rule, severity, and the likeliest cause's id (empty for none)."""


def kind_of(finding: Finding) -> Kind:
    """What a finding is counted under."""
    return finding.rule, finding.severity, finding.causes[0].id if finding.causes else ""


@dataclass(frozen=True)
class Calibration:
    """Counts of findings by kind: (true, all)."""

    counts: Mapping[Kind, tuple[int, int]]

    def probability(self, kind: Kind) -> float:
        """Probability that a finding of this kind is a true error."""
        rule, severity, cause = kind
        known = self._sums
        share = _blend(known.get((severity,), (0, 0)), constants().confidence.by_severity.of(severity))
        share = _blend(known.get(("rule", rule, severity), (0, 0)), share)
        share = _blend(known.get(("cause", severity, cause), (0, 0)), share)
        return round(_blend(self.counts.get(kind, (0, 0)), share), 3)

    @cached_property
    def _sums(self) -> dict[tuple[str, ...], tuple[int, int]]:
        """By severity, by rule and severity, and by severity and cause."""
        found: dict[tuple[str, ...], tuple[int, int]] = {}
        for (rule, severity, cause), (true, count) in self.counts.items():
            for key in ((severity,), ("rule", rule, severity), ("cause", severity, cause)):
                hits, seen = found.get(key, (0, 0))
                found[key] = (hits + true, seen + count)
        return found


def _blend(counts: tuple[int, int], share: float) -> float:
    """The share among the counted, drawn towards what is known without them."""
    given = constants().confidence
    true, count = counts
    return (true + given.prior_weight * share) / (count + given.prior_weight)


def learn(seen: Iterable[tuple[Kind, bool]]) -> Calibration:
    """From findings' kinds, each with whether it was a true error."""
    counts: dict[Kind, tuple[int, int]] = {}
    for kind, true in seen:
        hits, count = counts.get(kind, (0, 0))
        counts[kind] = (hits + int(true), count + 1)
    return Calibration(counts)


@cache
def shipped() -> Calibration:
    """The calibration among the resources; an empty one where there is none."""
    path = resource("calibration", "findings.json")
    if not path.is_file():
        return Calibration({})
    content = json.loads(path.read_text(encoding="utf-8"))
    rows = content["findings"]
    return Calibration(
        {(row["rule"], row["severity"], row.get("cause", "")): (row["true"], row["all"]) for row in rows}
    )


def as_json(calibration: Calibration, about: Mapping[str, str]) -> str:
    """The file's content; `about` says from what it was learned."""
    rows = [
        {"rule": rule, "severity": severity, "cause": cause, "true": true, "all": count}
        for (rule, severity, cause), (true, count) in sorted(calibration.counts.items())
    ]
    return json.dumps({"about": dict(about), "findings": rows}, indent=1) + "\n"


def with_probability(findings: Iterable[Finding], calibration: Calibration | None = None) -> list[Finding]:
    """The findings with their probability set."""
    known = shipped() if calibration is None else calibration
    return [replace(finding, probability=known.probability(kind_of(finding))) for finding in findings]


def suspicion(findings: Iterable[Kind] | Iterable[Finding], calibration: Calibration | None = None) -> float:
    """Probability that any of the findings is a true error, as if they were independent.

    Args:
        findings: with their probability; one without it counts as its severity does on the whole.
        calibration: reads kinds in place of findings.
    """
    left = 1.0
    for finding in findings:
        left *= 1.0 - min(_probability(finding, calibration), 0.999)
    return 1.0 - left


def suspicion_by_segment(result: CheckResult) -> dict[str, float]:
    """Segment name to the probability that one of the findings about it is a true error."""
    by_name: dict[str, list[Finding]] = {}
    for finding in result.findings:
        for name in finding.segments:
            by_name.setdefault(name, []).append(finding)
    return {name: suspicion(findings) for name, findings in by_name.items()}


def _probability(finding: Kind | Finding, calibration: Calibration | None) -> float:
    if isinstance(finding, Finding):
        return (
            constants().confidence.by_severity.of(finding.severity)
            if finding.probability is None
            else finding.probability
        )
    return (calibration or shipped()).probability(finding)
