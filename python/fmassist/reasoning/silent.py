"""What is wrong with the whole study though no rule fails: its size, its orientation, its place on the image.

Where a field of view cuts every structure, and an MR has no units, hardly a rule can be judged. All labels together
can still say that the study is half as large as a person, or lies beside its image.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from fmassist.knowledge.constants import constants
from fmassist.reasoning.findings import Cause, Finding
from fmassist.reasoning.hypotheses import Hypothesis, Scene
from fmassist.reasoning.hypotheses.fitting import LEAST_GAIN
from fmassist.reasoning.posterior import NONE_LABEL, NONE_OF_THESE, shipped_reliability
from fmassist.reasoning.testing import Tested
from fmassist.terms import Kind, Severity

RULE = "https://w3id.org/fmassist/rule/"

EXCHANGED = "labels_exchanged"
MOST_NEW = 1
"""Failures that an exchange may bring anew, and be told all the same (estimate: of a place that was wrong before)."""


def silent_findings(tested: Sequence[Tested]) -> tuple[list[Finding], list[Cause]]:
    """A finding for the surest cause of the whole study that explains no finding, where there is one."""
    sure = [t.hypothesis for t in tested if t.hypothesis.extra_cost <= constants().silent.sure and not t.explains]
    # Turning or scaling the study is told where doing so brings in nothing new.
    able = [h for h in sure if h.is_global and (h.tempered or not h.structures)]
    if not able:
        return [], []
    best = min(able, key=lambda h: (h.extra_cost, h.label))
    return [_finding(best)], [_cause(best)]


def exchange_findings(
    tested: Sequence[Tested], told: Collection[str], scene: Scene, names: Mapping[str, str]
) -> Iterator[tuple[Finding, Tested]]:
    """A finding for each cycle of labels that lie where another of them belongs, where no rule has led to it.

    Args:
        told: keys of segments that a chosen cause concerns.
    """
    found = [t for t in tested if t.hypothesis.cause == EXCHANGED and t.hypothesis.extra_cost <= _enough_gain()]
    for t in sorted(found, key=lambda t: (t.hypothesis.extra_cost, t.hypothesis.label)):
        keys = t.hypothesis.segments
        if t.explains or len(t.introduces) > MOST_NEW or set(keys) & set(told):
            continue
        told = {*told, *keys}
        yield _exchanged(t, scene, names), t


def _exchanged(tested: Tested, scene: Scene, names: Mapping[str, str]) -> Finding:
    keys = tested.hypothesis.segments
    identity = f"labels-exchanged/{'+'.join(scene.anatomy.meanings[key].rsplit('/', 1)[-1] for key in keys)}"
    likely = round(shipped_reliability().limit(EXCHANGED, constants().silent.share), 3)
    cause = Cause(EXCHANGED, tested.hypothesis.label, likely, keys, (identity,))
    return Finding(
        id=identity,
        rule=f"{RULE}labels-exchanged",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.REVIEW,
        segments=tuple(names[key] for key in keys),
        message=(
            f"The {', the '.join(scene.name(key) for key in keys)} lie, and are as large, as if their labels were "
            "exchanged: each fits the place of another of them well, and its own badly."
        ),
        evidence=(),
        location_ras_mm=scene.anatomy.evidence.segment(keys[0]).centroid_ras_mm,
        causes=(cause, Cause(NONE_OF_THESE, NONE_LABEL, round(1 - likely, 3), (), (identity,))),
        rationale="All labels held against a typical body that is laid over them.",
    )


def _cause(hypothesis: Hypothesis) -> Cause:
    likely = round(shipped_reliability().limit(hypothesis.cause, constants().silent.share), 3)
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


def _enough_gain() -> float:
    """Extra cost of a cycle that fits so much better (see `hypotheses.fitting`)."""
    return -constants().exchanges.worth * LEAST_GAIN
