"""One study's segments with their meanings: the only place where measured and known meet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from fmassist.evidence.facts import Evidence, SegmentFacts
from fmassist.knowledge.meaning import Meanings
from fmassist.knowledge.model import Knowledge, Structure


@dataclass(frozen=True)
class Known:
    """A segment that is not empty, together with its structure."""

    facts: SegmentFacts
    structure: Structure

    @property
    def right_mm(self) -> float:
        """R of its centroid."""
        assert self.facts.centroid_ras_mm is not None
        return self.facts.centroid_ras_mm[0]

    @property
    def superior_mm(self) -> float:
        """S of its centroid."""
        assert self.facts.centroid_ras_mm is not None
        return self.facts.centroid_ras_mm[2]

    @property
    def is_cut(self) -> bool:
        """Whether the border of the field of view cuts it."""
        return bool(self.facts.border_area_mm2)

    @property
    def is_cut_along_body(self) -> bool:
        """Whether the upper or the lower border cuts it."""
        return bool({"superior", "inferior"} & set(self.facts.border_area_mm2))


@dataclass(frozen=True)
class Anatomy:
    """A study as anatomy.

    Args:
        vocabulary: IRIs of all structures that the model could have labelled; absence means something only for these.
    """

    evidence: Evidence
    knowledge: Knowledge
    meanings: Meanings
    vocabulary: frozenset[str]

    @cached_property
    def known(self) -> tuple[Known, ...]:
        """Every segment that has voxels and a meaning, in the order of the evidence."""
        return tuple(
            Known(facts, self.knowledge.structures[self.meanings[facts.key]])
            for facts in self.evidence.segments
            if facts.voxel_count and facts.key in self.meanings
        )

    @cached_property
    def by_structure(self) -> dict[str, Known]:
        """By the structure's IRI; the largest segment when several stand for one structure."""
        found: dict[str, Known] = {}
        for known in sorted(self.known, key=lambda k: k.facts.voxel_count):
            found[known.structure.iri] = known
        return found

    @cached_property
    def doubled(self) -> frozenset[str]:
        """IRIs of the structures that several segments stand for."""
        seen = Counter(known.structure.iri for known in self.known)
        return frozenset(iri for iri, count in seen.items() if count > 1)
