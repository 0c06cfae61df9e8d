"""What the rules cover: structures by model, ground rules, sources, and the gaps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode

from fmassist.knowledge.label_map import SHIPPED, load_label_map
from fmassist.knowledge.model import Knowledge, Rule, Structure
from fmassist.knowledge.namespaces import FMX, ST

FAMILIES: dict[str, str] = {
    "side": "side",
    "order": "chain",
    "place": "place",
    "count": "piece",
    "size": "size",
    "tissue": "tissue",
}
"""Families of rules, and the facet of failure by which their patterns are known."""
SECONDARY = ("secondary", "gray's anatomy", "ranges/", "ontology/", "fmassist")
"""Sources that are textbooks or this project's own tables, and no primary source."""
_ISSUE = re.compile(r"\bissues? \d")


@dataclass(frozen=True)
class Coverage:
    """Figures of one model's labels; shares are 0 to 1.

    Attributes:
        ground_rules: instances of rules that its labels alone give.
        families: family to (covered, applicable, names of those that lack one).
        primary_source_share: of the rules that name a paper, a standard or a terminology.
        report_share: of those that name none, and a report of the error that they catch (an issue of a project).
        ranges: reference ranges of its labels, `ranges_by_sex` those of them that hold in one sex.
    """

    model: str
    structures: int
    patterns: int
    rules: int
    ground_rules: int
    families: dict[str, tuple[int, int, tuple[str, ...]]]
    primary_source_share: float
    report_share: float
    by_model: dict[str, int]
    ranges: int
    ranges_by_sex: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        families = {
            name: {"covered": have, "applicable": of, "lacking": list(lacking)}
            for name, (have, of, lacking) in self.families.items()
        }
        return {**self.__dict__, "families": families}


def cover(knowledge: Knowledge, model: str = "totalsegmentator:total") -> Coverage:
    """Count what is there for the labels of one model."""
    mine = sorted(set(load_label_map(model).structures.values()) & knowledge.structures.keys())
    current = [rule for rule in knowledge.rules.values() if rule.status == "current"]
    by_family: dict[str, set[str]] = defaultdict(set)
    ground = 0
    present = frozenset(mine)
    for rule in current:
        pairs = instances(knowledge, rule, present)
        ground += len(pairs)
        for family, facet in FAMILIES.items():
            if facet in knowledge.patterns[rule.pattern].facets:
                by_family[family].update(structure for pair in pairs for structure in pair)
    families = {}
    for family in FAMILIES:
        able = [iri for iri in mine if APPLIES[family](knowledge.structures[iri])]
        lacking = tuple(sorted(iri.removeprefix(ST) for iri in able if iri not in by_family[family]))
        families[family] = (len(able) - len(lacking), len(able), lacking)
    ranges = [
        known
        for iri, known in knowledge.ranges.items()
        if present.issuperset(_texts(knowledge, iri, FMX + "structure"))
    ]
    kinds = [{_kind(source) for source in rule.sources} for rule in current]
    primary = sum("primary" in kind for kind in kinds)
    reported = sum("report" in kind and "primary" not in kind for kind in kinds)
    return Coverage(
        model,
        len(mine),
        len(knowledge.patterns),
        len(current),
        ground,
        families,
        primary / max(1, len(current)),
        reported / max(1, len(current)),
        {name: len(set(load_label_map(name).structures.values())) for name in sorted(SHIPPED)},
        len(ranges),
        sum(known.sex is not None for known in ranges),
    )


def instances(knowledge: Knowledge, rule: Rule, present: frozenset[str]) -> list[tuple[str, ...]]:
    """The structures, or pairs of them, that a rule speaks about when these are labelled."""
    pattern = knowledge.patterns[rule.pattern]
    bound = [iri for iri in rule.binds if iri in present and _has(knowledge, iri, pattern.needs)]
    structures = knowledge.structures
    if pattern.speaks_of == "study":
        return []  # it speaks of no structure
    if pattern.speaks_of == "partner":
        return [
            (a, b) for a in bound if structures[a].side == "right" and (b := structures[a].partner) in present and b
        ]
    if pattern.speaks_of == "next":
        return [(a, b) for a in bound if (b := _next(knowledge, a)) in present and b]
    if pattern.speaks_of == "relation":
        relations = _texts(knowledge, rule.iri, FMX + "relation")
        return [(a, b) for a in bound for relation in relations for b in _texts(knowledge, a, relation) if b in present]
    return [(a,) for a in bound]


def _has(knowledge: Knowledge, iri: str, needs: tuple[str, ...]) -> bool:
    """Whether everything that a pattern needs is said of a structure; of a class, whether one speaks of it."""
    return all(
        iri in _with_range(knowledge) if need == FMX + "ReferenceRange" else bool(_texts(knowledge, iri, need))
        for need in needs
    )


def _next(knowledge: Knowledge, iri: str) -> str | None:
    mine = knowledge.structures[iri]
    members = knowledge.chains.get(mine.chain or "", [])
    index = next((n for n, member in enumerate(members) if member.iri == iri), None)
    return members[index + 1].iri if index is not None and index + 1 < len(members) else None


def _texts(knowledge: Knowledge, iri: str, name: str) -> list[str]:
    quads = knowledge.store.quads_for_pattern(NamedNode(iri), NamedNode(name), None)
    return sorted(quad.object.value for quad in quads)  # type: ignore[union-attr]


def _with_range(knowledge: Knowledge) -> set[str]:
    quads = knowledge.store.quads_for_pattern(None, NamedNode(FMX + "structure"), None)
    return {quad.object.value for quad in quads}  # type: ignore[union-attr]


def _kind(source: str) -> str:
    """`primary`, `report` of an error seen, or `secondary`."""
    if source.lower().startswith(SECONDARY):
        return "secondary"
    return "report" if _ISSUE.search(source) else "primary"


def _is_lesion(structure: Structure) -> bool:
    return FMX + "PathologicalStructure" in structure.groups


APPLIES: dict[str, Callable[[Structure], bool]] = {
    "side": lambda s: s.partner is not None and not _is_lesion(s),
    "order": lambda s: s.chain is not None and s.chain_index is not None,
    "place": lambda s: not _is_lesion(s),
    "count": lambda s: s.one_piece,
    "size": lambda s: not _is_lesion(s),
    "tissue": lambda s: not _is_lesion(s),
}
"""Where a family of rules applies: a side to what has a partner, an order to links of a chain, one piece to what is one
piece; place, size and tissue to everything but lesions, which have neither."""
