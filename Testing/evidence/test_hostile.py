"""Label maps that nobody meant to make: correct, or refused in one line."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from evidence.studies import segmentation

from fmassist.errors import InputError
from fmassist.evidence.kernels.compiled import compiled
from fmassist.evidence.measure import measure
from fmassist.evidence.store import read_evidence, write_evidence
from fmassist.volume import Volume


def test_an_empty_label_map_has_a_scan_and_no_segments():
    evidence = measure(segmentation(np.zeros((5, 6, 7), dtype=np.uint8)))
    assert evidence.segments == ()
    assert evidence.pairs == ()
    assert evidence.scan.shape == (5, 6, 7)


def test_one_voxel_of_the_highest_label():
    array = np.zeros((5, 5, 5), dtype=np.uint16)
    array[2, 3, 1] = 65535
    (facts,) = measure(segmentation(array)).segments
    assert (facts.label, facts.voxel_count, facts.surface_area_mm2) == (65535, 1, 6.0)
    assert facts.centroid_ras_mm == (2.0, 3.0, 1.0)


def test_a_volume_of_one_voxel():
    (facts,) = measure(segmentation(np.ones((1, 1, 1), dtype=np.uint8))).segments
    assert len(facts.border_area_mm2) == 6
    assert facts.border_share == 1.0


def test_a_hundred_thousand_islands_are_counted_each():
    array = np.zeros((150, 150, 150), dtype=np.uint8)
    array[::3, ::3, ::3] = 1
    (facts,) = measure(segmentation(array)).segments
    assert facts.component_count == 125_000
    assert len(facts.components) == 32


def test_nothing_but_border():
    array = np.pad(np.zeros((8, 8, 8), dtype=np.uint8), 1, constant_values=7)
    (facts,) = measure(segmentation(array)).segments
    assert facts.border_area_mm2 == dict.fromkeys(
        ("anterior", "inferior", "left", "posterior", "right", "superior"), 100
    )
    assert (facts.cavity_count, facts.cavity_ml) == (1, pytest.approx(0.512))


def test_an_image_of_nan_leaves_the_labels_measured_and_the_file_valid(tmp_path):
    array = np.zeros((6, 6, 6), dtype=np.uint8)
    array[2:4, 2:4, 2:4] = 1
    labels = segmentation(array)
    evidence = measure(labels, Volume(np.full((6, 6, 6), np.nan, dtype=np.float32), labels.geometry, modality="CT"))
    (facts,) = evidence.segments
    assert facts.voxel_count == 8
    assert facts.intensity is None
    write_evidence(evidence, tmp_path / "evidence.json")
    assert read_evidence(tmp_path / "evidence.json") == evidence


def test_nan_and_infinity_beside_numbers_are_left_out_of_the_statistics():
    labels = segmentation(np.ones((4, 4, 4), dtype=np.uint8))
    image = np.full((4, 4, 4), 10.0, dtype=np.float32)
    image[0], image[1, 0, 0] = np.nan, np.inf
    (facts,) = measure(labels, Volume(image, labels.geometry, modality="MR")).segments
    assert facts.intensity is not None
    assert (facts.intensity.mean, facts.intensity.sd, facts.intensity.p50) == (10.0, 0.0, 10.0)


@pytest.mark.parametrize("dtype", [np.bool_, np.int16, np.int32, np.uint32, np.int64])
def test_labels_in_any_integers_measure_alike(dtype):
    array = np.zeros((6, 7, 8), dtype=dtype)
    array[1:4, 2:5, 3:6] = 1
    (facts,) = measure(segmentation(array)).segments
    assert (facts.label, facts.voxel_count) == (1, 27)


def test_a_label_beyond_sixteen_bits_keeps_its_number():
    array = np.zeros((6, 6, 6), dtype=np.uint32)
    array[1:3], array[3:5] = 3_000_000_000, 5
    labels = {facts.label: facts.voxel_count for facts in measure(segmentation(array)).segments}
    assert labels == {5: 72, 3_000_000_000: 72}


@pytest.mark.parametrize(
    "array",
    [
        np.arange(40**3, dtype=np.uint16).reshape(40, 40, 40),
        np.random.default_rng(0).integers(0, 5000, (64, 64, 64)).astype(np.uint16),
        np.full((4, 4, 4), -1, dtype=np.int16),
    ],
    ids=["an image", "noise", "negative"],
)
def test_what_is_no_label_map_is_refused_in_one_line(array):
    with pytest.raises(InputError) as caught:
        measure(segmentation(array))
    assert "\n" not in str(caught.value)


def test_where_nothing_can_be_kept_the_passes_are_compiled_all_the_same():
    space: dict = {"np": np}
    exec("def twice(x):\n    return 2 * x", space)  # without a file, Numba has nowhere to keep it
    with pytest.raises(RuntimeError):
        numba.njit(cache=True)(space["twice"])
    assert compiled(space["twice"])(21) == 42
