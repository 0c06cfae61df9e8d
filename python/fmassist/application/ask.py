"""The hybrid loop: a model that takes prompts segments, the check judges, and what fails is asked for anew.

The model is handed in as a callable, and nothing is imported from a back end. What it may do is narrow:

- Only what is implausible or contradictory is asked for anew. What needs a person's confirmation, such as a large
  spleen, says something of the patient and is left to the person.
- A second outline is kept only where the findings about its structure become fewer and none is added anywhere, and it
  takes only voxels that no other structure holds.
- What still fails is taken out and named in a finding; it is not shown as found. Where most of the structures fail, or
  where the likely cause is one of the whole image, such as a mirrored one, nothing is asked anew or taken out: that is
  not the outlines' doing, and a person must see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fmassist.application.check import check
from fmassist.application.types import Inputs, Options, Origin
from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.model import Knowledge
from fmassist.models.prompts import Prompt, prompts_from_labels
from fmassist.models.prompts.neighbours import expected
from fmassist.models.result import ModelResult
from fmassist.reasoning.check import INPUT_RULE
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import CheckResult, Finding, Measured
from fmassist.terms import Kind, Severity, Verdict
from fmassist.volume import Segmentation, Volume

Array = NDArray[Any]
Progress = Callable[[str, float], None]
Complaint = tuple[str, str]
"""A rule's IRI and the name of a segment that fails it."""

FAULTS = ("implausible", "contradictory")
"""Kinds of finding that speak against the outline, and not of the patient."""
OF_THE_IMAGE = {
    *("image_mirrored", "image_upside_down", "image_front_to_back", "image_turned", "wrong_spacing"),
    *("situs_inversus", "wrong_intensity"),
}
"""Causes (`Resources/causes`) that no other outline would mend."""
NOTHING = "the model outlined nothing where it was looked for"


class Segmenter(Protocol):
    """A model with its volume: prompts in, segments of the same names out."""

    def __call__(self, prompts: Sequence[Prompt], /) -> ModelResult:
        """Segments what the prompts ask for."""


@dataclass(frozen=True)
class Budget:
    """How much the loop may spend.

    Args:
        rounds: of asking anew.
        prompts: asked anew in all.
        checks: of the whole segmentation.
    """

    rounds: int = 2
    prompts: int = 40
    checks: int = 10


@dataclass(frozen=True)
class Withheld:
    """A structure that was looked for and is not shown as found, and why.

    Args:
        structure: the name that it was asked for by.
        reason: the finding that speaks against its outline.
        label: its name in words.
    """

    structure: str
    reason: str
    label: str


@dataclass(frozen=True)
class Reconciled:
    """What the loop comes to.

    Args:
        made: what may be shown: the segments that hold.
        outlined: all that the model outlined, second outlines in place of those that they improve on.
        improved: structures whose second outline was kept.
        withheld: structures that were looked for and not found.
        checks: how many were made.
    """

    made: ModelResult
    outlined: ModelResult
    improved: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    checks: int


def reconcile(
    volume: Volume,
    prompts: Sequence[Prompt],
    segment: Segmenter,
    *,
    label_map: LabelMap,
    knowledge: Knowledge,
    context: Context | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> Reconciled:
    """Segment what is asked for, ask anew for what fails, and take out what still does.

    Args:
        volume: the image.
        prompts: the first proposal for each structure.
        segment: the model.
        label_map: what the prompts' names mean.
        knowledge: what to check against.
        context: what is known of the patient.
        budget: how often may be asked and checked.
        progress: told of each stage.

    Raises:
        InputError: the model can't take the prompts.
        Cancelled: the model was told to stop.
    """
    tell = progress or (lambda _stage, _share: None)
    budget = budget or Budget()
    judge = _Judge(volume, label_map, knowledge, context, budget.checks)
    made = segment(prompts)
    state = _Outlines(made.segmentation.layers[0], made.segmentation, dict(made.confidence))
    verdict = judge(state)
    improved: set[str] = set()
    left = budget.prompts
    for n in range(budget.rounds):
        tell("Asking anew for what fails", n / budget.rounds)
        failing = verdict.failing
        if not failing or verdict.is_of_the_image:
            break
        known = {
            prompt.structure: prompt.boxes_ras_mm
            for prompt in prompts_from_labels(state.segmentation)
            if prompt.structure not in failing
        }
        worst_first = sorted(failing, key=lambda name: (-len(failing[name]), name))
        asked = expected(worst_first, known, volume)[:left]
        if not asked:
            break
        left -= len(asked)
        kept = _keep(state, verdict, segment(asked), judge)
        if kept is None:
            break
        state, verdict, names = kept
        improved |= names
    tell("Asking anew for what fails", 1.0)
    # A map of doubt was of the first outlines.
    made = replace(made, doubt=None, unsure={n: s for n, s in made.unsure.items() if n not in improved})
    outlined = replace(made, segmentation=state.segmentation, confidence=state.confidence)
    state, withheld = _take_out(state, verdict, judge)
    shown = replace(made, segmentation=state.segmentation, confidence=state.confidence)
    gone = {one.structure for one in withheld}
    return Reconciled(shown, outlined, tuple(sorted(improved - gone)), withheld, judge.made)


def with_withheld(result: CheckResult, withheld: Sequence[Withheld]) -> CheckResult:
    """A check's result that also says what was looked for and not found."""
    if not withheld:
        return result
    several = len(withheld) > 1
    finding = Finding(
        id="not-found",
        rule=INPUT_RULE + "not-found",
        kind=Kind.CANNOT_TELL,
        severity=Severity.REVIEW,
        segments=(),
        message=(
            f"{len(withheld)} structure{'s were' if several else ' was'} looked for and not found in a plausible place "
            f"and {'are' if several else 'is'} not shown: {', '.join(one.label for one in withheld)}."
        ),
        evidence=tuple(Measured(one.label, one.reason) for one in withheld),
        location_ras_mm=None,
    )
    verdict = Verdict.REVIEW if result.verdict is Verdict.PLAUSIBLE else result.verdict
    findings = sorted((*result.findings, finding), key=lambda f: f.severity.rank)
    return replace(result, verdict=verdict, findings=tuple(findings))


@dataclass(frozen=True)
class _Outlines:
    """What is shown at one moment."""

    labels: Array
    segmentation: Segmentation
    confidence: dict[str, float]

    def label(self, name: str) -> int:
        return self.segmentation.segment(name).label

    def changed(self, labels: Array, confidence: Mapping[str, float]) -> _Outlines:
        segmentation = replace(self.segmentation, layers=(labels,))
        return _Outlines(labels, segmentation, {**self.confidence, **confidence})

    def without(self, names: set[str]) -> _Outlines:
        gone = [self.label(name) for name in names]
        labels = np.where(np.isin(self.labels, gone), 0, self.labels).astype(self.labels.dtype)
        segments = tuple(s for s in self.segmentation.segments if s.name not in names)
        segmentation = replace(self.segmentation, layers=(labels,), segments=segments)
        return _Outlines(labels, segmentation, {n: c for n, c in self.confidence.items() if n not in names})


@dataclass(frozen=True)
class _Verdict:
    result: CheckResult
    found: frozenset[str]
    """Structures that have voxels."""
    empty: frozenset[str]
    imprecise: frozenset[str]
    """Rules that say of an outline that it is not exact, and not that the structure is not there: it is shown, with
    the finding."""

    @property
    def faults(self) -> list[Finding]:
        loud = [f for f in self.result.findings if f.kind in FAULTS and f.severity != "info" and f.segments]
        return [f for f in loud if f.rule not in self.imprecise]

    @property
    def complaints(self) -> frozenset[Complaint]:
        loud = [f for f in self.result.findings if f.severity != "info" and f.rule not in self.imprecise]
        return frozenset((f.rule, name) for f in loud for name in f.segments)

    @property
    def is_of_the_image(self) -> bool:
        return any(cause.id in OF_THE_IMAGE and cause.probability > 0.5 for cause in self.result.causes)

    @property
    def failing(self) -> dict[str, set[str]]:
        """Structures whose outline is at fault or missing, with the rules that say so."""
        failing: dict[str, set[str]] = {name: set() for name in self.empty}
        for finding in self.faults:
            for name in finding.segments:
                failing.setdefault(name, set()).add(finding.rule)
        return failing


class _Judge:
    """The check, as often as the budget allows."""

    def __init__(
        self,
        volume: Volume,
        label_map: LabelMap,
        knowledge: Knowledge,
        context: Context | None,
        most: int,
    ) -> None:
        self._volume, self._knowledge, self._context = volume, knowledge, context
        self._label_map = label_map
        self._most, self.made = most, 0
        rules = knowledge.rules.values()
        self._imprecise = frozenset(
            rule.iri for rule in rules if (pattern := knowledge.patterns.get(rule.pattern)) and "edge" in pattern.facets
        )

    def label(self, name: str) -> str:
        iri = self._label_map.structures.get(name, "")
        return self._knowledge.structures[iri].label if iri in self._knowledge.structures else name

    @property
    def spent(self) -> bool:
        return self.made >= self._most

    def __call__(self, outlines: _Outlines) -> _Verdict:
        self.made += 1
        origin = Origin(confidence=outlines.confidence)
        inputs = Inputs(outlines.segmentation, self._volume, self._label_map, self._context or Context(), origin)
        study = check(inputs, Options(self._knowledge))
        segments = study.evidence.segments
        empty = frozenset(facts.name for facts in segments if not facts.voxel_count)
        found = frozenset(facts.name for facts in segments) - empty
        return _Verdict(study.result, found, empty, self._imprecise)


def _keep(
    state: _Outlines, before: _Verdict, made: ModelResult, judge: _Judge
) -> tuple[_Outlines, _Verdict, set[str]] | None:
    """The outlines with those second ones that help, or None where none does."""
    again = made.segmentation
    trial = {segment.name for segment in again.segments if again.mask(segment).any()}
    while trial and not judge.spent:
        labels = state.labels.copy()
        labels[np.isin(labels, [state.label(name) for name in trial])] = 0
        for name in sorted(trial):
            fresh = again.mask(again.segment(name)) & (labels == 0)
            labels[fresh] = state.label(name)
        tried = state.changed(labels, {name: made.confidence[name] for name in trial if name in made.confidence})
        after = judge(tried)
        added = after.complaints - before.complaints
        helped = {name for name in trial if _helped(name, before, after)}
        if helped == trial and not added:
            return tried, after, trial
        smaller = helped - {name for _, name in added}
        if added and smaller == trial:
            return None  # what is added concerns others, and nothing tells whose doing it is
        trial = smaller
    return None


def _helped(name: str, before: _Verdict, after: _Verdict) -> bool:
    if name in after.empty:
        return False
    said = {rule for rule, about in before.complaints if about == name}
    says = {rule for rule, about in after.complaints if about == name}
    return says < said or (name in before.empty and not says)


def _take_out(state: _Outlines, verdict: _Verdict, judge: _Judge) -> tuple[_Outlines, tuple[Withheld, ...]]:
    """What still fails is taken out, fewest structures first; nothing, where most of them fail."""
    reasons: dict[str, str] = dict.fromkeys(sorted(verdict.empty), NOTHING)
    there = len(verdict.found)
    culprits: dict[str, str] = {}
    now, outlines = verdict, state
    while now.faults and not verdict.is_of_the_image:
        culprits |= _culprits(now, outlines.confidence)
        outlines = state.without(set(culprits))
        if judge.spent or len(culprits) > there / 2:
            break
        now = judge(outlines)
    if len(culprits) > there / 2:
        culprits = {}
    reasons |= culprits
    return state.without(set(reasons)), tuple(
        Withheld(name, why, judge.label(name)) for name, why in sorted(reasons.items())
    )


def _culprits(verdict: _Verdict, confidence: Mapping[str, float]) -> dict[str, str]:
    """The fewest structures that all faults can be put down to, greedily; of equals the one less sure of."""
    left, culprits = list(verdict.faults), {}
    while left:
        count: dict[str, int] = {}
        for finding in left:
            for name in finding.segments:
                count[name] = count.get(name, 0) + 1
        worst = max(sorted(count), key=lambda name: (count[name], -confidence.get(name, 0.0)))
        culprits[worst] = next(finding.message for finding in left if worst in finding.segments)
        left = [finding for finding in left if worst not in finding.segments]
    return culprits
