"""The evidence as RDF, for the reasoner's queries.

Terms of the `ev:` vocabulary, documented in `Resources/ontology/evidence-vocabulary.ttl`. The unit is part of each
term's name (`ev:volumeMl`, `ev:centroidRightMm`) and of its `qudt:unit` there, so a query can't mistake it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from fmassist.evidence.facts import EdgeFacts, Evidence, PairFacts, Point, SegmentFacts

EV = "https://w3id.org/fmassist/evidence#"
STUDY = NamedNode("urn:fmassist:study")
"""The graph that holds one study's measured facts, and the study itself; the knowledge stands in the default graph."""
PAIRS = NamedNode("urn:fmassist:pairs")
"""The graph of what was measured between two segments, apart because mirroring the body changes none of it."""
DERIVED = NamedNode("urn:fmassist:derived")
"""The graph that holds what follows from the facts under one reading of the labels."""

_AXES = ("RightMm", "AnteriorMm", "SuperiorMm")


@cache
def term(name: str) -> NamedNode:
    """The term `ev:name`."""
    return NamedNode(EV + name)


_SEGMENT = "urn:fmassist:segment:"


def segment_node(key: str) -> NamedNode:
    """The node that stands for one segment of the study."""
    return NamedNode(f"{_SEGMENT}{key}")


def is_segment(node: str) -> bool:
    """Whether a node is a segment's."""
    return node.startswith(_SEGMENT)


def segment_key(node: str) -> str:
    """The key behind a segment's node."""
    return node.removeprefix(_SEGMENT)


def pair_node(here: str, there: str) -> NamedNode:
    """The node that stands for two segments, seen from the first of them."""
    return NamedNode(f"urn:fmassist:pair:{here}/{there}")


def literal(value: bool | float | str) -> Literal:
    """A typed literal; numbers are all xsd:double, so that queries compare like with like."""
    if isinstance(value, bool | str):
        return Literal(value)
    return Literal(float(value))


def evidence_quads(evidence: Evidence) -> Iterator[Quad]:
    """Every fact of the study, in the graphs `STUDY` and `PAIRS`."""
    yield from study_quads(evidence)
    yield from pair_quads(evidence)


def study_quads(evidence: Evidence) -> Iterator[Quad]:
    """What was measured of the scan and of each segment, in the graph `STUDY`."""
    scan = STUDY
    yield _quad(scan, "modality", evidence.scan.modality)
    if evidence.scan.looks_like_hu is not None:
        yield _quad(scan, "looksLikeHu", evidence.scan.looks_like_hu)
    yield from _box(scan, "fieldOfView", evidence.scan.field_of_view_box_ras_mm)
    if evidence.scan.body_box_ras_mm is not None:
        yield from _box(scan, "body", evidence.scan.body_box_ras_mm)
    for segment in evidence.segments:
        yield from _segment(segment)


def pair_quads(evidence: Evidence) -> Iterator[Quad]:
    """What was measured between two segments, in the graph `PAIRS`."""
    for pair in evidence.pairs:
        yield from _pair(pair)


def _segment(facts: SegmentFacts) -> Iterator[Quad]:
    node = segment_node(facts.key)
    yield Quad(node, NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), term("Segment"), STUDY)
    yield _quad(node, "name", facts.name)
    yield _quad(node, "voxelCount", facts.voxel_count)
    yield _quad(node, "volumeMl", facts.volume_ml)
    if facts.voxel_count == 0 or facts.centroid_ras_mm is None or facts.box_ras_mm is None:
        return
    yield from _point(node, "centroid", facts.centroid_ras_mm)
    yield from _box(node, "box", facts.box_ras_mm)
    yield _quad(node, "componentCount", facts.component_count)
    yield _quad(node, "mainComponentShare", facts.main_component_share)
    yield _quad(node, "cavityMl", facts.cavity_ml)
    yield _quad(node, "surfaceMm2", facts.surface_area_mm2)
    yield _quad(node, "borderShare", facts.border_share)
    for face in facts.border_area_mm2:
        yield _quad(node, "touchesFace", face)
    for face, _, area in facts.flat_cuts:
        cut = BlankNode()
        yield Quad(node, term("flatCut"), cut, STUDY)
        yield _quad(cut, "direction", face)
        yield _quad(cut, "areaMm2", area)
    if facts.principal_extents_mm is not None:
        yield _quad(node, "lengthMm", facts.principal_extents_mm[0])
    if facts.outside_body_share is not None:
        yield _quad(node, "outsideBodyShare", facts.outside_body_share)
    if facts.intensity is not None:
        yield _quad(node, "intensityMedian", facts.intensity.p50)
        yield _quad(node, "intensityFirstPercentile", facts.intensity.p01)
        yield _quad(node, "intensityFifthPercentile", facts.intensity.p05)
        yield _quad(node, "intensityNinetyFifthPercentile", facts.intensity.p95)
        yield _quad(node, "intensityMean", facts.intensity.mean)
        yield _quad(node, "intensitySd", facts.intensity.sd)
        yield _quad(node, "airShare", facts.intensity.air_share)
        yield _quad(node, "paddingShare", facts.intensity.padding_share)
        yield _quad(node, "metalShare", facts.intensity.metal_share)
    if facts.edge is not None:
        yield from _edge(node, facts.edge)
    if facts.confidence_mean is not None:
        yield _quad(node, "confidence", facts.confidence_mean)
    if facts.unsure_share is not None:
        yield _quad(node, "unsureShare", facts.unsure_share)


def _edge(node: NamedNode, edge: EdgeFacts) -> Iterator[Quad]:
    yield _quad(node, "ownIntensityWidth", edge.own_high - edge.own_low)
    yield _quad(node, "ownIntensityLow", edge.own_low)
    yield _quad(node, "ownIntensityHigh", edge.own_high)
    yield _quad(node, "edgeJudgedMm2", edge.judged_mm2)
    yield _quad(node, "sameOutsideMm2", edge.same_outside_mm2)
    yield _quad(node, "otherInsideMm2", edge.other_inside_mm2)
    for name, point in (("sameOutside", edge.same_outside_at_ras_mm), ("otherInside", edge.other_inside_at_ras_mm)):
        if point is not None:
            yield from _point(node, name, point)
    for face, (judged, same) in edge.same_outside_by_face.items():
        if same:
            side = BlankNode()
            yield Quad(node, term("openSide"), side, STUDY)
            yield _quad(side, "direction", face)
            yield _quad(side, "edgeJudgedMm2", judged)
            yield _quad(side, "sameOutsideMm2", same)


def _pair(facts: PairFacts) -> Iterator[Quad]:
    """Both readings of a pair, so that a query may ask for it from either side."""
    hulls = (facts.first_inside_second_hull, facts.second_inside_first_hull)
    edges = (
        (facts.first_edge_mm2, facts.first_like_second_mm2),
        (facts.second_edge_mm2, facts.second_like_first_mm2),
    )
    distance = Literal(float(facts.distance_mm))
    # What two segments do not have in common is left out: most pairs share nothing, and a study has thousands.
    for here, there, hull, (judged, foreign) in (
        (facts.first, facts.second, hulls[0], edges[0]),
        (facts.second, facts.first, hulls[1], edges[1]),
    ):
        node, segment = pair_node(here, there), segment_node(here)
        yield Quad(node, term("from"), segment, PAIRS)
        yield Quad(node, term("to"), segment_node(there), PAIRS)
        yield Quad(node, term("distanceMm"), distance, PAIRS)
        if facts.contact_area_mm2:
            yield Quad(node, term("contactMm2"), Literal(float(facts.contact_area_mm2)), PAIRS)
        if facts.overlap_ml:
            yield Quad(node, term("overlapMl"), Literal(float(facts.overlap_ml)), PAIRS)
            yield Quad(segment, term("overlapsIn"), node, PAIRS)
        if hull is not None:
            yield Quad(node, term("insideHullShare"), Literal(float(hull)), PAIRS)
        if foreign and judged:
            yield Quad(node, term("contactJudgedMm2"), Literal(float(judged)), PAIRS)
            yield Quad(node, term("foreignInsideMm2"), Literal(float(foreign)), PAIRS)
            yield Quad(segment, term("looksForeignIn"), node, PAIRS)
        if hull:
            yield Quad(segment, term("reachesIntoIn"), node, PAIRS)


def _quad(subject: NamedNode | BlankNode, name: str, value: bool | float | str) -> Quad:
    return Quad(subject, term(name), literal(value), STUDY)


def _point(node: NamedNode, name: str, point: Point) -> Iterator[Quad]:
    for axis, value in zip(_AXES, point, strict=True):
        yield _quad(node, name + axis, value)


def _box(node: NamedNode, name: str, box: tuple[Point, Point]) -> Iterator[Quad]:
    yield from _point(node, name + "Low", box[0])
    yield from _point(node, name + "High", box[1])
