"""What a check says: findings, their causes and repairs, and the account of every rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from fmassist.evidence.facts import Point
from fmassist.knowledge.meaning import Understanding
from fmassist.terms import Edit, Kind, Outcome, Severity, Status, Verdict


@dataclass(frozen=True)
class Measured:
    """One quantity behind a finding: what was measured, and between which bounds it was expected.

    Args:
        quantity: what was measured, and of what.
        value: a number in `unit`, or a word where it is none.
        unit: such as `"mm"`; empty for a count or a word.
        low: at least this was expected, in `unit`; None where there is no such bound.
        high: at most this.
        expected: what was expected, in words, where the bounds don't say it all.
    """

    quantity: str
    value: float | str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    expected: str = ""


@dataclass(frozen=True)
class Cause:
    """One explanation of findings.

    Args:
        id: stable, such as `"pair_swapped"`.
        label: in words.
        probability: 0–1 among the alternatives considered.
        explains: ids of the findings that it explains.
        unexplained: ids that it leaves open.
    """

    id: str
    label: str
    probability: float
    segments: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()


@dataclass(frozen=True)
class RepairStep:
    """One reversible edit (see `fmassist.terms.Edit`)."""

    action: Edit | str
    segment: str
    target: str | None = None
    component: int | None = None
    """Index into the segment's components (largest first), or None for the whole."""


@dataclass(frozen=True)
class Repair:
    """A proposal; it changes nothing until a named person accepts it."""

    id: str
    label: str
    steps: tuple[RepairStep, ...]
    resolves: tuple[str, ...] = ()
    introduces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Axiom:
    """One statement of the ontology, and the same in words."""

    subject: str
    predicate: str
    object: str
    text: str


@dataclass(frozen=True)
class Trace:
    """How a rule comes to speak about these structures.

    Args:
        pattern: IRI of the rule's pattern.
        axioms: from each structure up to the class that the rule is stated about, and between the structures.
        ground_rules: identities of the failed ground rules that the finding stands for.
    """

    pattern: str
    axioms: tuple[Axiom, ...]
    ground_rules: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know before trusting the segmentation."""

    id: str
    rule: str
    """IRI of the rule."""
    kind: Kind
    severity: Severity
    segments: tuple[str, ...]
    """Names of the segments concerned."""
    message: str
    evidence: tuple[Measured, ...]
    location_ras_mm: Point | None
    causes: tuple[Cause, ...] = ()
    repair: Repair | None = None
    sources: tuple[str, ...] = ()
    excused_by: tuple[str, ...] = ()
    """Variants or histories that would explain it, with prevalence, as text."""
    rationale: str = ""
    probability: float | None = None
    """Calibrated probability that this is a true error, where known."""
    counterfactual: str = ""
    """The smallest change of the facts under which the rule would hold, in a sentence."""
    trace: Trace | None = None


@dataclass(frozen=True)
class SegmentVerdict:
    """How one segment came out."""

    key: str
    label: int
    layer: int
    name: str
    structure: str | None
    """IRI of its structure, None when unknown."""
    structure_label: str | None
    status: Status
    findings: tuple[str, ...] = ()
    meaning_from: str = ""
    """By what it is known what the segment stands for, as a phrase; empty where it is not known, or not any more."""
    wrong_probability: float | None = None
    """That its Dice to the truth is below .8; None where nothing tells."""


@dataclass(frozen=True)
class RuleOutcome:
    """What became of one ground rule, with the reason."""

    rule: str
    segments: tuple[str, ...]
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class CheckResult:
    """The whole verdict on one study."""

    verdict: Verdict
    segments: tuple[SegmentVerdict, ...]
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    outcomes: tuple[RuleOutcome, ...] = field(repr=False)
    rule_counts: dict[str, int]
    """`run`, `passed`, `failed`, `not applicable`, `error`."""
    versions: dict[str, str]
    understood: Understanding | None = field(default=None, compare=False, repr=False)
    """What the labels stand for, to be kept with the verdict; None where only the meanings were at hand."""
    vocabulary: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """IRIs of what the model can label; empty where nobody said."""
