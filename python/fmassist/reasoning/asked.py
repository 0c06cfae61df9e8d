"""What the model was asked to segment: only of that can anything be missing.

A subset (`--roi_subset`, one task of several) is no incomplete segmentation. What was asked for stands in the file,
where it lists its classes; else it is told by group: of a group that was asked for, most members in view are there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.constants import constants
from fmassist.knowledge.meaning import Understanding, is_judged
from fmassist.knowledge.model import Knowledge, Structure
from fmassist.knowledge.namespaces import FMX
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.levels import find_levels

_GROUPS = (
    ("vertebrae", (FMX + "Vertebra",)),
    ("ribs", (FMX + "Rib",)),
    ("muscles", (FMX + "Muscle",)),
    ("lungs", (FMX + "Lung", FMX + "LungLobe")),
    ("vessels and heart", (FMX + "Vessel", FMX + "HeartChamber")),
    ("bones", (FMX + "Bone",)),
    ("parts of the brain", (FMX + "BrainStructure",)),
)
OTHERS = "organs"


@dataclass(frozen=True)
class Asked:
    """What counts as asked for.

    Args:
        structures: IRIs whose absence is judged.
        groups: names of the groups that were taken as asked for.
        left_out: names of the groups of which the map could name more, and that were not asked for.
        from_file: whether the file itself says it.
    """

    structures: frozenset[str]
    groups: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    from_file: bool = False


def anatomy_of(
    evidence: Evidence, knowledge: Knowledge, understanding: Understanding, vocabulary: frozenset[str]
) -> tuple[Anatomy, Asked | None]:
    """A study as anatomy, and what counts as asked for; None where nothing can be missing.

    Args:
        evidence: what was measured.
        knowledge: what it is judged by.
        understanding: what each segment stands for. One that no rule is bound to is no anatomy here.
        vocabulary: IRIs of what the model could have labelled; empty where nobody said.
    """
    judged = {key: iri for key, iri in understanding.meanings.items() if is_judged(iri, knowledge)}
    # What the file lists goes before what its label map could name.
    able = frozenset(iri for iri in understanding.listed if is_judged(iri, knowledge)) or vocabulary
    anatomy = Anatomy(evidence, knowledge, judged, able or frozenset(judged.values()))
    if not able:
        return anatomy, None
    asked = asked_for(anatomy, understanding.asked)
    return replace(anatomy, vocabulary=asked.structures), asked


def asked_for(anatomy: Anatomy, listed: frozenset[str] | None) -> Asked:
    """What was asked for, of what the model can label.

    Args:
        anatomy: the study, with everything that the model can label as its vocabulary.
        listed: what the file lists as its classes, or None.
    """
    present = frozenset(known.structure.iri for known in anatomy.known)
    if listed is not None:
        return Asked(anatomy.vocabulary & (listed | present), from_file=True)
    members: dict[str, list[Structure]] = {}
    for iri in anatomy.vocabulary:
        structure = anatomy.knowledge.structures.get(iri)
        if structure is not None:
            members.setdefault(group_of(structure), []).append(structure)
    seen = _in_view(anatomy)
    shares: dict[str, tuple[int, float]] = {}
    for group, all_of_it in members.items():
        here = [s for s in all_of_it if s.iri in present or (s.iri in seen and not _may_lack(s))]
        there = sum(s.iri in present for s in here)
        shares[group] = (there, there / max(len(here), 1))
    # Where whole groups are absent somebody chose, and may have chosen within a group as well.
    chosen = any(count == 0 and _any_in_view(members[group], seen) for group, (count, _) in shares.items())
    given = constants().asked
    least = given.almost_all if chosen else given.most
    kept, left_out, structures = [], [], set(present & anatomy.vocabulary)
    for group, all_of_it in members.items():
        there, share = shares[group]
        if there > 1 and share >= least:
            kept.append(group)
            structures |= {s.iri for s in all_of_it}
        elif there < len(all_of_it):
            left_out.append(group)
    if _in_pairs(anatomy, present):
        structures |= {
            s.iri for all_of_it in members.values() for s in all_of_it if s.partner in present and s.iri in seen
        }
    return Asked(frozenset(structures), tuple(sorted(kept)), tuple(sorted(left_out)))


def _in_pairs(anatomy: Anatomy, present: frozenset[str]) -> bool:
    """Whether structures were asked for with their partners: nearly all that are there have theirs beside them."""
    paired = [iri for iri in present if anatomy.knowledge.structures[iri].partner in anatomy.vocabulary]
    alone = sum(anatomy.knowledge.structures[iri].partner not in present for iri in paired)
    return len(paired) - alone >= constants().asked.pairs_for_one * max(1, alone)


def _any_in_view(group: list[Structure], seen: frozenset[str]) -> bool:
    """Whether enough of a group is in view for its absence to tell something."""
    return sum(s.iri in seen and not _may_lack(s) for s in group) > 1


def group_of(structure: Structure) -> str:
    """The group in which a structure is asked for."""
    for name, classes in _GROUPS:
        if structure.groups & set(classes):
            return name
    return OTHERS


def _may_lack(structure: Structure) -> bool:
    return structure.intermittent or structure.sex is not None or FMX + "IntermittentStructure" in structure.groups


def _in_view(anatomy: Anatomy) -> frozenset[str]:
    """Structures whose usual height this image shows."""
    levels = find_levels(anatomy)
    if not levels.anchors:
        return frozenset()
    low, high = anatomy.evidence.scan.field_of_view_box_ras_mm
    found = set()
    for iri in anatomy.vocabulary:
        structure = anatomy.knowledge.structures.get(iri)
        if structure is None or structure.level_top is None or structure.level_bottom is None:
            continue
        top, bottom = levels.superior_mm(structure.level_top), levels.superior_mm(structure.level_bottom)
        seen = min(top, high[2]) - max(bottom, low[2])
        if seen >= constants().asked.in_view * max(top - bottom, 1e-6):
            found.add(iri)
    return frozenset(found)
