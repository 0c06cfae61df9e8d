"""A verdict that stays a size somebody can open, however many findings there are.

Three hundred layers that all overlap make forty-five thousand findings, each with causes that list all of them: two
gigabytes that say one thing. What is beyond measure is told in one finding, which names every segment concerned, so
that nothing passes for plausible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fmassist.reasoning.findings import Cause, Finding
from fmassist.terms import Kind, Severity

MOST_FINDINGS = 1_000
"""Told one by one; the worst of the benchmark's real studies has some 120 (an estimate of what anybody would read)."""
MOST_EXPLAINED = 20
"""Findings that a cause lists within a finding; the study's own causes list them all."""
REST = "more-findings"


def bounded(findings: Sequence[Finding], causes: Sequence[Cause], *, rule: str) -> tuple[list[Finding], list[Cause]]:
    """The worst findings one by one, and the rest as one.

    Args:
        findings: worst first.
        causes: of the study.
        rule: IRI under which the rest is told.
    """
    kept, rest = list(findings[:MOST_FINDINGS]), findings[MOST_FINDINGS:]
    if rest:
        kept.append(_rest(rest, rule))
    known = {finding.id for finding in kept}
    short = [replace(f, causes=tuple(_short(cause, f.id) for cause in f.causes)) for f in kept]
    return short, [_of_known(cause, known) for cause in causes] if rest else list(causes)


def _rest(rest: Sequence[Finding], rule: str) -> Finding:
    worst = min((finding.severity for finding in rest), key=lambda severity: severity.rank)
    first = Counter(finding.rule.rsplit("/", 1)[-1] for finding in rest).most_common(3)
    named = ", ".join(f"{count:,} of {name}" for name, count in first)
    return Finding(
        id=REST,
        rule=rule + REST,
        kind=Kind.CANNOT_TELL,
        severity=Severity.REVIEW if worst is Severity.INFO else worst,
        segments=tuple(sorted({name for finding in rest for name in finding.segments})),
        message=f"{len(rest):,} more findings are not told one by one ({named}): something is wrong as a whole.",
        evidence=(),
        location_ras_mm=None,
    )


def _short(cause: Cause, finding: str) -> Cause:
    if len(cause.explains) <= MOST_EXPLAINED and len(cause.unexplained) <= MOST_EXPLAINED:
        return cause
    explains = [finding, *(other for other in cause.explains if other != finding)]
    mine = explains if finding in cause.explains else list(cause.explains)
    return replace(cause, explains=tuple(mine[:MOST_EXPLAINED]), unexplained=tuple(cause.unexplained[:MOST_EXPLAINED]))


def _of_known(cause: Cause, known: set[str]) -> Cause:
    explains = [name for name in cause.explains if name in known]
    if len(explains) < len(cause.explains):
        explains.append(REST)
    return replace(
        cause, explains=tuple(explains), unexplained=tuple(name for name in cause.unexplained if name in known)
    )
