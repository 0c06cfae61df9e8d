"""DICOM folders as they come: with scouts, reports, copies and more than one series."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid
from volume.dicom_files import NUMBER, save, slices
from volume.files import nifti

from fmassist.errors import InputError
from fmassist.volume import read_volume


def add(folder, item, name):
    pydicom.dcmwrite(folder / name, item, enforce_file_format=True)


def scout(series, **fields):
    item = slices(1, rows=9, columns=9)[0]
    item.SeriesInstanceUID = series
    item.ImageOrientationPatient, item.PixelSpacing = [1, 0, 0, 0, 0, -1], [2, 2]
    for name, value in fields.items():
        setattr(item, name, value)
    return item


@pytest.mark.parametrize("says_so", [True, False])
def test_a_scout_in_the_same_series_is_left_out_and_named(tmp_path, says_so):
    items = slices(6)
    folder = save(items, tmp_path / "ct")
    fields = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]} if says_so else {}
    add(folder, scout(items[0].SeriesInstanceUID, **fields), "scout.dcm")
    volume = read_volume(folder)
    assert volume.voxels.shape == (6, 5, 6)
    assert "scout" in volume.notes[0]


def test_a_dose_report_is_left_out_and_named(tmp_path):
    items = slices(6)
    folder = save(items, tmp_path / "ct")
    report = scout(generate_uid(), SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    del report.ImagePositionPatient
    add(folder, report, "dose.dcm")
    volume = read_volume(folder)
    assert volume.voxels.shape == (6, 5, 6)
    assert "secondary capture" in volume.notes[0]


def test_a_copy_of_each_slice_is_one_slice(tmp_path):
    items = slices(6)
    folder = save(items, tmp_path / "ct")
    save(items, folder / "again")
    volume = read_volume(folder)
    assert volume.voxels.shape == (6, 5, 6)
    assert "6 × copy" in volume.notes[0]


def test_of_two_series_the_one_that_the_labels_lie_on_is_taken(tmp_path):
    folder = save(slices(6), tmp_path / "ct")
    save(slices(5, spacing_mm=3.0), folder / "other")
    with pytest.raises(InputError, match="mixes 2 series"):
        read_volume(folder)
    alone = read_volume(save(slices(5, spacing_mm=3.0), tmp_path / "alone"))
    labels = np.zeros(alone.voxels.shape, np.uint8)
    labels[2, 2, 2] = 1
    path = nifti(tmp_path / "l.nii.gz", labels, affine=alone.geometry.index_to_ras_mm)
    volume = read_volume(folder, labels=path)
    assert np.array_equal(volume.voxels, alone.voxels)
    assert "not series 1 (CT, 6 slices)" in volume.notes[0]


def test_two_patients_are_never_settled_by_the_labels(tmp_path):
    folder = save(slices(6), tmp_path / "ct")
    others = slices(5, spacing_mm=3.0)
    for item in others:
        item.PatientID = "MRN-4712"
    alone = read_volume(save(others, tmp_path / "alone"))
    save(others, folder / "other")
    labels = np.ones(alone.voxels.shape, np.uint8)
    path = nifti(tmp_path / "l.nii.gz", labels, affine=alone.geometry.index_to_ras_mm)
    with pytest.raises(InputError, match="mixes 2 patients") as caught:
        read_volume(folder, labels=path)
    assert NUMBER not in str(caught.value)


def test_files_without_preamble_are_read(tmp_path):
    folder = save(slices(6), tmp_path / "ct")
    expected = read_volume(folder)
    for file in folder.iterdir():
        item = pydicom.dcmread(file)
        bare = pydicom.Dataset(item)
        bare.save_as(file, implicit_vr=True, little_endian=True, enforce_file_format=False)
        assert file.read_bytes()[128:132] != b"DICM"
    assert np.array_equal(read_volume(folder).voxels, expected.voxels)


@pytest.mark.parametrize("tag", ["Laterality", "ImageLaterality"])
def test_the_side_of_the_header_is_context(tmp_path, tag):
    items = slices(6)
    for item in items:
        setattr(item, tag, "L")
    assert read_volume(save(items, tmp_path / "ct")).context["laterality"] == "left"


def test_an_enhanced_ct_is_read_as_its_slices_are(tmp_path):
    from highdicom.legacy import LegacyConvertedEnhancedCTImage

    items = slices(6)
    for item in items:
        item.ImageType, item.Manufacturer, item.InstanceCreationDate = (
            ["ORIGINAL", "PRIMARY", "AXIAL"],
            "none",
            "20240102",
        )
        item.SoftwareVersions, item.PatientPosition, item.AcquisitionNumber = (
            "1",
            "HFS",
            1,
        )
    expected = read_volume(save(items, tmp_path / "ct"))
    enhanced = LegacyConvertedEnhancedCTImage(items, generate_uid(), 2, generate_uid(), 1)
    (tmp_path / "one").mkdir()
    enhanced.save_as(tmp_path / "one" / "image.dcm")
    for path in (tmp_path / "one", tmp_path / "one" / "image.dcm"):
        volume = read_volume(path)
        assert volume.modality == "CT"
        assert np.array_equal(volume.voxels, expected.voxels)
        assert np.allclose(volume.geometry.index_to_ras_mm, expected.geometry.index_to_ras_mm)
