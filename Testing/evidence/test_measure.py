"""Facts of small label maps that can be checked by eye, and of every way to store them."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmassist.evidence import Evidence, SegmentFacts
from fmassist.evidence.measure import measure
from fmassist.geometry import Geometry
from fmassist.volume import Segment, Segmentation, Volume


def segmentation(array: np.ndarray, spacing=(1.0, 1.0, 1.0), affine: np.ndarray | None = None) -> Segmentation:
    geometry = Geometry(array.shape, np.diag([*spacing, 1.0]) if affine is None else affine)
    names = tuple(Segment(int(v), f"structure {v}") for v in np.unique(array) if v)
    return Segmentation((array,), geometry, names)


def only(evidence: Evidence) -> SegmentFacts:
    (facts,) = evidence.segments
    return facts


def test_a_block_has_the_measures_of_a_block():
    array = np.zeros((12, 14, 16), dtype=np.uint8)
    array[2:6, 3:8, 4:10] = 1  # 4 × 5 × 6 voxels of 2 × 1 × 3 mm
    facts = only(measure(segmentation(array, (2.0, 1.0, 3.0))))
    assert facts.voxel_count == 120
    assert facts.volume_ml == pytest.approx(0.72)
    assert facts.centroid_ras_mm == pytest.approx((7.0, 5.0, 19.5))
    assert facts.box_ras_mm == ((3.0, 2.5, 10.5), (11.0, 7.5, 28.5))
    assert facts.surface_area_mm2 == pytest.approx(2 * (8 * 5 + 8 * 18 + 5 * 18))
    assert facts.principal_extents_mm == pytest.approx(tuple(4 * edge / 12**0.5 for edge in (18, 8, 5)))
    assert facts.extreme_points_ras_mm["right"] == pytest.approx((10.0, 5.0, 19.5))
    assert (facts.component_count, facts.cavity_count, facts.border_area_mm2) == (1, 0, {})


def test_a_hollow_block_has_a_cavity_and_two_blocks_are_two_components():
    array = np.zeros((16, 16, 16), dtype=np.uint8)
    array[1:7, 1:7, 1:7] = 1
    array[3:5, 3:5, 3:5] = 0
    array[10:12, 10:12, 10:12] = 1
    facts = only(measure(segmentation(array)))
    assert facts.component_count == 2
    assert facts.main_component_share == pytest.approx(208 / 216)
    assert facts.cavity_count == 1
    assert facts.cavity_ml == pytest.approx(0.008)


def test_the_border_is_told_by_face_and_by_piece():
    array = np.zeros((10, 10, 10), dtype=np.uint8)
    array[0:3, 4:6, 4:6] = 1
    array[5:7, 4:6, 8:10] = 1
    facts = only(measure(segmentation(array)))
    assert facts.border_area_mm2 == {"left": 4.0, "superior": 4.0}
    assert [piece.border_faces for piece in facts.components] == [("left",), ("superior",)]


def test_touching_blocks_share_their_face():
    array = np.zeros((12, 12, 12), dtype=np.uint8)
    array[2:5, 2:6, 2:6] = 1
    array[5:8, 2:6, 2:6] = 2
    (pair,) = measure(segmentation(array)).pairs
    assert pair.contact_area_mm2 == 16.0
    assert pair.distance_mm == 1.0


def test_layers_that_overlap_say_how_much():
    first = np.zeros((10, 10, 10), dtype=np.uint8)
    second = first.copy()
    first[2:6, 2:6, 2:6] = 1
    second[4:8, 2:6, 2:6] = 1
    geometry = Geometry(first.shape, np.eye(4))
    both = Segmentation((first, second), geometry, (Segment(1, "a"), Segment(1, "b", layer=1)))
    (pair,) = measure(both).pairs
    assert pair.overlap_ml == pytest.approx(0.032)
    assert pair.distance_mm == 0.0


def test_what_lies_within_another_is_inside_its_outline():
    array = np.zeros((20, 20, 12), dtype=np.uint8)
    array[2:18, 2:18, 2:10] = 1
    array[8:11, 8:11, 4:7] = 2
    (pair,) = measure(segmentation(array)).pairs
    assert (pair.first, pair.second) == ("0:1", "0:2")
    assert pair.second_inside_first_hull == pytest.approx(1.0)
    assert pair.first_inside_second_hull == pytest.approx(0.0)


def rounded(facts: SegmentFacts) -> tuple:
    assert facts.centroid_ras_mm is not None
    assert facts.box_ras_mm is not None
    points = tuple(np.round(point, 6).tolist() for _, point in sorted(facts.extreme_points_ras_mm.items()))
    return (
        facts.label,
        facts.voxel_count,
        round(facts.surface_area_mm2, 6),
        np.round(facts.centroid_ras_mm, 6).tolist(),
        np.round(facts.box_ras_mm, 6).tolist(),
        points,
        facts.component_count,
        {face: round(area, 6) for face, area in facts.border_area_mm2.items()},
        round(facts.cavity_ml, 9),
    )


def stored_otherwise(original: Segmentation, order: tuple[int, ...], flips: tuple[bool, ...]) -> Segmentation:
    """The same anatomy with its index axes permuted and flipped."""
    array = original.layers[0].transpose(order)
    affine = original.geometry.index_to_ras_mm.copy()
    affine[:3, :3] = affine[:3, :3][:, order]
    for axis, flip in enumerate(flips):
        if flip:
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
    return Segmentation((array,), Geometry(array.shape, affine), original.segments)


def test_the_facts_are_the_same_in_all_48_orientations():
    rng = np.random.default_rng(3)
    array = (rng.random((9, 10, 11)) < 0.3).astype(np.uint8) * rng.integers(1, 4, (9, 10, 11)).astype(np.uint8)
    original = segmentation(array, (1.0, 1.5, 2.0))
    wanted = [rounded(facts) for facts in measure(original).segments]
    pairs = {(p.first, p.second): (p.contact_area_mm2, p.distance_mm) for p in measure(original).pairs}
    for order, flips in product(permutations(range(3)), product((False, True), repeat=3)):
        again = measure(stored_otherwise(original, order, flips))
        assert [rounded(facts) for facts in again.segments] == wanted
        assert {(p.first, p.second): (p.contact_area_mm2, p.distance_mm) for p in again.pairs} == pairs


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), density=st.floats(0.02, 0.6))
def test_counts_never_disagree_with_numpy(seed, density):
    rng = np.random.default_rng(seed)
    array = (rng.random((7, 8, 9)) < density).astype(np.uint8) * rng.integers(1, 5, (7, 8, 9)).astype(np.uint8)
    if not array.any():
        return
    for facts in measure(segmentation(array)).segments:
        mask = array == facts.label
        assert facts.voxel_count == mask.sum()
        assert facts.centroid_ras_mm == pytest.approx(np.argwhere(mask).mean(axis=0).tolist())


def test_of_labels_apart_the_distance_is_exact_near_by_and_a_lower_bound_far_off():
    array = np.zeros((4, 4, 120), dtype=np.uint8)
    array[1, 1, 2], array[2, 2, 40], array[1, 2, 110] = 1, 2, 3
    evidence = measure(segmentation(array))
    assert evidence.pairs == ()
    assert evidence.distance_mm("0:2", "0:1") == (pytest.approx(np.sqrt(38**2 + 2)), True)
    bound, is_exact = evidence.distance_mm("0:1", "0:3")
    assert not is_exact
    assert 0 < bound <= np.sqrt(108**2 + 1)
    assert bound > evidence.apart_measured_mm


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_distance_is_below_its_bound_and_every_pair_within_reach_is_there(seed):
    rng = np.random.default_rng(seed)
    array = np.zeros((12, 14, 90), dtype=np.uint8)
    for label in range(1, 6):
        at = [int(rng.integers(0, n - 3)) for n in array.shape]
        array[at[0] : at[0] + 3, at[1] : at[1] + 3, at[2] : at[2] + 3] = label
    evidence = measure(segmentation(array))
    places = {f"0:{label}": np.argwhere(array == label) for label in np.unique(array)[1:]}
    for one, two in combinations(places, 2):
        gaps = np.linalg.norm(places[one][:, None] - places[two][None], axis=2)
        distance, is_exact = evidence.distance_mm(one, two)
        assert distance == pytest.approx(gaps.min()) if is_exact else distance <= gaps.min()
        assert is_exact or gaps.min() > evidence.apart_measured_mm


def test_hostile_label_maps_are_measured_all_the_same():
    speck = np.zeros((5, 5, 5), dtype=np.uint16)
    speck[2, 2, 2] = 65535
    assert only(measure(segmentation(speck))).voxel_count == 1
    full = np.ones((6, 6, 6), dtype=np.uint8)
    assert len(only(measure(segmentation(full))).border_area_mm2) == 6
    islands = np.zeros((96, 96, 96), dtype=np.uint8)
    islands[::2, ::2, ::2] = 1
    assert only(measure(segmentation(islands))).component_count == 48**3


def test_an_empty_segment_is_told_as_empty():
    array = np.zeros((4, 4, 4), dtype=np.uint8)
    array[1, 1, 1] = 1
    named = Segmentation((array,), Geometry(array.shape, np.eye(4)), (Segment(1, "a"), Segment(7, "nothing")))
    facts = {s.name: s for s in measure(named).segments}
    assert facts["nothing"].voxel_count == 0
    assert facts["nothing"].centroid_ras_mm is None


def test_an_unnamed_label_is_not_lost():
    array = np.zeros((4, 4, 4), dtype=np.uint8)
    array[1, 1, 1] = 9
    unnamed = Segmentation((array,), Geometry(array.shape, np.eye(4)), ())
    assert only(measure(unnamed)).name == "label 9"


def test_an_image_that_is_not_finite_spoils_only_the_intensities():
    array = np.ones((6, 6, 6), dtype=np.uint8)
    image = np.full((6, 6, 6), np.nan, dtype=np.float32)
    plain = segmentation(array)
    assert only(measure(plain, Volume(image, plain.geometry, modality="CT"))).intensity is None


def test_labels_that_stop_a_slice_before_the_border_are_cut_off_there():
    array = np.zeros((30, 30, 40), dtype=np.uint8)
    array[4:12, 8:20, 12:39] = 1
    array[16:26, 8:20, 15:39] = 2
    facts = measure(segmentation(array)).segments
    assert [set(f.border_area_mm2) for f in facts] == [{"superior"}, {"superior"}]
    assert [f.flat_cuts for f in facts if any(face == "superior" for face, _, _ in f.flat_cuts)] == []


def test_one_voxel_at_the_border_does_not_excuse_an_organ():
    array = np.zeros((30, 30, 40), dtype=np.uint8)
    array[4:20, 8:20, 10:30] = 1
    array[0, 0, 0] = 1
    assert only(measure(segmentation(array))).border_area_mm2 == {}


def test_sections_of_two_structures_are_counted_alike():
    array = np.zeros((30, 30, 40), dtype=np.uint8)
    array[4:12, 8:20, 10:40] = 1
    array[16:26, 8:20, 0:32] = 2
    one, two = ({s[0]: s for s in f.sections} for f in measure(segmentation(array)).segments)
    common = sorted(one.keys() & two.keys())
    assert len(common) == 3
    for slab in common[1:]:
        assert one[slab][1] == pytest.approx(two[slab][1], abs=4)
        assert (one[slab][2], two[slab][2]) == (96.0, 120.0)


@pytest.mark.parametrize("corner", [1, 3])
def test_a_speck_in_a_corner_of_the_image_cuts_off_no_organ_that_is_seen_whole(corner):
    i, j, k = np.ogrid[:80, :80, :80]
    array = ((i - 50) ** 2 + (j - 50) ** 2 + (k - 50) ** 2 < 81).astype(np.uint8)
    array[:corner, :corner, :corner] = 1
    assert only(measure(segmentation(array))).border_area_mm2 == {}
    array[:20, 45:55, 45:55] = 1  # and a part of it that does reach the border counts
    assert "left" in only(measure(segmentation(array))).border_area_mm2
