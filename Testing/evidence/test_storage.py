"""The same anatomy, stored in every way there is, at several spacings, and oblique: the same facts."""

from __future__ import annotations

from dataclasses import asdict
from itertools import permutations, product

import numpy as np
import pytest
from evidence.studies import segmentation, stored_otherwise
from hypothesis import given, settings
from hypothesis import strategies as st

from fmassist.evidence import Evidence
from fmassist.evidence.measure import measure
from fmassist.geometry import Geometry
from fmassist.phantom import torso
from fmassist.volume import Segmentation

ORIENTATIONS = [(order, flips) for order in permutations(range(3)) for flips in product((False, True), repeat=3)]
STORAGE = {"shape", "index_to_ras_mm", "spacing_mm", "axis_codes"}


def facts_of(evidence: Evidence) -> dict:
    """Everything but how it was stored."""
    found = asdict(evidence)
    found["scan"] = {name: value for name, value in found["scan"].items() if name not in STORAGE}
    return found


def assert_same(one, two, where: str = "") -> None:
    """Equal, numbers but for rounding."""
    if isinstance(one, dict):
        assert one.keys() == two.keys(), where
        for name in one:
            assert_same(one[name], two[name], f"{where}/{name}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two), where
        for n, (a, b) in enumerate(zip(one, two, strict=True)):
            assert_same(a, b, f"{where}/{n}")
    elif isinstance(one, float) and isinstance(two, float):
        assert one == pytest.approx(two, rel=1e-6, abs=1e-6), where
    else:
        assert one == two, where


def test_a_torso_has_the_same_facts_in_all_48_orientations():
    person = torso(seed=4, spacing_mm=(7.0, 6.0, 8.0), field_of_view="abdomen")
    wanted = facts_of(measure(person.segmentation, person.volume))
    assert wanted["apart"]
    for order, flips in ORIENTATIONS:
        again = stored_otherwise(person.segmentation, person.volume, order, flips)
        assert_same(facts_of(measure(*again)), wanted, f"{order} {flips}")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), how=st.sampled_from(ORIENTATIONS), wide=st.booleans())
def test_any_labels_have_the_same_facts_however_they_are_stored(seed, how, wide):
    rng = np.random.default_rng(seed)
    array = (rng.random((9, 10, 19)) < 0.3) * rng.integers(1, 4, (9, 10, 19))
    original = segmentation(array.astype(np.uint16 if wide else np.uint8), (1.0, 1.5, 2.0))
    if not array.any():
        return
    assert_same(facts_of(measure(stored_otherwise(original, None, *how)[0])), facts_of(measure(original)))


@settings(max_examples=10, deadline=None)
@given(factor=st.integers(2, 3), axis=st.integers(0, 2), seed=st.integers(0, 1000))
def test_finer_voxels_of_the_same_anatomy_change_nothing_but_what_a_voxel_is(factor, axis, seed):
    rng = np.random.default_rng(seed)
    array = (rng.random((6, 7, 8)) < 0.5) * rng.integers(1, 3, (6, 7, 8))
    affine = np.eye(4)
    affine[axis, axis] = 1 / factor
    affine[axis, 3] = -(factor - 1) / (2 * factor)
    coarse, fine = (
        measure(study)
        for study in (
            segmentation(array.astype(np.uint8)),
            segmentation(np.repeat(array.astype(np.uint8), factor, axis=axis), affine=affine),
        )
    )
    for one, two in zip(coarse.segments, fine.segments, strict=True):
        assert two.volume_ml == pytest.approx(one.volume_ml)
        assert two.centroid_ras_mm == pytest.approx(one.centroid_ras_mm)
        assert np.allclose(two.box_ras_mm, one.box_ras_mm)
        assert two.surface_area_mm2 == pytest.approx(one.surface_area_mm2)
        assert two.component_count == one.component_count
        assert two.cavity_ml == pytest.approx(one.cavity_ml)
        assert two.border_area_mm2 == pytest.approx(one.border_area_mm2)
    for one, two in zip(coarse.pairs, fine.pairs, strict=True):
        assert two.contact_area_mm2 == pytest.approx(one.contact_area_mm2)
        assert two.first_inside_second_hull == pytest.approx(one.first_inside_second_hull)


def test_a_torso_has_the_same_facts_at_three_spacings_within_a_voxel():
    finest, *coarser = (torso(seed=2, spacing_mm=(mm,) * 3, field_of_view="abdomen", noise=False) for mm in (3, 4, 5))
    wanted = {s.name: s for s in measure(finest.segmentation, finest.volume).segments}
    for person in coarser:
        voxel = person.segmentation.geometry.spacing_mm[0]
        for facts in measure(person.segmentation, person.volume).segments:
            one = wanted.get(facts.name)
            if one is None or min(one.volume_ml, facts.volume_ml) < 20:
                continue  # of thin and small structures too little is left at 5 mm
            assert facts.volume_ml == pytest.approx(one.volume_ml, rel=0.15), facts.name
            assert np.linalg.norm(np.subtract(facts.centroid_ras_mm, one.centroid_ras_mm)) < voxel, facts.name
            assert np.abs(np.subtract(facts.box_ras_mm, one.box_ras_mm)).max() < 2 * voxel, facts.name


def test_an_oblique_grid_is_measured_in_patient_space():
    array = np.zeros((20, 22, 24), dtype=np.uint8)
    array[4:10, 5:12, 6:16] = 1
    array[12:16, 5:12, 6:16] = 2
    angle = 0.3
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    straight = segmentation(array, (1.0, 1.5, 2.0))
    oblique = Segmentation(
        straight.layers, Geometry(array.shape, turn @ straight.geometry.index_to_ras_mm), straight.segments
    )
    one, two = measure(straight), measure(oblique)
    for a, b in zip(one.segments, two.segments, strict=True):
        assert b.volume_ml == pytest.approx(a.volume_ml)
        assert b.surface_area_mm2 == pytest.approx(a.surface_area_mm2)
        assert b.principal_extents_mm == pytest.approx(a.principal_extents_mm)
        assert b.centroid_ras_mm == pytest.approx((turn[:3, :3] @ a.centroid_ras_mm).tolist())
    assert two.pairs[0].distance_mm == pytest.approx(one.pairs[0].distance_mm)
