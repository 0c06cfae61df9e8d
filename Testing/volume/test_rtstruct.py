"""RT Structure Sets on the grid of their image."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from volume.dicom_files import NAME, NUMBER
from volume.refusal import refused_labels

from fmassist.geometry import Geometry
from fmassist.volume import read_segmentation

GRID = Geometry((20, 18, 4), np.diag([2.0, 2.0, 3.0, 1.0]))


def square(low, high, k, *, points=4):
    """A square in RAS between two places along both axes, as contour data in LPS."""
    corners = [(low, low), (high, low), (high, high), (low, high)][:points]
    return [x for r, a in corners for x in (-r, -a, GRID.spacing_mm[2] * k)]


def write(path, **structures):
    item = Dataset()
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.SOPClassUID, item.SOPInstanceUID = (
        "1.2.840.10008.5.1.4.1.1.481.3",
        generate_uid(),
    )
    item.Modality, item.PatientName, item.PatientID = "RTSTRUCT", NAME, NUMBER
    item.StructureSetROISequence, item.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(structures.items(), start=1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, drawn.ReferencedROINumber = number, name, number
        drawn.ContourSequence = []
        for data in contours:
            contour = Dataset()
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.NumberOfContourPoints, contour.ContourData = len(data) // 3, data
            drawn.ContourSequence.append(contour)
        item.StructureSetROISequence.append(roi)
        item.ROIContourSequence.append(drawn)
    pydicom.dcmwrite(path, item, enforce_file_format=True)
    return path


def test_a_voxel_belongs_to_the_contour_that_holds_its_centre(tmp_path):
    """A square from 5 to 13 mm holds the centres at 6, 8, 10 and 12 mm, whose voxels are 3 to 6."""
    read = read_segmentation(write(tmp_path / "rt.dcm", liver=[square(5, 13, 1)]), grid=GRID)
    expected = np.zeros(GRID.shape, bool)
    expected[3:7, 3:7, 1] = True
    assert np.array_equal(read.mask(read.segment("liver")), expected)


def test_a_contour_within_another_is_a_hole(tmp_path):
    read = read_segmentation(
        write(tmp_path / "rt.dcm", colon=[square(1, 31, 2), square(9, 21, 2)]),
        grid=GRID,
    )
    mask = read.mask(read.segment("colon"))
    assert mask[2, 2, 2]
    assert not mask[7, 7, 2]


def test_a_keyhole_leaves_its_hole_open(tmp_path):
    """Outer square, a line inwards, the inner square backwards, the same line out again."""
    outer, inner = square(1, 31, 2), square(9, 21, 2)
    inner_first = inner[:3]
    backwards = [x for point in (3, 2, 1, 0) for x in inner[3 * point : 3 * point + 3]]
    keyhole = [*outer, *outer[:3], *inner_first, *backwards, *outer[:3]]
    mask = read_segmentation(write(tmp_path / "rt.dcm", colon=[keyhole]), grid=GRID)
    assert mask.layers[0][2, 2, 2] == 1
    assert mask.layers[0][7, 7, 2] == 0


def test_structures_that_overlap_are_kept_in_layers(tmp_path):
    path = write(tmp_path / "rt.dcm", liver=[square(1, 31, 1)], tumour=[square(9, 15, 1)])
    read = read_segmentation(path, grid=GRID)
    assert [segment.layer for segment in read.segments] == [0, 1]


@pytest.mark.parametrize(
    ("contours", "grid", "said"),
    [
        ([square(5, 13, 1)], None, "give that image with --image"),
        ([square(5, 13, 1, points=2)], GRID, "no closed planar contour"),
        ([square(500, 600, 1)], GRID, "100% of the contours .* outside the image"),
        ([[-2, -2, 0, -10, -2, 3, -10, -10, 6]], GRID, "do not lie in the slices"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(tmp_path, contours, grid, said):
    path = write(tmp_path / "rt.dcm", liver=contours)
    with pytest.raises(Exception, match=said) as caught:
        read_segmentation(path, grid=grid)
    assert NUMBER not in str(caught.value)
    if grid is None:
        refused_labels(path, "RT Structure Set")
