"""Numbered chains (vertebrae, ribs) as this study shows them: each link to the next, and how far apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from fmassist.evidence.facts import Point
from fmassist.knowledge.constants import constants
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.levels import LevelScale, nominal_levels


@dataclass(frozen=True)
class Link:
    """Two neighbours in a chain among those that are present."""

    upper: Known
    lower: Known
    step: int
    """Difference of their numbers; 1 when nothing is left out."""
    drop_mm: float
    """How far the lower one lies below the upper one."""
    spacing_mm: float
    expected_mm: float
    missing: tuple[str, ...]
    """Labels of the numbers left out."""
    uncertain: str | None
    """Why their distance can't be judged."""
    missing_uncertain: str | None
    """Why a number left out between them means nothing. Vertebrae that the border cuts still have those between them
    in view."""
    order_uncertain: str | None
    """Why even their order can't be judged. Of a rib without its head, or of a vertebra of which only the spinous
    process is seen, the visible part says nothing of the whole."""


@dataclass(frozen=True)
class Joint:
    """A rib's head at the vertebra of its number."""

    rib: Known
    vertebra: Known
    offset_levels: float
    """How far the head lies below the vertebra's middle, in spacings."""
    uncertain: str | None


def links(anatomy: Anatomy) -> Iterator[Link]:
    """Every link of every chain, from the top down."""
    nominal = dict(nominal_levels(anatomy.knowledge))
    for name, members in anatomy.knowledge.chains.items():
        ribs = name.startswith("ribs")
        present = [anatomy.by_structure[m.iri] for m in members if m.iri in anatomy.by_structure]
        labels = {m.chain_index: m.label for m in members}
        raw = []
        for upper, lower in pairwise(present):
            first, second = upper.structure.chain_index or 0, lower.structure.chain_index or 0
            shift = constants().chains.first_thoracic - 1 if ribs else 0
            typical = nominal[second + shift] - nominal[first + shift]
            a, b = (_head(upper), _head(lower)) if ribs else (upper.facts.centroid_ras_mm, lower.facts.centroid_ras_mm)
            if a is None or b is None:
                continue
            # Ribs are compared in height alone: their heads lie at different depths.
            spacing = abs(a[2] - b[2]) if ribs else math.dist(a, b)
            raw.append((upper, lower, first, second, typical, a[2] - b[2], spacing))
        ratios = [spacing / typical for *_, typical, _, spacing in raw if typical > 0]
        # Of a study that lies turned by 90°, all links may be at one height.
        scale = (median(ratios) if len(ratios) >= 3 else 1.0) or 1.0
        for upper, lower, first, second, typical, drop, spacing in raw:
            cut = upper.is_cut_along_body or lower.is_cut_along_body or (ribs and _sides_cut(upper, lower))
            if cut and ribs:
                # Heads lie along the spine: between two that are seen, no other one is out of view.
                cut = not (_head_is_seen(anatomy, upper) and _head_is_seen(anatomy, lower))
            cut = cut or (ribs and (_cut_behind(upper) or _cut_behind(lower)))
            # The sacrum's middle says little of where L5 ends.
            fused = lower.structure.iri == ST + "sacrum" or upper.structure.iri == ST + "sacrum"
            yield Link(
                upper=upper,
                lower=lower,
                step=second - first,
                drop_mm=drop,
                spacing_mm=spacing,
                expected_mm=typical * scale,
                missing=tuple(labels.get(i, str(i)) for i in range(first + 1, second)),
                uncertain="cut off by the field of view" if cut else "next to the sacrum" if fused else None,
                missing_uncertain="next to the sacrum"
                if fused
                else "cut off by the field of view"
                if cut and ribs
                else None,
                order_uncertain="cut off by the field of view" if cut else None,
            )


def _sides_cut(*ribs: Known) -> bool:
    """Whether the image shows ribs only in part to their sides: one between them may lie beyond it."""
    return all({"left", "right"} & set(rib.facts.border_area_mm2) for rib in ribs)


def _cut_behind(rib: Known) -> bool:
    """Whether the image ends in front of a rib's head."""
    return "posterior" in rib.facts.border_area_mm2


def _head_is_seen(anatomy: Anatomy, rib: Known) -> bool:
    """Whether a rib's head is in the image, though the border cuts the rib somewhere."""
    given = constants().chains
    head = _head(rib)
    if head is None:
        return False
    low, high = anatomy.evidence.scan.field_of_view_box_ras_mm
    spine = [
        known.facts.centroid_ras_mm
        for member in anatomy.knowledge.chains.get("spine", [])
        if (known := anatomy.by_structure.get(member.iri)) is not None and known.facts.centroid_ras_mm is not None
    ]
    if not spine or not low[2] + given.head_margin_mm <= head[2] <= high[2] - given.head_margin_mm:
        return False
    beside = min(spine, key=lambda centre: abs(centre[2] - head[2]))
    return math.dist(head[:2], beside[:2]) <= given.rib_head_reach_mm


def joints(anatomy: Anatomy, scale: LevelScale) -> Iterator[Joint]:
    """Every rib whose vertebra is labelled too.

    In a person whose heads all lie high, one that lies as the others do is not told to be of another number.
    """
    given = constants().chains
    found = list(_joints(anatomy, scale))
    sure = [joint.offset_levels for joint in found if not joint.uncertain]
    for joint in found:
        offset = joint.offset_levels
        odd = (
            not given.usual_heads[0] <= offset <= given.usual_heads[1]
            and given.widest_heads[0] <= offset <= given.widest_heads[1]
        )
        if odd and not joint.uncertain and len(sure) >= 4:
            middle = median(sure)
            if (
                given.usual_heads[0] <= middle <= given.usual_heads[1]
                and abs(offset - middle) <= given.as_its_neighbours
            ):
                joint = replace(joint, uncertain="it lies as the other ribs of this person do")
        yield joint


def _joints(anatomy: Anatomy, scale: LevelScale) -> Iterator[Joint]:
    given = constants().chains
    for known in anatomy.known:
        chain, number = known.structure.chain, known.structure.chain_index
        if chain is None or number is None or not chain.startswith("ribs"):
            continue
        vertebra = anatomy.by_structure.get(f"{ST}vertebrae_T{number}")
        head = _head(known)
        if vertebra is None or head is None or vertebra.facts.centroid_ras_mm is None:
            continue
        index = float(number + given.first_thoracic - 1)
        step = (scale.superior_mm(index - 0.5) - scale.superior_mm(index + 0.5)) or 1.0
        centre, between = vertebra.facts.centroid_ras_mm, 0
        cut = (known.is_cut_along_body and not _head_is_seen(anatomy, known)) or _cut_behind(known)
        if vertebra.is_cut_along_body:
            # Its middle is not seen, but that of the one at the head's height may be: their numbers tell the rest.
            beside = _whole_vertebra_at(anatomy, head[2], given.at_its_height * abs(step))
            if beside is None or beside.facts.centroid_ras_mm is None:
                cut = True
            else:
                centre = beside.facts.centroid_ras_mm
                between = (beside.structure.chain_index or 0) - (vertebra.structure.chain_index or 0)
        reach = math.dist(head[:2], centre[:2])
        yield Joint(
            rib=known,
            vertebra=vertebra,
            offset_levels=between + (centre[2] - head[2]) / step,
            uncertain="cut off by the field of view"
            if cut
            else "its head is not labelled"
            if reach > given.rib_head_reach_mm
            else None,
        )


def _whole_vertebra_at(anatomy: Anatomy, superior_mm: float, within_mm: float) -> Known | None:
    """The vertebra nearest to a height that the image shows from top to bottom."""
    found = [
        known
        for member in anatomy.knowledge.chains.get("spine", [])
        if (known := anatomy.by_structure.get(member.iri)) is not None
        and member.iri != ST + "sacrum"
        and not known.is_cut_along_body
        and abs(known.superior_mm - superior_mm) <= within_mm
    ]
    return min(found, key=lambda known: abs(known.superior_mm - superior_mm), default=None)


def neighbour_ratios(anatomy: Anatomy) -> Iterator[tuple[Known, float]]:
    """Volume of each vertebra over the mean of those beside it that are seen whole, two or one.

    Where the next level has no label the one beyond it stands for it, since its volume may be in this one.
    """
    for members in anatomy.knowledge.chains.values():
        by_index = {m.chain_index: anatomy.by_structure.get(m.iri) for m in members}
        for index, known in by_index.items():
            above = by_index.get((index or 0) - 1) or by_index.get((index or 0) - 2)
            below = by_index.get((index or 0) + 1) or by_index.get((index or 0) + 2)
            whole = [n for n in (above, below) if n is not None and not n.is_cut and n.structure.iri != ST + "sacrum"]
            mean = sum(n.facts.volume_ml for n in whole) / max(len(whole), 1)
            if known is not None and mean > 0:
                yield known, known.facts.volume_ml / mean


def _head(rib: Known) -> Point | None:
    """The rib's most medial voxel."""
    towards = "right" if rib.structure.side == "left" else "left"
    return rib.facts.extreme_points_ras_mm.get(towards)
