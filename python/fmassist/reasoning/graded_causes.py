"""Causes of what graded evidence tells: no rule can be undone to test them, so that they are named and weighed alone.

Which causes come into question is read of the finding: a structure that is absent was missed or removed, a chain that
lies off is numbered wrongly, one that is small lacks a part. Nothing tests them, so none is ever called likely.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.findings import Cause, Finding
from fmassist.reasoning.posterior import NONE_LABEL, NONE_OF_THESE, shipped_reliability
from fmassist.reasoning.testing import definition_of

RULES = {
    "absent-among-others": ("missed_by_model", "removed_or_absent"),
    "absent-on-body": ("missed_by_model", "removed_or_absent"),
    "chain-shifted": ("run_shifted", "count_variant"),
    "ribs-beside-partners": ("run_shifted", "count_variant"),
    "rib-skipped": ("level_missed", "run_shifted"),
    "unlike-its-fellow": ("incomplete", "leak", "labels_exchanged"),
    "many-odd": ("wrong_label_map", "labels_exchanged"),
}
"""Causes of each graded finding, the likeliest first."""
PLACE = ("labels_exchanged", "displaced", "leak")
SMALL = ("incomplete", "labels_exchanged", "displaced")
LARGE = ("leak", "labels_exchanged")
ODD = "odd-among-others"
"""Of one structure that is odd, what is odd about it decides."""
SHARES = (0.5, 0.2, 0.1)
"""Of the causes in their order; the rest is 'none of these' (estimates, tuned on nothing: beside the oddity itself
nothing speaks for any of them, so that none comes above half)."""


def with_graded_causes(findings: Iterable[Finding], knowledge: Knowledge) -> list[Finding]:
    """The findings, those of graded evidence without a cause with what may have caused them."""
    return [f if f.causes else replace(f, causes=_causes(f, knowledge)) for f in findings]


def _causes(finding: Finding, knowledge: Knowledge) -> tuple[Cause, ...]:
    named = [c for c in _named(finding) if (d := definition_of(knowledge, c)) is not None and d.label]
    told = []
    for cause, share in zip(named, SHARES, strict=False):
        definition = definition_of(knowledge, cause)
        assert definition is not None
        likely = round(shipped_reliability().limit(cause, share), 3)
        told.append(Cause(cause, definition.label, likely, (), (finding.id,)))
    if not told:
        return ()
    left = round(max(0.0, 1.0 - sum(cause.probability for cause in told)), 3)
    return (*told, Cause(NONE_OF_THESE, NONE_LABEL, left, (), (finding.id,)))


def _named(finding: Finding) -> tuple[str, ...]:
    rule = finding.rule.rsplit("/", 1)[-1]
    if rule != ODD:
        return RULES.get(rule, ())
    sizes = [m.value for m in finding.evidence if m.unit == "times" and isinstance(m.value, float)]
    first = finding.evidence[0].unit if finding.evidence else ""
    if sizes and first == "times":
        return SMALL if sizes[0] < 1 else LARGE
    return PLACE
