"""A vtkSegmentation as Slicer holds it: shared labelmaps, cropped extents, names."""

from __future__ import annotations

import numpy as np
import pytest

import fmassist as fma
from fmassist.application.objects import segmentation_of

core = pytest.importorskip("slicer_core.vtkSegmentationCore", reason="needs 3D Slicer's libraries (slicer-core)")


def oriented(array, first, spacing=2.0):
    from vtkmodules.util.numpy_support import numpy_to_vtk

    image = core.vtkOrientedImageData()
    last = np.array(first) + array.shape - 1
    image.SetExtent(*np.stack([first, last], axis=1).ravel().tolist())
    image.SetSpacing(spacing, spacing, spacing)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array.T).ravel(), deep=True))
    return image


def segment(name, image, label):
    made = core.vtkSegment()
    made.SetName(name)
    made.SetLabelValue(label)
    made.AddRepresentation("Binary labelmap", image)
    return made


def test_cropped_labelmaps_are_put_into_one_grid_and_shared_ones_share_a_layer():
    shared = np.zeros((3, 4, 5), dtype=np.uint8)
    shared[0], shared[1] = 1, 2
    both, other = oriented(shared, (10, 0, -2)), oriented(np.ones((2, 2, 2), dtype=np.uint8), (12, 1, 1))
    segmentation = core.vtkSegmentation()
    for made in (segment("liver", both, 1), segment("spleen", both, 2), segment("stomach", other, 1)):
        segmentation.AddSegment(made)
    found = segmentation_of(segmentation, {})
    expected = [
        ("liver", 0, 1),
        ("spleen", 0, 2),
        ("stomach", 1, 1),
    ]
    assert [(s.name, s.layer, s.label) for s in found.segments] == expected
    assert found.geometry.shape == (4, 4, 5)
    assert found.geometry.index_to_ras_mm[:3, 3].tolist() == [20.0, 0.0, -4.0]
    assert int(found.mask(found.segment("spleen")).sum()) == 20
    stomach = np.argwhere(found.mask(found.segment("stomach")))
    assert found.geometry.to_ras_mm(stomach[0]).tolist() == [24.0, 2.0, 2.0]


def test_different_grids_are_not_mixed():
    segmentation = core.vtkSegmentation()
    for name, spacing in (("liver", 2.0), ("spleen", 3.0)):
        segmentation.AddSegment(segment(name, oriented(np.ones((2, 2, 2), dtype=np.uint8), (0, 0, 0), spacing), 1))
    with pytest.raises(fma.InputError, match="different grids"):
        segmentation_of(segmentation, {})
