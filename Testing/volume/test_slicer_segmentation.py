import re

import numpy as np
import pytest
import SimpleITK as sitk
from volume.files import nrrd
from volume.refusal import refused_labels
from volume.slicer_files import HEAD, LIVER, segment, two_layers

from fmassist.geometry import Geometry
from fmassist.volume import Code, Segment, Segmentation, Terminology, read_segmentation, write_segmentation

ODD_NAMES = ["liver", "Läsion <b>№1</b>", "כבד", "肝臓", "../../etc/passwd", "%s%n{0}", "a\nb\\c", "Segment: =x", "|~^"]


def test_overlapping_layers_names_colours_and_codes_are_kept(tmp_path):
    path, voxels = two_layers(tmp_path / "s.seg.nrrd")
    segmentation = read_segmentation(path)
    assert [np.array_equal(a, b) for a, b in zip(segmentation.layers, voxels, strict=True)] == [True, True]
    liver, kidney, lesion = segmentation.segments
    assert (liver.name, liver.label, liver.layer) == ("liver", 1, 0)
    assert (kidney.name, kidney.label, kidney.layer) == ("Niere links", 2, 0)
    assert (lesion.name, lesion.layer) == ("Läsion <b>№1</b> \\ ../x %s\nירוק", 1)
    assert segmentation.mask(lesion).sum() == 1
    assert (segmentation.mask(lesion) & segmentation.mask(liver)).any()
    assert liver.color_rgb == (0.866667, 0.509804, 0.396078)
    assert kidney.terminology == Terminology(
        category=Code("123037004", "SCT", "Anatomical Structure"),
        type=Code("64033007", "SCT", "Kidney"),
        type_modifier=Code("7771000", "SCT", "Left"),
        region=Code("818981001", "SCT", "Abdomen"),
    )


def test_the_place_in_the_patient_is_the_files_own(tmp_path):
    path, _ = two_layers(tmp_path / "s.seg.nrrd")
    assert read_segmentation(path).geometry.to_ras_mm((0, 0, 0)).tolist() == [10, 20, 30]


def test_a_file_from_before_layers_has_one_segment_in_each_component(tmp_path):
    voxels = np.zeros((2, 4, 5, 6), np.uint8)
    voxels[0, 0], voxels[1, 0] = 1, 1
    lines = [line for n, name in enumerate(["a", "b"]) for line in segment(n, name) if "Layer" not in line]
    path = nrrd(tmp_path / "old.seg.nrrd", voxels, *HEAD, *(line for line in lines if "LabelValue" not in line))
    assert [(s.name, s.label, s.layer) for s in read_segmentation(path).segments] == [("a", 1, 0), ("b", 1, 1)]


def test_a_segment_without_voxels_is_still_a_segment(tmp_path):
    path = nrrd(tmp_path / "s.seg.nrrd", np.zeros((4, 5, 6), np.uint8), *HEAD, *segment(0, "liver"))
    segmentation = read_segmentation(path)
    assert segmentation.segments[0].name == "liver"
    assert not segmentation.mask(segmentation.segments[0]).any()


def test_a_name_that_is_only_the_label_again_is_no_name(tmp_path):
    """Slicer calls what it imports from a file of numbers `Segment_1`, `Segment_2` and so on; 3 is nobody's label."""
    tissue = "list~SCT^85756007^Tissue~SCT^85756007^Tissue~^^~codes~^^~^^"
    lines = [
        *segment(0, "Segment_1", label=1, entry=tissue),
        *segment(1, "Segment_3", label=4, entry=tissue),
        *segment(2, "2", label=2, entry=""),
        *segment(3, "Segment_5", label=5, entry=LIVER),
    ]
    path = nrrd(tmp_path / "s.seg.nrrd", np.zeros((4, 5, 6), np.uint8), *HEAD, *lines)
    assert [s.named_by for s in read_segmentation(path).segments] == ["value", "file", "value", "file"]


def test_the_ending_does_not_matter_but_what_is_inside(tmp_path):
    path = nrrd(tmp_path / "labels.nrrd", np.ones((4, 5, 6), np.uint8), *HEAD, *segment(0, "liver"))
    assert read_segmentation(path, names={1: "spleen"}).segments[0].name == "liver"
    plain = nrrd(tmp_path / "plain.seg.nrrd", np.ones((4, 5, 6), np.uint8))
    assert read_segmentation(plain, names={1: "spleen"}).segments[0].name == "spleen"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (segment(0, "a", layer=1), "names layer 1 and there are 1"),
        (segment(0, "a", layer=-1), "names layer -1"),
        (segment(0, "a", label=0), "label value 0"),
        (segment(0, "a", label=70_000), "label value 70000"),
        (segment(0, "a", LabelValue="one"), "not a whole number"),
        (segment(0, "a") + segment(1, "b"), "share one label"),
    ],
)
def test_segments_that_cannot_be_are_refused(tmp_path, lines, said):
    refused_labels(nrrd(tmp_path / "s.seg.nrrd", np.ones((4, 5, 6), np.uint8), *HEAD, *lines), said)


def test_layers_that_are_no_labels_are_refused(tmp_path):
    path = nrrd(tmp_path / "s.seg.nrrd", np.full((4, 5, 6), 0.5, np.float32), *HEAD, *segment(0, "fraction"))
    refused_labels(path, "not a whole number")


def test_an_unreadable_colour_or_code_is_left_out_and_the_segment_stays(tmp_path):
    lines = segment(0, "liver", Color="red", Tags="TerminologyEntry:nonsense|")
    only = read_segmentation(nrrd(tmp_path / "s.seg.nrrd", np.ones((4, 5, 6), np.uint8), *HEAD, *lines)).segments[0]
    assert (only.name, only.color_rgb, only.terminology) == ("liver", None, None)


# --- writing ---------------------------------------------------------------------------------------------------------


def overlapping():
    first, second = np.zeros((4, 5, 6), np.uint8), np.zeros((4, 5, 6), np.uint8)
    first[1:3, 2:4, 3:5], first[0, 0, 0], second[1:3, 2:4, 3:5] = 1, 200, 7
    code = Terminology(
        Code("123037004", "SCT", "Anatomical Structure"),
        Code("64033007", "SCT", "Kidney"),
        Code("7771000", "SCT", "Left"),
        Code("818981001", "SCT", "Abdomen"),
        Code("24028007", "SCT", "Right"),
    )
    affine = np.array([[-0.7, 0.1, 0, 5], [0.1, 0.9, 0.3, -7], [0, 0.2, -2.5, 9], [0, 0, 0, 1]])
    segments = (
        Segment(1, "kidney_left", 0, (0.5, 0.25, 1.0), code),
        Segment(200, "speck", 0),
        Segment(7, "cyst", 1, (1.0, 0.0, 0.0)),
        Segment(9, "empty", 1, (0.0, 0.0, 0.0)),
    )
    return Segmentation((first, second), Geometry((4, 5, 6), affine), segments)


def test_everything_comes_back_that_was_written(tmp_path):
    segmentation = overlapping()
    write_segmentation(segmentation, tmp_path / "s.seg.nrrd")
    back = read_segmentation(tmp_path / "s.seg.nrrd")
    assert all(np.array_equal(a, b) for a, b in zip(back.layers, segmentation.layers, strict=True))
    assert np.array_equal(back.geometry.index_to_ras_mm, segmentation.geometry.index_to_ras_mm)
    for read, written in zip(back.segments, segmentation.segments, strict=True):
        assert (read.name, read.label, read.layer, read.terminology) == (
            written.name,
            written.label,
            written.layer,
            written.terminology,
        )
        assert written.color_rgb is None or read.color_rgb == written.color_rgb
    assert back.segments[1].color_rgb is not None  # chosen, so that Slicer does not draw everything alike


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_survive(tmp_path, name):
    layer = np.ones((2, 2, 2), np.uint8)
    write_segmentation(
        Segmentation((layer,), Geometry((2, 2, 2), np.eye(4)), (Segment(1, name),)), tmp_path / "s.seg.nrrd"
    )
    assert [s.name for s in read_segmentation(tmp_path / "s.seg.nrrd").segments] == [name]


def test_separators_in_a_codes_meaning_do_not_break_the_others(tmp_path):
    code = Terminology(Code("1", "SCT", "a^b~c|d"), Code("2", "SCT", "kidney"))
    layer = np.ones((2, 2, 2), np.uint8)
    segment_ = Segment(1, "x", terminology=code)
    write_segmentation(Segmentation((layer,), Geometry((2, 2, 2), np.eye(4)), (segment_,)), tmp_path / "s.seg.nrrd")
    back = read_segmentation(tmp_path / "s.seg.nrrd").segments[0].terminology
    assert back == Terminology(Code("1", "SCT", "a b c d"), Code("2", "SCT", "kidney"))


def test_itk_reads_the_same_voxels_place_and_extents(tmp_path):
    segmentation = overlapping()
    write_segmentation(segmentation, tmp_path / "s.seg.nrrd")
    image = sitk.ReadImage(str(tmp_path / "s.seg.nrrd"))
    components = sitk.GetArrayFromImage(image)
    assert np.array_equal(components[..., 0].T, segmentation.layers[0])
    assert np.array_equal(components[..., 1].T, segmentation.layers[1])
    x, y, z = image.GetOrigin()
    assert np.allclose((-x, -y, z), segmentation.geometry.to_ras_mm((0, 0, 0)))
    assert image.GetMetaData("Segment0_Extent") == "1 2 2 3 3 4"
    assert image.GetMetaData("Segment3_Extent") == "0 -1 0 -1 0 -1"


def test_labels_over_255_are_written_in_two_bytes(tmp_path):
    layer = np.zeros((3, 4, 5), np.uint16)
    layer[1, 2, 3] = 4001
    segmentation = Segmentation((layer,), Geometry((3, 4, 5), np.eye(4)), (Segment(4001, "x"),))
    write_segmentation(segmentation, tmp_path / "s.seg.nrrd")
    assert np.array_equal(read_segmentation(tmp_path / "s.seg.nrrd").layers[0], layer)


def test_the_same_segmentation_gives_the_same_bytes(tmp_path):
    for name in ("one.seg.nrrd", "two.seg.nrrd"):
        write_segmentation(overlapping(), tmp_path / name)
    assert (tmp_path / "one.seg.nrrd").read_bytes() == (tmp_path / "two.seg.nrrd").read_bytes()


def test_the_header_holds_nothing_of_this_machine(tmp_path):
    write_segmentation(overlapping(), tmp_path / "s.seg.nrrd")
    head = (tmp_path / "s.seg.nrrd").read_bytes().split(b"\n\n")[0].decode()
    assert str(tmp_path) not in head
    assert not re.search(r"20\d\d-\d\d", head)
