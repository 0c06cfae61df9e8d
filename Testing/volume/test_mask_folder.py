"""A folder with one mask for each structure."""

from __future__ import annotations

import numpy as np
from volume.files import nifti
from volume.refusal import refused_labels

from fmassist.volume import read_segmentation


def mask(*at, value=1):
    array = np.zeros((5, 6, 7), dtype=np.uint8)
    array[at] = value
    return array


def write(folder, **masks):
    folder.mkdir(exist_ok=True)
    for name, array in masks.items():
        nifti(folder / f"{name}.nii.gz", array)
    return folder


def test_masks_that_overlap_are_all_kept_in_layers(tmp_path):
    folder = write(
        tmp_path / "segmentations",
        liver=mask(1),
        liver_tumor=mask(1, 2),
        spleen=mask(3, value=255),
    )
    read = read_segmentation(folder)
    assert [(s.name, s.named_by) for s in read.segments] == [
        ("liver", "file name"), ("liver_tumor", "file name"), ("spleen", "file name"),
    ]  # fmt: skip
    assert len(read.layers) == 2
    assert [int(read.mask(s).sum()) for s in read.segments] == [42, 7, 42]


def test_a_mask_without_a_voxel_was_asked_for_all_the_same(tmp_path):
    read = read_segmentation(write(tmp_path / "s", liver=mask(1), prostate=np.zeros((5, 6, 7), np.uint8)))
    assert read.listed == {"liver", "prostate"}


def test_images_and_whole_label_maps_beside_the_masks_are_left_out(tmp_path):
    both = mask(1) + 2 * mask(3)
    read = read_segmentation(write(tmp_path / "s", liver=mask(1), spleen=mask(3), everything=both, ct=mask(2)))
    assert {s.name for s in read.segments} == {"liver", "spleen"}
    assert "left out" in read.notes[0]


def test_what_every_file_begins_with_is_the_case_and_reaches_no_report(tmp_path):
    folder = write(
        tmp_path / "s",
        **{f"MRN4711_{name}": mask(n) for n, name in enumerate(("liver", "spleen", "aorta"))},
    )
    assert {s.name for s in read_segmentation(folder).segments} == {
        "liver",
        "spleen",
        "aorta",
    }


def test_numbers_of_structures_are_no_case(tmp_path):
    names = [f"vertebrae_T{n}" for n in (1, 2, 3)]
    folder = write(tmp_path / "s", **{name: mask(n) for n, name in enumerate(names)})
    assert [s.name for s in read_segmentation(folder).segments] == names


def test_the_folder_of_a_study_leads_to_its_masks(tmp_path):
    study = tmp_path / "s0011"
    study.mkdir()
    write(study / "segmentations", liver=mask(1), spleen=mask(3))
    nifti(study / "ct.nii.gz")
    assert {s.name for s in read_segmentation(study).segments} == {"liver", "spleen"}


def test_one_file_in_a_folder_is_read_as_that_file(tmp_path):
    read = read_segmentation(write(tmp_path / "s", labels=mask(1) + 2 * mask(3)))
    assert [s.name for s in read.segments] == ["label 1", "label 2"]


def test_masks_of_two_grids_are_refused(tmp_path):
    folder = write(tmp_path / "erika_musterfrau", liver=mask(1))
    nifti(folder / "spleen.nii.gz", mask(3), affine=np.diag([1.0, 1.0, 1.0, 1.0]))
    refused_labels(folder, "do not lie on one grid")
