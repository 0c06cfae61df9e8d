"""One possible cause, and what there is to suggest one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import CauseDefinition
from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.body import Placements, Registration, observed, typical_body
from fmassist.reasoning.body.fit import LEAST_ML
from fmassist.reasoning.body.turns import Lying, in_the_mirror, lying
from fmassist.reasoning.context import Context
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.judge import Judgement

VARIANT = "https://w3id.org/fmassist/variant/"
CAUSE = "https://w3id.org/fmassist/cause/"
EVERYTHING = frozenset({"*"})
"""All facets."""


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
    explains_facets: frozenset[str] = frozenset()
    """Of failures about `segments`, those with one of these facets are explained without a test; empty for what the
    cause's definition says."""
    explains_not: frozenset[str] = frozenset()
    """Facets of failures that it does not explain, whatever else they show."""
    screen: frozenset[str] | None = None
    """Facets of the rules that say cheaply whether a test is worth while; None where it always is."""
    steps: tuple[RepairStep, ...] = ()
    is_global: bool = False
    extra_cost: float = 0.0
    """Nats beyond the prior: what makes this form of the cause less likely than others, or likelier where negative."""
    structures: tuple[str, ...] = ()
    """IRIs concerned, for a cause about structures that are absent."""
    leading: bool = False
    """Whether it makes one diagnosis of all that it explains, though it can't be tested."""
    tempered: bool = False
    """Whether what fails only without the cause was hidden by it: then many such failures count as few."""

    @property
    def leads(self) -> bool:
        """Whether it makes one diagnosis of all that it explains, so that the worst finding stands for the others."""
        return self.leading or self.is_global or self.anatomy is not None or self.explains_facets == EVERYTHING

    def declares(self, row: Row, definition: CauseDefinition | None = None) -> bool:
        """Whether a failure is of the kind that it explains without a test.

        Args:
            definition: says so where the hypothesis itself doesn't.
        """
        wanted, unwanted = self.explains_facets, self.explains_not
        if not wanted and definition is not None and self.anatomy is None:
            wanted = EVERYTHING if definition.explains_all else definition.explains
            unwanted = unwanted | definition.explains_not
        shown = facets_of(row)
        return wanted == EVERYTHING or bool(shown & wanted and not shown & unwanted)


def facets_of(row: Row) -> frozenset[str]:
    """What a failure shows: one of size shows either too much or too little."""
    facets = row.pattern.facets
    if "size" not in facets:
        return facets
    return facets - ({"beyond"} if "small" in row.values else {"lacking"})


@dataclass(frozen=True)
class Scene:
    """What the generators see."""

    judgement: Judgement
    context: Context
    failed: tuple[Row, ...]
    base: Scene | None = None
    """The scene of all failures, whose derived views this one shares."""

    @property
    def anatomy(self) -> Anatomy:
        """The study as it was given."""
        return self.judgement.anatomy

    def declared(self, cause: str) -> frozenset[str]:
        """The facets that a cause explains, as its definition says."""
        definition = self.anatomy.knowledge.causes.get(CAUSE + cause)
        return definition.explains if definition else frozenset()

    def about(self, *facets: str | None) -> list[Row]:
        """Failures that show all of these facets."""
        wanted = {facet for facet in facets if facet}
        return [row for row in self.failed if wanted <= facets_of(row)]

    def showing(self, facets: Iterable[str]) -> list[Row]:
        """Failures that show any of these facets."""
        wanted = frozenset(facets)
        return [row for row in self.failed if wanted & facets_of(row)]

    def judged(self, *facets: str | None) -> list[Row]:
        """Rows that passed or failed, of patterns with all of these facets."""
        wanted = {facet for facet in facets if facet}
        rows = [row for row in self.judgement.rows if row.outcome in ("passed", "failed")]
        return [row for row in rows if wanted <= row.pattern.facets]

    def share_failed(self, *facets: str | None) -> float:
        """Failed over judged, of patterns with all of these facets."""
        rows = self.judged(*facets)
        return sum(row.outcome == "failed" for row in rows) / len(rows) if rows else 0.0

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

    @cached_property
    def placements(self) -> Placements:
        """Where the segments that have a meaning lie."""
        return self.base.placements if self.base else observed([known.facts for known in self.anatomy.known])

    @cached_property
    def lying(self) -> list[Lying]:
        """How the typical body lies on the study as stored, and in other readings of its grid; empty for no idea."""
        if self.base:
            return self.base.lying
        low, high = self.anatomy.evidence.scan.field_of_view_box_ras_mm
        iris = [self.anatomy.meanings[key] for key in self.placements.keys]
        return lying(typical_body(), self.placements, iris, (np.array(low), np.array(high)))

    @property
    def registration(self) -> Registration | None:
        """How the typical body lies on the study as stored."""
        return self.lying[0].registration if self.lying else None

    @property
    def best_fit(self) -> float | None:
        """Nats per label in the best reading of the grid, or of situs inversus; None where it can't be told."""
        if not self.lying:
            return None
        structures, stored = self.anatomy.knowledge.structures, self.lying[0].registration
        names = [self.anatomy.meanings[key] for key in self.placements.keys]
        inverse = in_the_mirror(
            stored.body, self.placements, [structures[name].partner or name for name in names], stored.view
        )
        fits = [found.registration.mean_fit for found in self.lying]
        return max([*fits, *([inverse.mean_fit] if inverse else [])])

    def is_out_of_view(self, key: str) -> bool:
        """Whether the typical body has nothing of a structure in what the image shows, or near it."""
        given = constants().scene
        lying, iri = self.registration, self.anatomy.meanings.get(key, "")
        if lying is None or iri not in lying.body:
            return False
        low, high = ((corner - lying.offset) / lying.scale for corner in lying.view)
        return bool(lying.body.in_view([iri], low - given.out_of_view_mm, high + given.out_of_view_mm).share[0] <= 0)

    def size_cost(self, key: str, sign: float) -> float:
        """What a volume says against a structure that is too small (`sign` 1) or too large (−1), in nats.

        0 where it is the usual one or more than that the right way, and where the typical body can't tell.
        """
        given = constants().scene
        lying, iri = self.registration, self.anatomy.meanings.get(key, "")
        if lying is None or iri not in lying.body:
            return 0.0
        usual = lying.expected([iri])
        if usual.share[0] < given.half_in_view:
            return 0.0
        expected = max(float(usual.volume_ml[0]) * float(np.prod(lying.scale)), LEAST_ML)
        away = sign * math.log(max(self.anatomy.evidence.segment(key).volume_ml, LEAST_ML) / expected)
        return min(
            max(away + given.size_margin, 0.0) ** 2 / (2 * constants().fit.log_volume ** 2),
            given.most_size_cost,
        )
