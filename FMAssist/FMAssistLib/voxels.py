"""Writes the voxels of segments in place, in pieces, and tells Slicer once when all is done.

Segments share a labelmap; writing into it costs only the segments' own boxes, where Slicer's own way would copy the
whole labelmap for every segment. Where that cannot be, since two segments come to overlap or a segment leaves the
labelmap's extent, Slicer's own way is taken.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk

from FMAssistLib import masks, surfaces
from FMAssistLib.idle import Steps, finish, slabs
from FMAssistLib.masks import Crop, Layer


def write_crops(segmentation_node: Any, values: dict[str, Crop]) -> None:
    """Sets the voxels of segments, all at once; all other segments stay as they are."""
    finish(write_steps(segmentation_node, values))
    surfaces.make_now(segmentation_node, values)


def write_steps(segmentation_node: Any, values: dict[str, Crop]) -> Steps[None]:
    """As `write_crops`, in pieces.

    Everything written is erased first, so that segments which exchange places share one layer as before. Slice views
    follow at the end; surfaces stay as they were, for the caller to make anew.

    Raises:
        RuntimeError: Slicer refused a segment's voxels.
    """
    before = yield from masks.read_crops(segmentation_node, values)
    kept = surfaces.kept(segmentation_node)
    layer_of = {sid: layer for layer in masks.layers(segmentation_node) for sid in layer.values}
    for sid, crop in before.items():
        if crop.mask.size:
            yield from _paint(layer_of[sid], crop, 0)
    refused = []
    for sid, crop in values.items():
        layer = layer_of.get(sid)
        free = layer is not None and (yield from _is_free(layer, crop))
        if free:
            yield from _paint(layer, crop, layer.values[sid])
        elif crop.mask.size:
            refused.append(sid)
    touched = {id(layer.image): layer.image for sid, layer in layer_of.items() if sid in values}
    modify = segmentation_node.StartModify()
    try:
        for image in touched.values():
            if image is not None and image.GetPointData().GetScalars() is not None:
                image.GetPointData().GetScalars().Modified()
                image.Modified()
        for sid in refused:
            _set_as_slicer_does(segmentation_node, sid, values[sid])
    finally:
        surfaces.restore(segmentation_node, kept)
        segmentation_node.EndModify(modify)


def _paint(layer: Layer, crop: Crop, value: int) -> Steps[None]:
    inside = layer.array[layer.box_of(crop)]
    for slab in slabs(len(crop.mask), crop.mask[0].size):
        inside[slab][crop.mask[slab]] = value
        yield


def _is_free(layer: Layer, crop: Crop) -> Steps[bool]:
    """Whether a crop lies within a layer and on nobody else's voxels."""
    box = layer.box_of(crop)
    if box is None or not crop.mask.size:
        return False
    inside = layer.array[box]
    for slab in slabs(len(crop.mask), crop.mask[0].size):
        if inside[slab][crop.mask[slab]].any():
            return False
        yield
    return True


def _set_as_slicer_does(segmentation_node: Any, sid: str, crop: Crop) -> None:
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk

    logic = slicer.vtkSlicerSegmentationsModuleLogic
    image = slicer.vtkOrientedImageData()
    image.ShallowCopy(masks.reference_grid(segmentation_node))
    i, j, k = crop.first
    after = crop.after
    image.SetExtent(i, after[0] - 1, j, after[1] - 1, k, after[2] - 1)
    scalars = numpy_to_vtk(
        np.ascontiguousarray(crop.mask, np.uint8).ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR
    )
    image.GetPointData().SetScalars(scalars)
    # Segments that share a layer are pushed out of the way, not erased: only a layer of its own keeps both.
    segmentation_node.GetSegmentation().SeparateSegmentLabelmap(sid)
    if not logic.SetBinaryLabelmapToSegment(image, segmentation_node, sid, logic.MODE_REPLACE):
        raise RuntimeError("Slicer refused the segment's voxels")
