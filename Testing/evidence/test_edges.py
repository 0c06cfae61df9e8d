"""The image on both sides of an outline: what it says of outlines that are too tight, too wide, or a neighbour's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

from fmassist.evidence.facts import Evidence, SegmentFacts
from fmassist.evidence.measure import measure
from fmassist.phantom import Phantom, torso
from fmassist.volume import Segment, Segmentation
from fmassist.volume.reorient import reorient_segmentation, reorient_volume


@pytest.fixture(scope="module")
def case() -> Phantom:
    return torso(seed=3, spacing_mm=(3.0, 3.0, 3.0), field_of_view="upper_abdomen")


def facts_of(evidence: Evidence, name: str) -> SegmentFacts:
    return next(facts for facts in evidence.segments if facts.name == name)


def spoilt(case: Phantom, name: str, voxels: int) -> Segmentation:
    """The same study with one outline moved: out, or in where `voxels` is negative."""
    labels = case.segmentation.layers[0].copy()
    segment = case.segmentation.segment(name)
    mask = labels == segment.label
    if voxels < 0:
        labels[mask & ~binary_erosion(mask, iterations=-voxels)] = 0
    else:
        labels[binary_dilation(mask, iterations=voxels) & (labels == 0)] = segment.label
    return replace(case.segmentation, layers=(labels,))


def shares(segmentation: Segmentation, case: Phantom, name: str) -> tuple[float, float]:
    edge = facts_of(measure(segmentation, case.volume), name).edge
    assert edge is not None
    return edge.same_outside_mm2 / edge.judged_mm2, edge.other_inside_mm2 / edge.judged_mm2


def test_a_right_outline_lies_where_the_image_changes(case: Phantom) -> None:
    same, other = shares(case.segmentation, case, "spleen")
    assert same < 0.1
    assert other < 0.2


def test_a_tight_outline_has_its_own_tissue_outside(case: Phantom) -> None:
    same, _ = shares(spoilt(case, "spleen", -2), case, "spleen")
    assert same > 0.7


def test_a_wide_outline_has_foreign_tissue_inside(case: Phantom) -> None:
    _, other = shares(spoilt(case, "spleen", 2), case, "spleen")
    assert other > 0.5


def test_a_flat_cut_shows_on_its_side_and_at_its_place(case: Phantom) -> None:
    labels = case.segmentation.layers[0].copy()
    spleen = case.segmentation.segment("spleen")
    whole = facts_of(measure(case.segmentation, case.volume), "spleen")
    assert whole.centroid_ras_mm is not None
    k = round(float(case.segmentation.geometry.to_index([whole.centroid_ras_mm])[0][2]))
    below = np.zeros(labels.shape, dtype=bool)
    below[:, :, :k] = True
    rising = case.segmentation.geometry.index_to_ras_mm[2, 2] > 0
    labels[(labels == spleen.label) & (below if rising else ~below)] = 0
    edge = facts_of(measure(replace(case.segmentation, layers=(labels,)), case.volume), "spleen").edge
    assert edge is not None
    judged, same = edge.same_outside_by_face["inferior"]
    # Of what else looks down nothing does.
    assert same / judged > 0.7
    assert edge.same_outside_at_ras_mm is not None
    assert abs(edge.same_outside_at_ras_mm[2] - whole.centroid_ras_mm[2]) < 9.0


def test_an_outline_drawn_into_a_neighbour_has_the_neighbours_tissue_at_their_border(case: Phantom) -> None:
    labels = case.segmentation.layers[0].copy()
    liver, kidney = case.segmentation.segment("liver"), case.segmentation.segment("kidney_right")
    index = np.argwhere(labels == kidney.label)
    upper = index[:, 2] >= np.median(index[:, 2])
    labels[tuple(index[upper].T)] = liver.label
    evidence = measure(replace(case.segmentation, layers=(labels,)), case.volume)
    keys = {facts_of(evidence, "liver").key, facts_of(evidence, "kidney_right").key}
    pair = next(pair for pair in evidence.pairs if {pair.first, pair.second} == keys)
    sides = (
        (pair.first, pair.first_edge_mm2, pair.first_like_second_mm2),
        (pair.second, pair.second_edge_mm2, pair.second_like_first_mm2),
    )
    foreign = {key: like / judged for key, judged, like in sides if judged and like is not None}
    # The rest of their border is the one that they had before, and lies where it should.
    assert foreign[facts_of(evidence, "liver").key] > 0.25
    assert foreign[facts_of(evidence, "kidney_right").key] < 0.1


def test_what_another_layer_has_is_not_left_out(case: Phantom) -> None:
    tight = spoilt(case, "spleen", -2)
    spleen = case.segmentation.segment("spleen")
    before, now = case.segmentation.layers[0], tight.layers[0]
    rest = np.where((before == spleen.label) & (now == 0), 250, 0).astype(now.dtype)
    second = Segment(250, "rest of the spleen", layer=1)
    layered = replace(tight, layers=(now, rest), segments=(*tight.segments, second))
    alone, beside = (facts_of(measure(made, case.volume), "spleen").edge for made in (tight, layered))
    assert alone is not None
    assert beside is None or beside.same_outside_mm2 < 0.1 * alone.same_outside_mm2


@pytest.mark.parametrize("codes", ["LPS", "SAR", "PIR"])
def test_stored_otherwise_the_edges_are_the_same(case: Phantom, codes: str) -> None:
    here = facts_of(measure(case.segmentation, case.volume), "liver").edge
    turned = measure(reorient_segmentation(case.segmentation, codes), reorient_volume(case.volume, codes))
    there = facts_of(turned, "liver").edge
    assert here is not None
    assert there is not None
    assert there.judged_mm2 == pytest.approx(here.judged_mm2)
    assert there.same_outside_mm2 == pytest.approx(here.same_outside_mm2)
    assert there.other_inside_at_ras_mm == pytest.approx(here.other_inside_at_ras_mm)
    for face, pair in here.same_outside_by_face.items():
        assert there.same_outside_by_face[face] == pytest.approx(pair)


def test_without_an_image_nothing_is_said_of_edges(case: Phantom) -> None:
    evidence = measure(case.segmentation)
    assert all(facts.edge is None for facts in evidence.segments)
    assert all(pair.first_edge_mm2 is None for pair in evidence.pairs)
