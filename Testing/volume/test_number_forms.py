"""Labels as programs store them, when they do not store plain whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from volume.files import nifti, nrrd
from volume.refusal import refused_labels

from fmassist.volume import read_segmentation


def labels(dtype=np.uint8):
    array = np.zeros((5, 6, 7), dtype=dtype)
    array[1, 2, 3], array[2, 2, 2], array[3, 3, 3] = 7, 3, 40
    return array


def test_what_a_float_lost_is_given_back_and_said(tmp_path):
    array = labels(np.float32)
    array[array > 0] += np.float32(2e-5)
    read = read_segmentation(nifti(tmp_path / "l.nii.gz", array))
    assert np.array_equal(read.layers[0], labels())
    assert "rounded" in read.notes[0]


@pytest.mark.parametrize("levels", [255, 65_535])
def test_labels_scaled_into_whole_numbers_come_out_whole(tmp_path, levels):
    """As nibabel scales a float label map into uint8 or uint16."""
    slope = np.float32(117 / levels)
    stored = np.rint(labels(np.float64) / slope).astype(np.uint8 if levels == 255 else np.uint16)
    read = read_segmentation(nifti(tmp_path / "l.nii.gz", stored, scl_slope=float(slope)))
    assert np.array_equal(read.layers[0], labels())


def test_an_interpolated_map_that_is_scaled_is_still_refused(tmp_path):
    stored = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)
    refused_labels(nifti(tmp_path / "l.nii", stored, scl_slope=0.3), "not a whole number")


def test_minus_one_is_background_and_said(tmp_path):
    array = labels(np.int16)
    array[0] = -1
    read = read_segmentation(nifti(tmp_path / "l.nii.gz", array))
    assert np.array_equal(read.layers[0], labels())
    assert "42 voxels" in read.notes[0]
    assert "background" in read.notes[0]


@pytest.mark.parametrize("size", [4, 8])
def test_a_long_of_metaimage_is_read_with_the_bytes_that_it_has(tmp_path, size):
    array = labels(np.dtype(f"<i{size}"))
    head = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        "ElementSpacing = 1 1 1\nDimSize = 5 6 7\nElementType = MET_LONG\nElementDataFile = LOCAL\n"
    )
    (tmp_path / "l.mha").write_bytes(head.encode() + array.tobytes(order="F"))
    assert np.array_equal(read_segmentation(tmp_path / "l.mha").layers[0], labels())


def test_a_detached_header_may_skip_and_may_say_dot_slash(tmp_path):
    array = labels()
    (tmp_path / "l.raw").write_bytes(b"what a scanner wrote before" + array.tobytes(order="F"))
    path = nrrd(tmp_path / "l.nhdr", array, "byte skip: -1", "data file: ./l.raw", data=b"")
    assert np.array_equal(read_segmentation(path).layers[0], array)
    path = nrrd(tmp_path / "m.nhdr", array, "byte skip: 27", "data file: l.raw", data=b"")
    assert np.array_equal(read_segmentation(path).layers[0], array)


def test_a_data_file_elsewhere_is_still_refused(tmp_path):
    (tmp_path / "l.raw").write_bytes(labels().tobytes(order="F"))
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("../l.raw", "./../l.raw", "././../l.raw"):
        refused_labels(
            nrrd(inner / "l.nhdr", labels(), f"data file: {name}", data=b""),
            "outside its own folder",
        )
