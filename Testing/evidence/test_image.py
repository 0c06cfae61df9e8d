"""What the image adds: which way round the labels lie, the body at each height, and exact percentiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evidence.studies import segmentation

from fmassist.evidence.look import AS_STORED, TURNS
from fmassist.evidence.measure import measure
from fmassist.geometry import Geometry
from fmassist.phantom import torso
from fmassist.volume import Segmentation, Volume, labels_on_image, read_segmentation, read_volume


@pytest.fixture(scope="module")
def person():
    return torso(seed=3, spacing_mm=(5.0, 5.0, 5.0), field_of_view="abdomen")


def test_labels_that_lie_on_the_image_explain_it_best_as_they_are(person):
    scan = measure(person.segmentation, person.volume).scan
    assert scan.labels_fit_image is True
    assert max(scan.label_fit, key=scan.label_fit.__getitem__) == AS_STORED


@pytest.mark.parametrize("turn", TURNS)
def test_labels_turned_round_are_told_with_the_turn_that_mends_them(person, turn):
    axes = tuple(2 - axis for axis in TURNS[turn])  # the torso is stored right–left first
    layers = tuple(np.flip(layer, axes) for layer in person.segmentation.layers)
    scan = measure(replace(person.segmentation, layers=layers), person.volume).scan
    assert scan.labels_fit_image is False
    assert max(scan.label_fit, key=scan.label_fit.__getitem__) == turn


@pytest.mark.parametrize("turn", TURNS)
def test_a_real_segmentation_turned_round_is_told(shared, turn):
    volume = read_volume(shared / "data/ct_abdomen/ct.nii.gz", modality="CT")
    labels = labels_on_image(read_segmentation(shared / "data/ct_abdomen/totalsegmentator.nii.gz"), volume)
    assert measure(labels, volume).scan.labels_fit_image is True
    flipped = replace(labels, layers=(np.flip(labels.layers[0], tuple(2 - axis for axis in TURNS[turn])),))
    scan = measure(flipped, volume).scan
    assert scan.labels_fit_image is False
    assert max(scan.label_fit, key=scan.label_fit.__getitem__) == turn


def test_sections_of_the_body_go_from_foot_to_head_and_lie_within_its_box(person):
    scan = measure(person.segmentation, person.volume).scan
    heights = [section.superior_mm for section in scan.body_sections]
    assert heights == sorted(heights)
    low, high = scan.body_box_ras_mm
    assert low[2] <= heights[0]
    assert heights[-1] <= high[2]
    assert all(section.width_mm <= high[0] - low[0] + 10 for section in scan.body_sections)


def test_an_image_without_labels_worth_the_name_does_not_tell_how_they_lie(person):
    array = np.zeros(person.segmentation.geometry.shape, dtype=np.uint8)
    array[3, 3, 3] = 1
    few = Segmentation((array,), person.segmentation.geometry, ())
    scan = measure(few, person.volume).scan
    assert scan.labels_fit_image is None
    assert scan.label_fit == {}


@pytest.mark.parametrize("order", ["C", "F"])
def test_percentiles_of_whole_numbers_are_exact(order):
    rng = np.random.default_rng(1)
    labels = segmentation(np.asarray(rng.integers(0, 3, (20, 21, 22)), dtype=np.uint8, order=order))
    image = np.asarray(rng.normal(40, 300, (20, 21, 22)), dtype=np.int16, order="C")
    for facts in measure(labels, Volume(image, labels.geometry, modality="CT")).segments:
        values = image[labels.layers[0] == facts.label]
        wanted = np.percentile(values, [1, 5, 50, 95, 99], method="inverted_cdf").tolist()
        found = facts.intensity
        assert found is not None
        assert [found.p01, found.p05, found.p50, found.p95, found.p99] == wanted
        assert found.mean == pytest.approx(values.mean())
        assert found.sd == pytest.approx(values.std())
        assert found.metal_share == 0.0


@pytest.mark.parametrize("axis", range(3))
def test_padding_ends_the_field_of_view_as_the_border_does(person, axis):
    """What a scanner or a resampling adds around the data is not in view: what ends there was cut off by the scan."""
    pad = [(7, 4) if a == axis else (0, 0) for a in range(3)]
    labels = np.pad(person.segmentation.layers[0], pad)
    voxels = np.pad(person.volume.voxels, pad, constant_values=-2048)
    affine = person.volume.geometry.index_to_ras_mm.copy()
    affine[:3, 3] -= affine[:3, axis] * 7
    geometry = Geometry(labels.shape, affine)
    padded = measure(Segmentation((labels,), geometry, person.segmentation.segments), Volume(voxels, geometry, "CT"))
    plain = measure(person.segmentation, person.volume)
    assert padded.scan.field_of_view_box_ras_mm == plain.scan.field_of_view_box_ras_mm
    assert padded.scan.body_cut_faces == plain.scan.body_cut_faces
    assert any(facts.border_area_mm2 for facts in plain.segments)
    for one, other in zip(padded.segments, plain.segments, strict=True):
        assert (one.name, one.border_area_mm2, one.flat_cuts) == (other.name, other.border_area_mm2, other.flat_cuts)
        assert [c.border_faces for c in one.components] == [c.border_faces for c in other.components]


def test_clipped_air_before_the_skin_is_no_padding(person):
    """An image without noise in its air has slices of one value, too; the body does not begin across a whole slice."""
    voxels = np.where(person.volume.voxels < -300, np.int16(-1024), person.volume.voxels)
    scan = measure(person.segmentation, replace(person.volume, voxels=voxels)).scan
    low, high = scan.field_of_view_box_ras_mm
    assert np.subtract(high, low) == pytest.approx(np.array(scan.shape) * 5.0)


@pytest.mark.parametrize(
    ("shift_mm", "back"), [((15, 0, 0), "left"), ((0, -15, 0), "anterior"), ((0, 0, 15), "inferior")]
)
def test_labels_moved_off_the_image_fit_better_when_they_are_moved_back(person, shift_mm, back):
    steps = tuple(round(mm / 5.0) for mm in shift_mm)
    moved = replace(person.segmentation, layers=(np.roll(person.segmentation.layers[0], steps, (0, 1, 2)),))
    fit = measure(moved, person.volume).scan.label_fit_moved
    assert max(fit, key=fit.__getitem__) == back
    fit = measure(person.segmentation, person.volume).scan.label_fit_moved
    assert max(fit, key=fit.__getitem__) == AS_STORED
