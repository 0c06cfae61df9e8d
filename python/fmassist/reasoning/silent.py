"""What is wrong with the whole study though no rule fails: its size, its orientation, its place on the image.

Where a field of view cuts every structure, and an MR has no units, hardly a rule can be judged. All labels together
can still say that the study is half as large as a person, or lies beside its image.
"""

from __future__ import annotations

from collections.abc import Sequence

from fmassist.reasoning.findings import Cause, Finding
from fmassist.reasoning.hypotheses import Hypothesis
from fmassist.reasoning.posterior import NONE_LABEL, NONE_OF_THESE, shipped_reliability
from fmassist.reasoning.testing import Tested
from fmassist.terms import Kind, Severity

RULE = "https://w3id.org/fmassist/rule/"
SURE = -4.0
"""Extra cost, in nats, from which a cause of the whole study is told though nothing else is (estimate: of 63 people's
labels as published two come below it: one whose header is known to be wrong, and none for its size)."""
SHARE = 0.9
"""Share among its rivals where nothing but 'none of these' is one (estimate)."""


def silent_findings(tested: Sequence[Tested]) -> tuple[list[Finding], list[Cause]]:
    """A finding for the surest cause of the whole study that explains no finding, where there is one."""
    sure = [t.hypothesis for t in tested if t.hypothesis.extra_cost <= SURE and not t.explains]
    # Turning or scaling the study is told where doing so brings in nothing new.
    able = [h for h in sure if h.is_global and (h.tempered or not h.structures)]
    if not able:
        return [], []
    best = min(able, key=lambda h: (h.extra_cost, h.label))
    return [_finding(best)], [_cause(best)]


def _cause(hypothesis: Hypothesis) -> Cause:
    likely = round(shipped_reliability().limit(hypothesis.cause, SHARE), 3)
    return Cause(hypothesis.cause, hypothesis.label, likely, (), (f"study/{hypothesis.cause}",))


def _finding(hypothesis: Hypothesis) -> Finding:
    told = _cause(hypothesis)
    none = Cause(NONE_OF_THESE, NONE_LABEL, round(1 - told.probability, 3), (), told.explains)
    label = hypothesis.label
    return Finding(
        id=f"study/{hypothesis.cause}",
        rule=f"{RULE}study-{hypothesis.cause.replace('_', '-')}",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.REVIEW,
        segments=(),
        message=f"{label[0].upper()}{label[1:]}. No single structure says so; all labels together do.",
        evidence=(),
        location_ras_mm=None,
        causes=(told, none),
        rationale="All labels held against a typical body, or against the image, tell what no rule can.",
    )
