"""One possible cause, and what there is to suggest one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.judge import Judgement

VARIANT = "https://w3id.org/fmassist/variant/"
MIRROR_PLACE_COST = 3.0
"""A misplaced organ that lies at its own height and depth, but on the other side, is one misplacement in twenty
(estimate: ln 20; there are two other axes along which it could have gone, and all distances)."""
EVERYTHING = frozenset({"*"})
"""All patterns."""
PIECES = ("OnePiece", "NoFarFragment", "FewPieces")
"""Patterns about pieces apart from the main one."""


@dataclass(frozen=True)
class Hypothesis:
    """One possible cause, bound to this study."""

    cause: str
    """Short name of its definition in `Resources/causes/`."""
    label: str
    segments: tuple[str, ...]
    """Keys of the segments that it concerns; empty for the whole study."""
    anatomy: Anatomy | None = None
    """The study without the cause, when it can be tested."""
    context: Context | None = None
    explains_patterns: frozenset[str] = frozenset()
    """The patterns whose failures about `segments` it explains without a test."""
    screen: frozenset[str] | None = None
    """Patterns that say cheaply whether a test is worth while; None where it always is."""
    steps: tuple[RepairStep, ...] = ()
    is_global: bool = False
    extra_cost: float = 0.0
    """Nats beyond the prior: what makes this form of the cause less likely than others."""
    structures: tuple[str, ...] = ()
    """IRIs concerned, for a cause about structures that are absent."""
    leading: bool = False
    """Whether it makes one diagnosis of all that it explains, though it can't be tested."""

    @property
    def leads(self) -> bool:
        """Whether it makes one diagnosis of all that it explains, so that the worst finding stands for the others."""
        return self.leading or self.is_global or self.anatomy is not None or self.explains_patterns == EVERYTHING


@dataclass(frozen=True)
class Scene:
    """What the generators see."""

    judgement: Judgement
    context: Context
    failed: tuple[Row, ...]

    @property
    def anatomy(self) -> Anatomy:
        """The study as it was given."""
        return self.judgement.anatomy

    def by_pattern(self, *names: str) -> list[Row]:
        """Failures of these patterns."""
        return [row for row in self.failed if row.rule.pattern.rsplit("#", 1)[-1] in names]

    def share_failed(self, *names: str) -> float:
        """Failed over judged, for these patterns."""
        judged = [self._judged.get(name, (0, 0)) for name in names]
        count = sum(passed + failed for passed, failed in judged)
        return sum(failed for _, failed in judged) / count if count else 0.0

    @cached_property
    def _judged(self) -> dict[str, tuple[int, int]]:
        """Pattern to how many of its ground rules passed, and how many failed."""
        found: dict[str, tuple[int, int]] = {}
        for row in self.judgement.rows:
            if row.outcome in ("passed", "failed"):
                name = row.rule.pattern.rsplit("#", 1)[-1]
                passed, failed = found.get(name, (0, 0))
                found[name] = (passed + (row.outcome == "passed"), failed + (row.outcome == "failed"))
        return found

    def flagged(self) -> list[Known]:
        """Segments that some failure names, most named first."""
        count: dict[str, int] = {}
        for row in self.failed:
            for key in row.segments:
                count[key] = count.get(key, 0) + 1
        known = {k.facts.key: k for k in self.anatomy.known}
        return [known[key] for key in sorted(count, key=lambda k: (-count[k], k)) if key in known]

    def chain_place(self, key: str) -> tuple[str, int]:
        """The kind of chain and the number of a segment."""
        structure = self.anatomy.knowledge.structures[self.anatomy.meanings[key]]
        return ("ribs" if (structure.chain or "").startswith("ribs") else "spine"), structure.chain_index or 0

    def is_counted(self, key: str) -> bool:
        """Whether a segment is a link of a numbered chain."""
        return self.anatomy.knowledge.structures[self.anatomy.meanings[key]].chain is not None

    def name(self, key: str) -> str:
        """The label of a segment's structure."""
        return self.anatomy.knowledge.labels.get(self.anatomy.meanings.get(key, ""), key)
