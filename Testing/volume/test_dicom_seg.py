import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes
from volume.dicom_files import NAME, NUMBER, save, slices
from volume.refusal import refused_labels

from fmassist.geometry import Geometry
from fmassist.volume import Code, Volume, labels_on_image, read_segmentation, read_volume


def described(number, label, type_=codes.SCT.Liver):
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.Organ,
        segmented_property_type=type_,
        algorithm_type="AUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence("x", codes.DCM.ArtificialIntelligence, "1"),
        display_color=hd.color.CIELabColor.from_rgb(221, 130, 101),
    )


def write_seg(path, items, masks, kind="BINARY", omit_empty_frames=True, names=("liver", "Niere links")):
    """A SEG on `items`; masks are `[slice, row, column, segment]`, or labels `[slice, row, column]`."""
    count = masks.shape[-1] if masks.ndim == 4 else int(masks.max())
    seg = hd.seg.Segmentation(
        source_images=items,
        pixel_array=masks,
        segmentation_type=kind,
        segment_descriptions=[described(n + 1, names[n % len(names)]) for n in range(count)],
        series_instance_uid=hd.UID(),
        series_number=9,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="1",
        device_serial_number="1",
        omit_empty_frames=omit_empty_frames,
        max_fractional_value=200,
        fractional_type="PROBABILITY" if kind == "FRACTIONAL" else None,
    )
    seg.save_as(path)
    return path


def some_masks(count=2, slices_=6):
    """The second segment overlaps the first; slices 0, 2 and 5 of both are empty."""
    masks = np.zeros((slices_, 5, 6, count), np.uint8)
    masks[1, 0, 1:4, 0] = masks[3, 2, 2, 0] = masks[4, 1, :, 0] = 1
    if count > 1:
        masks[1, 0, 3:6, 1] = 1
    return masks


def on_volume(path, folder):
    """The segmentation on its volume's grid, and for each segment its mask `[slice, row, column]`."""
    segmentation = labels_on_image(read_segmentation(path), read_volume(folder))
    return segmentation, [segmentation.mask(s).transpose(2, 1, 0) for s in segmentation.segments]


@pytest.mark.parametrize("omit_empty_frames", [True, False])
def test_frames_that_were_left_out_leave_everything_else_in_place(tmp_path, omit_empty_frames):
    items, masks = slices(6), some_masks()
    folder = save(items, tmp_path / "ct")
    path = write_seg(tmp_path / "seg.dcm", items, masks, omit_empty_frames=omit_empty_frames)
    _, found = on_volume(path, folder)
    assert np.array_equal(found[0], masks[..., 0])
    assert np.array_equal(found[1], masks[..., 1])


def test_overlapping_segments_keep_every_voxel_in_layers_of_their_own(tmp_path):
    path = write_seg(tmp_path / "seg.dcm", slices(6), some_masks())
    segmentation = read_segmentation(path)
    first, second = segmentation.segments
    assert (first.layer, second.layer) == (0, 1)
    assert (segmentation.mask(first) & segmentation.mask(second)).sum() == 1


def test_segments_that_do_not_overlap_share_a_layer(tmp_path):
    masks = some_masks()
    masks[..., 1] &= 1 - masks[..., 0]
    segmentation = read_segmentation(write_seg(tmp_path / "seg.dcm", slices(6), masks))
    assert len(segmentation.layers) == 1


def test_names_codes_and_colours_are_kept(tmp_path):
    first = read_segmentation(write_seg(tmp_path / "seg.dcm", slices(6), some_masks())).segments[0]
    assert (first.label, first.name) == (1, "liver")
    assert first.terminology.category == Code(codes.SCT.Organ.value, "SCT", "Organ")
    assert first.terminology.type == Code("10200004", "SCT", "Liver")
    assert np.allclose(first.color_rgb, np.array((221, 130, 101)) / 255, atol=0.02)


def test_mirrored_columns_and_a_reversed_stack_come_out_on_the_right_side(tmp_path):
    items, masks = slices(6), some_masks()
    for item in items:  # rows run to the patient's Right, so that the first column is the leftmost
        item.ImageOrientationPatient = [-1, 0, 0, 0, 1, 0]
    path = write_seg(tmp_path / "seg.dcm", items, masks)
    segmentation = read_segmentation(path)
    voxel = np.argwhere(segmentation.mask(segmentation.segments[0]))
    x = segmentation.geometry.to_ras_mm(voxel)[:, 0]
    # Columns 0 to 5 lie from x = 100 mm RAS on to the Right, half a millimetre apart.
    assert sorted(set(x.round(3))) == [100, 100.5, 101, 101.5, 102, 102.5]
    # The normal of mirrored slices points to the feet, so the volume counts its slices from the head.
    volume = read_volume(save(items, tmp_path / "ct"))
    assert volume.geometry.axis_codes == "RPI"
    _, found = on_volume(path, tmp_path / "ct")
    assert np.array_equal(found[0][::-1], masks[..., 0])


def test_labels_stored_as_a_label_map_are_read(tmp_path):
    items, labels = slices(6), np.zeros((6, 5, 6), np.uint8)
    labels[1, 2, 3], labels[4, :, 1] = 1, 2
    path = write_seg(tmp_path / "seg.dcm", items, labels, kind="LABELMAP")
    _, found = on_volume(path, save(items, tmp_path / "ct"))
    assert np.array_equal(found[0], labels == 1)
    assert np.array_equal(found[1], labels == 2)


def test_a_mask_written_as_fractions_is_read_and_real_fractions_are_refused(tmp_path):
    items, masks = slices(6), some_masks(1).astype(np.float32)
    path = write_seg(tmp_path / "whole.dcm", items, masks, kind="FRACTIONAL")
    _, found = on_volume(path, save(items, tmp_path / "ct"))
    assert np.array_equal(found[0], masks[..., 0] > 0)
    masks[1, 0, 1] = 0.4
    refused_labels(write_seg(tmp_path / "part.dcm", items, masks, kind="FRACTIONAL"), "it is fractional")


def test_a_folder_with_one_segmentation_will_do_and_with_two_will_not(tmp_path):
    folder = tmp_path / "erika_musterfrau"
    save(slices(6), folder)
    write_seg(folder / "seg.dcm", slices(6), some_masks())
    assert len(read_segmentation(folder).segments) == 2
    write_seg(folder / "seg2.dcm", slices(6), some_masks())
    refused_labels(folder, "holds 2 DICOM segmentations")
    empty = tmp_path / "nothing"
    empty.mkdir()
    refused_labels(empty, "neither masks .* nor a DICOM SEG")


def test_other_dicom_and_damaged_files_are_refused_without_the_patients_name(tmp_path):
    folder = save(slices(2), tmp_path / "ct")
    line = refused_labels(folder / f"{NAME}_000.dcm", "modality CT, not a segmentation")
    assert NUMBER not in line
    whole = write_seg(tmp_path / "seg.dcm", slices(6), some_masks()).read_bytes()
    for keep in [*range(140, 1500, 97), len(whole) - 3]:
        (tmp_path / "cut.dcm").write_bytes(whole[:keep])
        line = refused_labels(tmp_path / "cut.dcm", "DICOM SEG|decoded")
        assert "Musterfrau" not in line


def test_frames_that_do_not_lie_on_one_grid_are_refused(tmp_path):
    path = write_seg(tmp_path / "seg.dcm", slices(6), some_masks())
    dataset = pydicom.dcmread(path)
    for n, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        x, y, z = frame.PlanePositionSequence[0].ImagePositionPatient
        frame.PlanePositionSequence[0].ImagePositionPatient = [x, y, z + 0.37 * n * n]
    dataset.save_as(path)
    refused_labels(path, "regular grid")


def test_a_segmentation_of_another_volume_is_refused(tmp_path):
    from fmassist.errors import InputError

    segmentation = read_segmentation(write_seg(tmp_path / "seg.dcm", slices(6), some_masks()))
    other = Volume(np.arange(60, dtype=np.int16).reshape(3, 4, 5), Geometry((3, 4, 5), np.eye(4)))
    with pytest.raises(InputError, match="do not lie on the volume's voxels"):
        labels_on_image(segmentation, other)


def test_a_frame_that_names_a_segment_nobody_described_is_refused(tmp_path):
    seg = pydicom.dcmread(write_seg(tmp_path / "seg.dcm", slices(6), some_masks()))
    for groups in seg.PerFrameFunctionalGroupsSequence[:1]:
        groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber = 7
    seg.save_as(tmp_path / "seg.dcm")
    refused_labels(tmp_path / "seg.dcm", "names a segment that it does not describe")


def test_a_frame_that_names_no_segment_is_refused(tmp_path):
    seg = pydicom.dcmread(write_seg(tmp_path / "seg.dcm", slices(6), some_masks()))
    del seg.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence
    seg.save_as(tmp_path / "seg.dcm")
    refused_labels(tmp_path / "seg.dcm", "")


def test_a_label_in_a_label_map_that_is_not_described_is_refused(tmp_path):
    path = write_seg(tmp_path / "seg.dcm", slices(6), some_masks(1)[..., 0] * 2, kind="LABELMAP")
    seg = pydicom.dcmread(path)
    seg.SegmentSequence = [item for item in seg.SegmentSequence if item.SegmentNumber != 2]
    seg.save_as(path)
    refused_labels(path, "")


def test_two_frames_of_one_segment_in_one_place_are_refused(tmp_path):
    masks = some_masks(1)
    masks[1], masks[3] = 0, 0
    masks[1, 0, 0], masks[3, 4, 5] = 1, 1
    seg = pydicom.dcmread(write_seg(tmp_path / "seg.dcm", slices(6), masks))
    first, second = seg.PerFrameFunctionalGroupsSequence[:2]
    second.PlanePositionSequence = first.PlanePositionSequence
    second.FrameContentSequence = first.FrameContentSequence
    seg.save_as(tmp_path / "seg.dcm")
    refused_labels(tmp_path / "seg.dcm", "")


@pytest.mark.parametrize("value", ["text", "-1", "99999"])
def test_rows_that_are_no_number_are_one_line(tmp_path, value):
    path = write_seg(tmp_path / "seg.dcm", slices(6), some_masks())
    seg = pydicom.dcmread(path)
    del seg["Rows"]
    seg.add_new(0x00280010, "DS" if value != "text" else "LO", value)
    seg.save_as(path)
    refused_labels(path, "")
