import tracemalloc

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from volume.dicom_files import NAME, NUMBER, save, slices, stored_slice
from volume.refusal import refused

from fmassist.errors import InputError
from fmassist.volume import read_volume


def test_slices_are_stacked_by_their_places_and_rescaled_to_hu(tmp_path):
    volume = read_volume(save(slices(), tmp_path / "erika_musterfrau"))
    expected = np.stack([stored_slice(n).T.astype(int) - 1024 for n in range(4)], axis=-1)
    assert np.array_equal(volume.voxels, expected)
    assert volume.voxels.dtype == np.int16
    assert volume.geometry.axis_codes == "LPS"
    assert volume.geometry.spacing_mm == (0.5, 0.75, 2.0)  # Pixel Spacing gives rows first
    assert volume.geometry.to_ras_mm((0, 0, 0)).tolist() == [100, 50, 10]
    assert (volume.modality, volume.context["modality_from"]) == ("CT", "dicom")


def test_only_what_a_check_may_use_is_taken_from_the_headers(tmp_path):
    volume = read_volume(save(slices(), tmp_path / "erika_musterfrau"))
    assert volume.context == {"age_years": 58.0, "sex": "F", "body_part": "ABDOMEN", "modality_from": "dicom"}


@pytest.mark.parametrize(
    ("age", "years"),
    [("058Y", 58), ("095Y", 90), ("018M", 1.5), ("010W", 0.19), ("003D", 0.01), ("", None), ("58", None), ("AY", None)],
)
def test_ages_are_read_in_every_unit_and_the_oldest_are_not_told_apart(tmp_path, age, years):
    items = slices()
    for item in items:
        item["PatientAge"] = pydicom.DataElement("PatientAge", "AS", age, validation_mode=0)
    assert read_volume(save(items, tmp_path / "erika_musterfrau")).context.get("age_years") == years


def test_free_text_in_coded_fields_is_dropped(tmp_path):
    items = slices()
    for item in items:
        item.BodyPartExamined, item.PatientSex = "ERIKA KNEE", "X"
    context = read_volume(save(items, tmp_path / "erika_musterfrau")).context
    assert "body_part" not in context
    assert "sex" not in context


def test_oblique_and_mirrored_slices_are_placed_as_itk_places_them(tmp_path):
    items = slices(5)
    c, s = np.cos(0.3), np.sin(0.3)
    row, column = np.array([-c, -s, 0]), np.array([0, 0, -1.0])
    normal = np.cross(row, column)
    for n, item in enumerate(items):
        item.ImageOrientationPatient = [*row, *column]
        item.ImagePositionPatient = [round(x, 4) for x in np.array([12, 34, 56]) + n * 2 * normal]
    folder = save(items, tmp_path / "erika_musterfrau")
    volume = read_volume(folder)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names)
    assert np.array_equal(volume.voxels, sitk.GetArrayFromImage(image).T)
    for index in [(0, 0, 0), (5, 4, 4)]:
        x, y, z = image.TransformIndexToPhysicalPoint(index)
        assert np.allclose(volume.geometry.to_ras_mm(index), (-x, -y, z), atol=1e-3)


def test_a_fractional_rescale_for_each_slice_is_applied(tmp_path):
    items = slices()
    for n, item in enumerate(items):
        item.Modality, item.RescaleSlope, item.RescaleIntercept = "MR", 0.5 + n, 3
    volume = read_volume(save(items, tmp_path / "erika_musterfrau"))
    assert volume.modality == "MR"
    assert volume.voxels[2, 1, 3] == np.float32(stored_slice(3)[1, 2] * 3.5 + 3)


@pytest.mark.parametrize("compressor", ["JPEG2000", "JPEG"])
def test_compressed_slices_are_decoded(tmp_path, compressor):
    """JPEG 2000 through pydicom, lossless JPEG through ITK's GDCM; both must give what was stored."""
    rng = np.random.default_rng(0)
    planes = rng.integers(-1000, 2000, (3, 32, 24)).astype(np.int16)
    folder = tmp_path / "erika_musterfrau"
    folder.mkdir()
    for n, plane in enumerate(planes):
        image = sitk.GetImageFromArray(plane[None])
        image.SetOrigin((0, 0, 2.0 * n))
        tags = {
            "0008|0060": "CT",
            "0020|000e": "1.2.3",
            "0020|000d": "1.2",
            "0028|1052": "0",
            "0028|1053": "1",
            "0020|0032": f"0\\0\\{2 * n}",
            "0020|0037": "1\\0\\0\\0\\1\\0",
        }
        for key, value in tags.items():
            image.SetMetaData(key, value)
        writer = sitk.ImageFileWriter()
        writer.SetFileName(str(folder / f"{n}.dcm"))
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.KeepOriginalImageUIDOn()
        writer.Execute(image)
    syntax = pydicom.dcmread(folder / "0.dcm").file_meta.TransferSyntaxUID
    assert syntax.is_encapsulated
    assert np.array_equal(read_volume(folder).voxels, planes.transpose(2, 1, 0))


def test_files_that_are_no_slices_are_passed_over(tmp_path):
    folder = save(slices(), tmp_path / "erika_musterfrau")
    (folder / "readme.txt").write_text("not DICOM")
    (folder / "empty").write_bytes(b"")
    report = slices(1)[0]
    report.Modality, report.SeriesInstanceUID = "SR", "1.2.3"
    save([report], folder / "reports")
    assert read_volume(folder).voxels.shape == (6, 5, 4)


# --- stacks that are no volume ---------------------------------------------------------------------------------------


def spoiled(tmp_path, spoil, count=6):
    items = slices(count)
    spoil(items)
    return save(items, tmp_path / "erika_musterfrau")


def drop(*places):
    def spoil(items):
        for place in sorted(places, reverse=True):
            del items[place]

    return spoil


def each(**values):
    def spoil(items):
        for item in items:
            for name, value in values.items():
                setattr(item, name, value)

    return spoil


def last(**values):
    def spoil(items):
        for name, value in values.items():
            setattr(items[-1], name, value)

    return spoil


def without(*names):
    def spoil(items):
        for name in names:
            delattr(items[2], name)

    return spoil


def shift(place, by_mm):
    def spoil(items):
        x, y, z = items[place].ImagePositionPatient
        items[place].ImagePositionPatient = [x + by_mm[0], y + by_mm[1], z + by_mm[2]]

    return spoil


def tilt(degrees):
    def spoil(items):
        for n, item in enumerate(items):
            item.ImagePositionPatient = [-100, -50 + n * 2 * np.tan(np.radians(degrees)), 10 + n * 2]
            item.GantryDetectorTilt = degrees

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(drop(2), r"1 slices are missing \(spacing 2 mm, largest gap 4 mm\)", id="one missing"),
        pytest.param(drop(1, 2, 4), "3 slices are missing|unevenly spaced", id="three missing"),
        pytest.param(shift(3, (0, 0, 0.9)), "unevenly spaced, 1.1 to 2.9 mm", id="uneven"),
        pytest.param(shift(3, (0, 0, -2)), "1 of 6 slices lie where another lies", id="duplicate"),
        pytest.param(tilt(12), "lean by 12.0° against their stack", id="gantry tilt"),
        pytest.param(tilt(-20), "lean by 20.0° against their stack", id="gantry tilt backwards"),
        pytest.param(shift(3, (5, 0, 0)), "shifted sideways", id="one shifted"),
        pytest.param(last(SeriesInstanceUID="1.2.3"), "mixes 2 series in 6 slices", id="two series"),
        pytest.param(last(StudyInstanceUID="1.2.3"), "mixes 2 series", id="two studies"),
        pytest.param(last(PatientID="MRN-4712"), "mixes 2 patients", id="two patients"),
        pytest.param(last(Modality="MR"), "differ in modality", id="two modalities"),
        pytest.param(last(Rows=6), "differ in their number of rows", id="two sizes"),
        pytest.param(last(PixelSpacing=[0.8, 0.5]), "differ in pixel spacing", id="two spacings"),
        pytest.param(last(ImageOrientationPatient=[0, 1, 0, 0, 0, 1]), "differ in orientation", id="two orientations"),
        pytest.param(each(ImageOrientationPatient=[1, 0, 0, 1, 0, 0]), "perpendicular", id="flat orientation"),
        pytest.param(each(ImageOrientationPatient=[0, 0, 0, 0, 0, 0]), "perpendicular", id="no orientation"),
        pytest.param(each(PixelSpacing=[0, 0]), "pixel spacing is zero", id="no spacing"),
        pytest.param(each(SamplesPerPixel=3), "in colour", id="colour"),
        pytest.param(each(NumberOfFrames=3), "mixes 6 series", id="all multi-frame"),
        pytest.param(last(NumberOfFrames=3), "mixes 2 series", id="one multi-frame"),
        pytest.param(without("ImagePositionPatient"), "lacks its position", id="position absent"),
        pytest.param(without("ImageOrientationPatient"), "lacks its orientation", id="orientation absent"),
        pytest.param(without("PixelSpacing"), "lacks its pixel spacing", id="spacing absent"),
        pytest.param(without("RescaleIntercept"), "Hounsfield units", id="rescale absent"),
        pytest.param(without("PixelData"), "cannot be decoded", id="pixels absent"),
        pytest.param(last(PixelData=b"\x00\x01"), "cannot be decoded", id="pixels cut"),
        pytest.param(each(RescaleSlope=0), "every voxel has the value", id="slope zero"),
        pytest.param(each(RescaleIntercept=0), "not in Hounsfield units", id="rescale without effect"),
        pytest.param(drop(1, 2, 3, 4, 5), "a single slice", id="one slice"),
    ],
)
def test_what_is_no_even_upright_stack_is_refused_without_the_patients_name(tmp_path, spoil, said):
    line = refused(spoiled(tmp_path, spoil), said)
    assert "musterfrau" not in line.lower()
    assert NUMBER not in line


def test_rounded_positions_are_no_uneven_spacing(tmp_path):
    """0.625 mm written with one decimal, as scanners do."""

    def rounded(items):
        for n, item in enumerate(items):
            item.ImagePositionPatient = [-100, -50, round(n * 0.625, 1)]

    volume = read_volume(spoiled(tmp_path, rounded, count=9))
    assert volume.geometry.spacing_mm[2] == pytest.approx(0.625)


def test_two_series_that_alternate_are_refused_though_their_slices_fit(tmp_path):
    items = slices(6)
    for item in items[::2]:
        item.SeriesInstanceUID = "1.2.3"
    refused(save(items, tmp_path / "erika_musterfrau"), "mixes 2 series in 6 slices")


def test_folders_without_slices_and_single_files_are_refused(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(empty, "no DICOM image")
    (empty / "note.txt").write_text("x" * 500)
    refused(empty, "no DICOM image")
    folder = save(slices(), tmp_path / "erika_musterfrau")
    refused(folder / f"{NAME}_000.dcm", "one DICOM file")


def test_a_damaged_slice_is_refused(tmp_path):
    folder = save(slices(), tmp_path / "erika_musterfrau")
    file = sorted(folder.iterdir())[0]
    content = file.read_bytes()
    for keep in range(132, len(content), 29):
        file.write_bytes(content[:keep])
        with pytest.raises(InputError) as caught:
            read_volume(folder)
        assert "Musterfrau" not in str(caught.value)


def test_a_size_beyond_all_measure_is_refused(tmp_path):
    folder = spoiled(tmp_path, each(Rows=65535, Columns=65535))
    refused(folder, "more than|GB of memory")


def test_a_file_deflated_as_a_whole_is_read_and_a_bomb_of_that_kind_is_not(tmp_path, monkeypatch):
    def deflate(items, zeros=0):
        for item in items:
            item.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
            item.PixelData += bytes(zeros)

    assert read_volume(spoiled(tmp_path, deflate)).voxels.shape == (6, 5, 6)
    folder = save_one(tmp_path / "musterfrau_bomb", deflate, zeros=64 << 20)
    monkeypatch.setattr("fmassist.volume.raster._free_memory", lambda: 32 << 20)
    tracemalloc.start()
    try:
        refused(folder, "GB of memory")
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


def save_one(folder, spoil, zeros):
    items = slices(1)
    spoil(items, zeros)
    return save(items, folder)


def test_nothing_is_printed_about_odd_headers(tmp_path, capfd, caplog):
    items = slices()
    for item in items:
        item["PatientBirthDate"] = pydicom.DataElement("PatientBirthDate", "DA", "Musterfrau 1964", validation_mode=0)
        item["PatientAge"] = pydicom.DataElement("PatientAge", "AS", "Erika is 58", validation_mode=0)
    read_volume(save(items, tmp_path / "erika_musterfrau"))
    out, err = capfd.readouterr()
    assert out + err + caplog.text == ""


def test_the_real_series_agrees_with_itk_and_with_its_labels(shared):
    from fmassist.volume import labels_on_image, read_segmentation

    folder = shared / "data" / "ct_upper_abdomen"
    volume = read_volume(folder / "dicom")
    files = sorted((folder / "dicom").iterdir(), key=lambda f: float(pydicom.dcmread(f).SliceLocation))
    planes = [sitk.GetArrayFromImage(sitk.ReadImage(str(f)))[0].T for f in (files[0], files[-1])]
    assert np.array_equal(volume.voxels[:, :, 0], planes[0])
    assert np.array_equal(volume.voxels[:, :, -1], planes[1])
    labels = labels_on_image(read_segmentation(folder / "totalsegmentator.nii.gz", names={5: "liver"}), volume)
    # Labels on the wrong voxels would mix lung, air and liver; a contrasted liver lies between 80 and 150 HU.
    assert 80 < volume.voxels[labels.mask(labels.segment("liver"))].mean() < 150


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"FrameOfReferenceUID": "1.2.3.4"}, "frames of reference"),
        ({"PixelRepresentation": 1}, "store their pixels in different ways"),
        ({"BitsAllocated": 8}, "store their pixels in different ways"),
    ],
)
def test_a_slice_of_another_space_or_another_way_of_storing_is_refused(tmp_path, change, said):
    items = slices()
    for name, value in change.items():
        setattr(items[2], name, value)
    refused(save(items, tmp_path / "ct"), said)


@pytest.mark.parametrize("age", ["999Y", "130Y", "121Y"])
def test_an_age_that_nobody_reaches_is_not_believed_and_is_said(tmp_path, age):
    from fmassist.application.context import known_context
    from fmassist.knowledge.load import load_knowledge

    items = slices()
    for item in items:
        item.PatientAge = age
    volume = read_volume(save(items, tmp_path / "ct"))
    assert "age_years" not in volume.context
    context = known_context(None, volume, load_knowledge())
    assert (context.age_years, context.doubts) == (None, ("age",))
    assert known_context({"age": 40}, volume, load_knowledge()).doubts == ()
