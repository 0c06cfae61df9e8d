"""How likely a finding is a true error: learned on the benchmark's tuning half, shipped as data.

`Resources/calibration/findings.json` gives, for each rule and severity, how many findings of that kind the benchmark
raised and how many of them an injected error accounted for. With few findings of a rule, those of its severity speak
for it. The probability holds for the benchmark's mix of errors and good studies, which is said beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from fmassist.reasoning.findings import CheckResult, Finding
from fmassist.resources import resource

BY_SEVERITY = {"block": 0.95, "review": 0.6, "info": 0.1}
"""Where nothing was learned (estimates)."""
PRIOR_WEIGHT = 4.0
"""Findings that the severity's own share is worth beside the counts of a rule (estimate)."""


@dataclass(frozen=True)
class Calibration:
    """Counts of findings by rule and severity: (true, all)."""

    counts: Mapping[tuple[str, str], tuple[int, int]]

    def probability(self, finding: Finding) -> float:
        """Probability that `finding` is a true error."""
        true, count = self.counts.get((finding.rule, finding.severity), (0, 0))
        return round((true + PRIOR_WEIGHT * self._share(finding.severity)) / (count + PRIOR_WEIGHT), 3)

    def _share(self, severity: str) -> float:
        mine = [pair for (_, of), pair in self.counts.items() if of == severity]
        true, count = sum(t for t, _ in mine), sum(c for _, c in mine)
        return (true + PRIOR_WEIGHT * BY_SEVERITY[severity]) / (count + PRIOR_WEIGHT)


def learn(seen: Iterable[tuple[str, str, bool]]) -> Calibration:
    """From findings as (rule, severity, whether it was a true error)."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for rule, severity, true in seen:
        hits, count = counts.get((rule, severity), (0, 0))
        counts[(rule, severity)] = (hits + int(true), count + 1)
    return Calibration(counts)


@cache
def shipped() -> Calibration:
    """The calibration among the resources; an empty one where there is none."""
    path = resource("calibration", "findings.json")
    if not path.is_file():
        return Calibration({})
    content = json.loads(path.read_text(encoding="utf-8"))
    return Calibration({(row["rule"], row["severity"]): (row["true"], row["all"]) for row in content["findings"]})


def as_json(calibration: Calibration, about: Mapping[str, str]) -> str:
    """The file's content; `about` says from what it was learned."""
    rows = [
        {"rule": rule, "severity": severity, "true": true, "all": count}
        for (rule, severity), (true, count) in sorted(calibration.counts.items())
    ]
    return json.dumps({"about": dict(about), "findings": rows}, indent=1) + "\n"


def with_probability(findings: Iterable[Finding], calibration: Calibration | None = None) -> list[Finding]:
    """The findings with their probability set."""
    known = shipped() if calibration is None else calibration
    return [replace(finding, probability=known.probability(finding)) for finding in findings]


def suspicion(findings: Iterable[tuple[str, str]] | Iterable[Finding], calibration: Calibration | None = None) -> float:
    """Probability that any of the findings is a true error, as if they were independent.

    Args:
        findings: with their probability; one without it counts as its severity does on the whole.
        calibration: reads (rule, severity) pairs in place of findings.
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


def _probability(finding: tuple[str, str] | Finding, calibration: Calibration | None) -> float:
    if isinstance(finding, Finding):
        return BY_SEVERITY[finding.severity] if finding.probability is None else finding.probability
    rule, severity = finding
    blank = Finding("", rule, "implausible", severity, (), "", (), None)
    return (calibration or shipped()).probability(blank)
