"""Voxels of segments: read as arrays, written back, kept for undo, and digested for the signature.

Arrays here are VTK's, indexed [k, j, i]; a crop carries the index of its first voxel on the segmentation's own grid.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import slicer
import vtk

TERMINOLOGY_TAG = "TerminologyEntry"


@dataclass(frozen=True)
class Crop:
    """One segment's voxels within the box that just holds them.

    Args:
        first: (i, j, k) of the box's lowest corner on the reference grid.
        mask: booleans [k, j, i]; of size 0 for an empty segment.
    """

    first: tuple[int, int, int]
    mask: Any


def representation() -> str:
    """Name of the binary labelmap representation."""
    return slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()


def segment_ids(segmentation_node: Any) -> list[str]:
    """Every segment's id, in the order shown."""
    segmentation = segmentation_node.GetSegmentation()
    return [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]


def segment_names(segmentation_node: Any) -> dict[str, str]:
    """Every segment's name by its id."""
    segmentation = segmentation_node.GetSegmentation()
    return {sid: segmentation.GetSegment(sid).GetName() for sid in segment_ids(segmentation_node)}


def terminology_of(segment: Any) -> str:
    """The segment's terminology as stored, or `""`."""
    value = vtk.reference("")
    return str(value) if segment.GetTag(TERMINOLOGY_TAG, value) else ""


def reference_grid(segmentation_node: Any) -> Any:
    """The segmentation's grid as an empty `vtkOrientedImageData`: that of its volume, else of its labelmaps."""
    segmentation = segmentation_node.GetSegmentation()
    grid = slicer.vtkOrientedImageData()
    geometry = segmentation.GetConversionParameter(
        slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    )
    if not geometry:
        geometry = segmentation.DetermineCommonLabelmapGeometry(slicer.vtkSegmentation.EXTENT_UNION_OF_SEGMENTS)
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(geometry, grid, False)
    return grid


def grid_matrix(grid: Any) -> list[list[float]]:
    """4×4 affine of a grid, index to RAS mm."""
    matrix = vtk.vtkMatrix4x4()
    grid.GetImageToWorldMatrix(matrix)
    return [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]


def crops(segmentation_node: Any, wanted: Iterable[str] | None = None) -> Iterator[tuple[str, Crop]]:
    """Each segment's voxels, read layer by layer so that a layer is searched once for all of its segments.

    Args:
        segmentation_node: the segmentation.
        wanted: ids of segments; all by default.
    """
    import numpy as np
    from scipy.ndimage import find_objects
    from vtk.util.numpy_support import vtk_to_numpy

    segmentation = segmentation_node.GetSegmentation()
    grid = np.array(grid_matrix(reference_grid(segmentation_node)))
    chosen = None if wanted is None else set(wanted)
    for layer in range(segmentation.GetNumberOfLayers()):
        ids = list(segmentation.GetSegmentIDsForLayer(layer, representation()))
        if chosen is not None and not chosen.intersection(ids):
            continue
        image = segmentation.GetLayerDataObject(layer, representation())
        scalars = image.GetPointData().GetScalars() if image is not None else None
        if scalars is None or not scalars.GetNumberOfTuples():
            yield from ((sid, Crop((0, 0, 0), np.zeros((0, 0, 0), bool))) for sid in ids)
            continue
        array = vtk_to_numpy(scalars).reshape(tuple(reversed(image.GetDimensions())))
        extent = image.GetExtent()
        corner = np.array(grid_matrix(image)) @ [extent[0], extent[2], extent[4], 1]
        # The layer's own grid may start elsewhere after a reload; positions are told on the reference grid.
        offset = np.rint(np.linalg.inv(grid) @ corner)[:3].astype(int)
        boxes = find_objects(array)
        for sid in ids:
            if chosen is not None and sid not in chosen:
                continue
            value = segmentation.GetSegment(sid).GetLabelValue()
            box = boxes[value - 1] if value <= len(boxes) else None
            if box is None:
                yield sid, Crop((0, 0, 0), np.zeros((0, 0, 0), bool))
                continue
            start = [s.start for s in reversed(box)]
            first = tuple(int(o + s) for o, s in zip(offset, start, strict=True))
            yield sid, Crop(first, array[box] == value)


def full_mask(segmentation_node: Any, crop: Crop) -> Any:
    """A crop laid into an array of the whole reference grid, booleans [k, j, i]."""
    import numpy as np

    extent = reference_grid(segmentation_node).GetExtent()
    mask = np.zeros([extent[5] - extent[4] + 1, extent[3] - extent[2] + 1, extent[1] - extent[0] + 1], bool)
    if crop.mask.size:
        place = [f - extent[2 * axis] for axis, f in enumerate(crop.first)]
        if min(place) < 0 or any(p + n > m for p, n, m in zip(place[::-1], crop.mask.shape, mask.shape, strict=True)):
            raise ValueError("a segment reaches beyond the grid of its volume")
        i, j, k = place
        nk, nj, ni = crop.mask.shape
        mask[k : k + nk, j : j + nj, i : i + ni] = crop.mask
    return mask


def crop_of(segmentation_node: Any, mask: Any) -> Crop:
    """The smallest crop of a mask of the whole reference grid."""
    import numpy as np
    from scipy.ndimage import find_objects

    box = find_objects(mask.astype(np.uint8))
    if not box:
        return Crop((0, 0, 0), np.zeros((0, 0, 0), bool))
    extent = reference_grid(segmentation_node).GetExtent()
    i, j, k = (extent[2 * axis] + s.start for axis, s in enumerate(reversed(box[0])))
    return Crop((i, j, k), mask[box[0]].copy())


def write_crops(segmentation_node: Any, values: dict[str, Crop]) -> None:
    """Sets the voxels of segments; all other segments stay as they are.

    Everything written is erased first, so that segments which exchange places share one layer as before.
    """
    segmentation = segmentation_node.GetSegmentation()
    surfaces = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    had_surfaces = segmentation.ContainsRepresentation(surfaces)
    modify = segmentation_node.StartModify()
    try:
        for sid in values:
            _set(segmentation_node, sid, None)
        for sid, crop in values.items():
            _set(segmentation_node, sid, crop)
        segmentation.CollapseBinaryLabelmaps(False)
        if had_surfaces and not segmentation.ContainsRepresentation(surfaces):
            # Slicer drops surfaces whose voxels changed; the 3D view would go empty.
            segmentation_node.CreateClosedSurfaceRepresentation()
    finally:
        segmentation_node.EndModify(modify)


def _set(segmentation_node: Any, sid: str, crop: Crop | None) -> None:
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk

    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segmentation = segmentation_node.GetSegmentation()
    if crop is None or not crop.mask.size:
        segmentation.SeparateSegmentLabelmap(sid)
        image = segmentation.GetSegment(sid).GetRepresentation(representation())
        if image is not None and image.GetPointData().GetScalars() is not None:
            image.GetPointData().GetScalars().Fill(0)
            segmentation.GetSegment(sid).Modified()
            image.Modified()
        return
    image = slicer.vtkOrientedImageData()
    image.ShallowCopy(reference_grid(segmentation_node))
    nk, nj, ni = crop.mask.shape
    i, j, k = crop.first
    image.SetExtent(i, i + ni - 1, j, j + nj - 1, k, k + nk - 1)
    scalars = numpy_to_vtk(
        np.ascontiguousarray(crop.mask, np.uint8).ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR
    )
    image.GetPointData().SetScalars(scalars)
    if not logic.SetBinaryLabelmapToSegment(image, segmentation_node, sid, logic.MODE_REPLACE):
        raise RuntimeError("Slicer refused the segment's voxels")


def pack(crop: Crop) -> dict[str, Any]:
    """A crop as small JSON values, for undo after the scene was saved and opened again."""
    import numpy as np

    packed = zlib.compress(np.packbits(crop.mask).tobytes(), 6)
    return {
        "first": list(crop.first),
        "shape": list(crop.mask.shape),
        "bits": base64.b64encode(packed).decode("ascii"),
    }


def unpack(value: dict[str, Any]) -> Crop:
    """The crop that `pack` wrote."""
    import numpy as np

    shape = tuple(int(n) for n in value["shape"])
    count = int(np.prod(shape))
    bits = np.frombuffer(zlib.decompress(base64.b64decode(value["bits"])), np.uint8)
    mask = np.unpackbits(bits, count=count).astype(bool).reshape(shape)
    i, j, k = (int(n) for n in value["first"])
    return Crop((i, j, k), mask)


def segment_digests(segmentation_node: Any, wanted: Iterable[str] | None = None) -> dict[str, str]:
    """Digest of each segment's content, by segment id."""
    import numpy as np

    from fmassist.review import SegmentContent

    segmentation = segmentation_node.GetSegmentation()
    found = {}
    for sid, crop in crops(segmentation_node, wanted):
        segment = segmentation.GetSegment(sid)
        nk, nj, ni = crop.mask.shape
        voxels = np.packbits(crop.mask).tobytes()
        content = SegmentContent(segment.GetName(), terminology_of(segment), crop.first, (ni, nj, nk), voxels)
        found[sid] = content.digest()
    return found


def whole_digest(segmentation_node: Any) -> str:
    """Digest of the whole segmentation, as it is signed."""
    from fmassist.review import segmentation_digest

    return segmentation_digest(segment_digests(segmentation_node), grid_matrix(reference_grid(segmentation_node)))
