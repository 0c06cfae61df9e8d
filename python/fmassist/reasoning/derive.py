"""Facts that need both the measurements and the meanings, as RDF beside the measured ones."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import NamedNode, Quad

from fmassist.evidence.rdf import DERIVED, STUDY, literal, segment_node, term
from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Structure
from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.apart import apart_quads
from fmassist.reasoning.chains import joints, links, neighbour_ratios
from fmassist.reasoning.context import Context
from fmassist.reasoning.fragments import strays
from fmassist.reasoning.kin import kin_ranges
from fmassist.reasoning.levels import LevelScale, find_levels, organ_offset
from fmassist.reasoning.midline import Midline, find_midline
from fmassist.reasoning.symmetry import bends, partner_sections
from fmassist.reasoning.tissues import fat_shares, spreads, unlike_kin


def derived_quads(anatomy: Anatomy, context: Context) -> Iterator[Quad]:
    """Meanings, midline offsets, levels, chains, stray pieces and what is in view."""
    midline, levels = find_midline(anatomy), find_levels(anatomy)
    for known in anatomy.known:
        yield from _segment(known, midline, levels)
    yield from _chains(anatomy, levels)
    yield from apart_quads(anatomy)
    organs = organ_offset(anatomy)
    if organs is not None:
        yield _quad(segment_node(organs.vertebra), "organLevelOffset", organs.levels)
        yield _quad(segment_node(organs.vertebra), "organCount", organs.organs)
    for muscle, low, high in kin_ranges(anatomy):
        yield _quad(segment_node(muscle.facts.key), "kinLow", low)
        yield _quad(segment_node(muscle.facts.key), "kinHigh", high)
    yield from _against_others(anatomy)
    yield from _places(anatomy, midline, levels)
    if context.sex is not None:
        yield _quad(STUDY, "sex", context.sex)
    if context.age_years is not None:
        yield _quad(STUDY, "ageYears", context.age_years)
    if context.body_part is not None:
        yield _quad(STUDY, "bodyPart", context.body_part)
    if context.laterality is not None:
        yield _quad(STUDY, "examinedSide", context.laterality)
    for event in context.history:
        yield Quad(STUDY, term("history"), NamedNode(event), DERIVED)


def _segment(known: Known, midline: Midline, levels: LevelScale) -> Iterator[Quad]:
    node = segment_node(known.facts.key)
    yield Quad(node, term("structure"), NamedNode(known.structure.iri), DERIVED)
    yield _quad(node, "cutOff", known.is_cut)
    yield _quad(node, "midlineOffsetMm", midline.offset_mm(known.right_mm, known.superior_mm))
    yield _quad(node, "midlineSure", midline.is_sure and not _cut_on_one_side(known))
    across = _across_mm(known, midline)
    if across is not None:
        yield _quad(node, "acrossMidlineMm", across)
    if levels.anchors >= constants().derivation.enough_anchors:
        yield _quad(node, "level", _level(known, levels))
    apart = strays(known.facts)
    yield _quad(node, "strayCount", apart.count)
    yield _quad(node, "strayMl", apart.volume_ml)
    yield _quad(node, "strayShare", apart.share)
    yield _quad(node, "strayApartMm", apart.farthest_gap_mm)
    yield _quad(node, "farthestGapMm", apart.farthest_gap_mm)
    yield _quad(node, "farthestMl", apart.farthest.volume_ml if apart.farthest else 0.0)
    for name, piece in (("stray", apart.largest), ("farthest", apart.farthest)):
        if piece is not None:
            for axis, value in zip(("RightMm", "AnteriorMm", "SuperiorMm"), piece.centroid_ras_mm, strict=True):
                yield _quad(node, name + axis, value)


def _level(known: Known, levels: LevelScale) -> float:
    """Its level, as far as it can be told: what is cut off above may lie higher as a whole, below lower."""
    level, cut = levels.level(known.superior_mm), known.facts.border_area_mm2
    top, bottom = known.structure.level_top, known.structure.level_bottom
    if "superior" in cut and bottom is not None:
        level = min(level, bottom)
    if "inferior" in cut and top is not None:
        level = max(level, top)
    return level


def _across_mm(known: Known, midline: Midline) -> float | None:
    """How far a structure of one side reaches beyond the midline; None for a structure without a side."""
    towards = {"right": "left", "left": "right"}.get(known.structure.side or "")
    end = known.facts.extreme_points_ras_mm.get(towards or "")
    if end is None:
        return None
    return midline.offset_mm(end[0], end[2]) * (1.0 if towards == "right" else -1.0)


def _cut_on_one_side(known: Known) -> bool:
    """A structure cut to the left or right shows a centroid that is not its own."""
    return bool({"left", "right"} & set(known.facts.border_area_mm2))


def _against_others(anatomy: Anatomy) -> Iterator[Quad]:
    """What the image and the other side show of each structure, against the others of the same study."""
    for unlike in unlike_kin(anatomy):
        node = segment_node(unlike.known.facts.key)
        yield _quad(node, "unlikeKinShare", unlike.share)
        yield Quad(node, term("likeliestKin"), segment_node(unlike.kin.facts.key), DERIVED)
    for known, share in fat_shares(anatomy):
        yield _quad(segment_node(known.facts.key), "fatShare", share)
    for known, times in spreads(anatomy):
        yield _quad(segment_node(known.facts.key), "spreadOverOthers", times)
    for sections in partner_sections(anatomy):
        node = segment_node(sections.larger.facts.key)
        yield _quad(node, "largerThanPartner", sections.ratio)
        yield Quad(node, term("smallerPartner"), segment_node(sections.smaller.facts.key), DERIVED)


def _chains(anatomy: Anatomy, levels: LevelScale) -> Iterator[Quad]:
    for link in links(anatomy):
        node = NamedNode(f"urn:fmassist:link:{link.upper.facts.key}/{link.lower.facts.key}")
        yield Quad(node, term("upper"), segment_node(link.upper.facts.key), DERIVED)
        yield Quad(node, term("lower"), segment_node(link.lower.facts.key), DERIVED)
        yield _quad(node, "numberStep", link.step)
        yield _quad(node, "dropMm", link.drop_mm)
        yield _quad(node, "spacingMm", link.spacing_mm)
        yield _quad(node, "expectedSpacingMm", link.expected_mm)
        yield _quad(node, "spacingRatio", link.spacing_mm / link.expected_mm)
        if link.missing:
            yield _quad(node, "missingBetween", ", ".join(link.missing))
        if link.uncertain:
            yield _quad(node, "uncertain", link.uncertain)
        if link.missing_uncertain:
            yield _quad(node, "missingUncertain", link.missing_uncertain)
        if link.order_uncertain:
            yield _quad(node, "orderUncertain", link.order_uncertain)
    for joint in joints(anatomy, levels):
        node = NamedNode(f"urn:fmassist:joint:{joint.rib.facts.key}/{joint.vertebra.facts.key}")
        yield Quad(node, term("rib"), segment_node(joint.rib.facts.key), DERIVED)
        yield Quad(node, term("vertebra"), segment_node(joint.vertebra.facts.key), DERIVED)
        yield _quad(node, "levelOffset", joint.offset_levels)
        if joint.uncertain:
            yield _quad(node, "uncertain", joint.uncertain)
    for known, ratio in neighbour_ratios(anatomy):
        yield _quad(segment_node(known.facts.key), "neighbourVolumeRatio", ratio)
    for known, share in bends(anatomy):
        yield _quad(segment_node(known.facts.key), "offLineShare", share)


def _places(anatomy: Anatomy, midline: Midline, levels: LevelScale) -> Iterator[Quad]:
    """For every structure that the model can label: how much of its usual place this image shows."""
    given = constants().derivation
    scan = anatomy.evidence.scan
    low, high = scan.field_of_view_box_ras_mm
    for iri in sorted(anatomy.vocabulary):
        structure = anatomy.knowledge.structures.get(iri)
        if structure is None or structure.level_top is None or structure.level_bottom is None:
            continue
        node = NamedNode(f"urn:fmassist:place:{structure.key}")
        yield Quad(node, term("ofStructure"), NamedNode(iri), DERIVED)
        yield _quad(node, "present", iri in anatomy.by_structure or _shown_by_part(anatomy, iri))
        top = levels.superior_mm(structure.level_top - given.margin_levels)
        bottom = levels.superior_mm(structure.level_bottom + given.margin_levels)
        seen = max(0.0, min(top, high[2]) - max(bottom, low[2]))
        yield _quad(node, "inViewShare", seen / max(top - bottom, 1e-6))
        if _within_run(anatomy, structure):
            yield _quad(node, "uncertain", "its chain asks for it")
        elif levels.anchors < given.enough_anchors:
            yield _quad(node, "uncertain", "too little is labelled to tell where it would be")
        elif not _shows_width(anatomy, midline, structure.side):
            yield _quad(node, "uncertain", "the image does not show the whole width of the body")
        middle = (top + bottom) / 2
        partner = anatomy.by_structure.get(structure.partner or "")
        right = midline.intercept + midline.slope * middle
        anterior = (low[1] + high[1]) / 2
        if partner is not None and partner.facts.centroid_ras_mm is not None:
            right -= midline.offset_mm(partner.right_mm, partner.superior_mm)
            anterior, middle = partner.facts.centroid_ras_mm[1:]
        elif structure.side is not None:
            body_low, body_high = scan.body_box_ras_mm or (low, high)
            right += (1 if structure.side == "right" else -1) * given.lateral_share * (body_high[0] - body_low[0]) / 2
        for axis, value in zip(("atRightMm", "atAnteriorMm", "atSuperiorMm"), (right, anterior, middle), strict=True):
            yield _quad(node, axis, value)


def _within_run(anatomy: Anatomy, structure: Structure) -> bool:
    """Whether links of its chain on both sides of it are labelled: then the chain's own rule asks for it."""
    if structure.chain is None or structure.chain_index is None:
        return False
    present = [m.chain_index or 0 for m in anatomy.knowledge.chains[structure.chain] if m.iri in anatomy.by_structure]
    return bool(present) and min(present) < structure.chain_index < max(present)


def _shown_by_part(anatomy: Anatomy, iri: str) -> bool:
    """A whole is there when a part of it is."""
    return any(iri in known.structure.part_of or iri in known.structure.groups for known in anatomy.known)


def _shows_width(anatomy: Anatomy, midline: Midline, side: str | None) -> bool:
    """Whether the field of view reaches far enough from the midline on the side, or sides, of a structure."""
    cut = set(anatomy.evidence.scan.body_cut_faces)
    low, high = anatomy.evidence.scan.field_of_view_box_ras_mm
    middle = midline.intercept + midline.slope * (low[2] + high[2]) / 2
    reach = {"left": middle - low[0], "right": high[0] - middle}
    return all(
        s not in cut or reach[s] >= constants().derivation.organ_reach_mm
        for s in ((side,) if side else ("left", "right"))
    )


def _quad(subject: NamedNode, name: str, value: bool | float | str) -> Quad:
    return Quad(subject, term(name), literal(value), DERIVED)
