"""Slicer's own images and segmentations in memory: `vtkOrientedImageData` and `vtkSegmentation`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume.raster import Raster
from fmassist.volume.segmentation import Segment, Segmentation

if TYPE_CHECKING:
    from numpy.typing import NDArray

LABELMAP = "Binary labelmap"
"""Slicer's name of the representation that holds voxels."""


def oriented_image_raster(image: Any) -> Raster:
    """The voxels of a `vtkOrientedImageData` on their grid.

    Raises:
        InputError: it is empty.
    """
    extent = image.GetExtent()
    voxels = _voxels(image)
    return Raster(voxels, _geometry(_index_to_ras_mm(image), extent))


def slicer_segmentation(segmentation: Any) -> Segmentation:
    """A `vtkSegmentation` with its names; segments that share a labelmap share a layer.

    Raises:
        InputError: it has no labelmaps, or they lie on several grids.
    """
    found = [
        _labelmap_of(segmentation, segmentation.GetNthSegment(n)) for n in range(segmentation.GetNumberOfSegments())
    ]
    if not found:
        raise InputError("the segmentation has no segments", "give one with segments")
    affine = _index_to_ras_mm(found[0][1])
    if not all(np.allclose(_index_to_ras_mm(image), affine, atol=1e-4) for _, image in found):
        raise InputError(
            "its segments lie on different grids", "set one reference geometry in the Segment Editor, or save it first"
        )
    extents = np.array([image.GetExtent() for _, image in found if not image.IsEmpty()])
    if not len(extents):
        raise InputError("every segment is empty", "give a segmentation with voxels")
    low, high = extents[:, ::2].min(axis=0), extents[:, 1::2].max(axis=0)
    layers: dict[str, NDArray[Any]] = {}
    segments = []
    for segment, image in found:
        key = image.GetAddressAsString("vtkOrientedImageData")
        if key not in layers:
            layers[key] = _placed(image, low, high)
        layer = list(layers).index(key)
        segments.append(Segment(int(segment.GetLabelValue()), segment.GetName(), layer, tuple(segment.GetColor())))
    extent = np.stack([low, high], axis=1).ravel()
    return Segmentation(tuple(layers.values()), _geometry(affine, extent), tuple(segments))


def _labelmap_of(segmentation: Any, segment: Any) -> tuple[Any, Any]:
    image = segment.GetRepresentation(LABELMAP)
    if image is None and segmentation.CreateRepresentation(LABELMAP):
        image = segment.GetRepresentation(LABELMAP)
    if image is None:
        raise InputError("a segment has no voxels, only a surface", "create its binary labelmap first")
    return segment, image


def _placed(image: Any, low: NDArray[Any], high: NDArray[Any]) -> NDArray[np.unsignedinteger]:
    """The labels on the grid that holds every segment."""
    layer = np.zeros(tuple(high - low + 1), dtype=np.uint16)
    if not image.IsEmpty():
        first = np.array(image.GetExtent()[::2]) - low
        voxels = _voxels(image)
        window = tuple(slice(a, a + n) for a, n in zip(first, voxels.shape, strict=True))
        layer[window] = voxels
    return layer if layer.max(initial=0) > 255 else layer.astype(np.uint8)


def _voxels(image: Any) -> NDArray[Any]:
    from vtkmodules.util.numpy_support import vtk_to_numpy

    scalars = image.GetPointData().GetScalars()
    if scalars is None:
        raise InputError("it holds no voxels", "give an image with voxels")
    i, j, k = image.GetDimensions()
    values: NDArray[Any] = vtk_to_numpy(scalars)  # type: ignore[no-untyped-call]
    if values.ndim > 1 and values.shape[1] > 1:
        return np.transpose(values.reshape(k, j, i, -1), (3, 2, 1, 0))
    return np.transpose(values.reshape(k, j, i))


def _index_to_ras_mm(image: Any) -> NDArray[np.float64]:
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def _geometry(index_to_ras_mm: NDArray[np.float64], extent: Any) -> Geometry:
    """The grid of an extent: VTK counts voxels from the origin, and an extent may begin elsewhere."""
    low, high = np.array(extent[::2]), np.array(extent[1::2])
    affine = index_to_ras_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ low
    i, j, k = (int(n) for n in high - low + 1)
    return Geometry((i, j, k), affine)
