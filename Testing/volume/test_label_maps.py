import numpy as np
import pytest
from volume.files import nifti
from volume.refusal import refused_labels

from fmassist.volume import read_segmentation


def labels(shape=(5, 6, 7), dtype=np.uint8, **at):
    array = np.zeros(shape, dtype=dtype)
    array[1, 2, 3], array[2, 2, 2] = 7, 3
    return array


def test_labels_get_their_names_from_the_caller_and_a_plain_one_where_there_is_none(tmp_path):
    segmentation = read_segmentation(nifti(tmp_path / "l.nii.gz", labels()), names={3: "liver", 5: "spleen"})
    assert [(s.label, s.name, s.layer) for s in segmentation.segments] == [(3, "liver", 0), (7, "label 7", 0)]
    assert segmentation.mask(segmentation.segment("liver"))[2, 2, 2]
    assert segmentation.mask(segmentation.segment("liver")).sum() == 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.int64, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_labels(tmp_path, dtype):
    segmentation = read_segmentation(nifti(tmp_path / "l.nii", labels(dtype=dtype)))
    assert segmentation.layers[0].dtype == np.uint8
    assert np.array_equal(segmentation.layers[0], labels())


@pytest.mark.parametrize("label", [256, 30_000, 65_535])
def test_labels_over_255_are_kept(tmp_path, label):
    array = labels(dtype=np.int32)
    array[0, 0, 0] = label
    segmentation = read_segmentation(nifti(tmp_path / "l.nii", array))
    assert segmentation.segments[-1].label == label
    assert segmentation.layers[0][0, 0, 0] == label


@pytest.mark.parametrize(
    ("value", "dtype", "said"),
    [
        (-2, np.int16, r"negative \(-2\)"),
        (65_536, np.int32, "over 65,535"),
        (2**40, np.int64, "over 65,535"),
        (2.5, np.float32, "not a whole number"),
        (3.002, np.float64, "not a whole number"),
        (np.nan, np.float32, "NaN or infinite"),
        (np.inf, np.float32, "NaN or infinite"),
    ],
)
def test_what_is_not_a_label_is_refused(tmp_path, value, dtype, said):
    array = labels(dtype=dtype)
    array[0, 0, 0] = value
    refused_labels(nifti(tmp_path / "l.nii.gz", array), said)


def test_an_intensity_image_in_place_of_labels_is_refused(tmp_path):
    refused_labels(nifti(tmp_path / "ct.nii"), "negative")


def test_a_fractional_rescale_makes_no_labels(tmp_path):
    refused_labels(nifti(tmp_path / "l.nii", labels(), scl_slope=1 / 255), "not a whole number")


def test_labels_without_any_label_are_refused(tmp_path):
    refused_labels(nifti(tmp_path / "l.nii", np.zeros((5, 6, 7), np.uint8)), "no voxel is labelled")


def test_a_stack_of_label_maps_is_refused(tmp_path):
    path = nifti(tmp_path / "4d.nii", labels((5, 6, 8)), dim=(4, 5, 6, 4, 2, 1, 1, 1))
    refused_labels(path, "2 values for each voxel")


def test_a_full_grid_of_one_label_is_a_segmentation(tmp_path):
    segmentation = read_segmentation(nifti(tmp_path / "l.nii", np.ones((5, 6, 7), np.uint8)))
    assert [s.label for s in segmentation.segments] == [1]
