"""Surfaces for the 3D view, one segment at a time, where Slicer would make all of them in one go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import slicer
import vtk

from FMAssistLib import masks
from FMAssistLib.idle import Steps


def representation() -> str:
    """Name of the closed-surface representation."""
    return slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()


def shown(segmentation_node: Any) -> bool:
    """Whether any segment has a surface."""
    segmentation = segmentation_node.GetSegmentation()
    return any(
        segmentation.GetSegment(sid).GetRepresentation(representation()) is not None
        for sid in masks.segment_ids(segmentation_node)
    )


def kept(segmentation_node: Any, except_for: Iterable[str]) -> dict[str, Any] | None:
    """Surfaces that a change of other segments leaves right, by segment id; None where the 3D view shows none.

    Slicer drops the surfaces of all segments when the voxels of one change.
    """
    if not shown(segmentation_node):
        return None
    segmentation = segmentation_node.GetSegmentation()
    ids = [sid for sid in masks.segment_ids(segmentation_node) if sid not in set(except_for)]
    found = {sid: segmentation.GetSegment(sid).GetRepresentation(representation()) for sid in ids}
    return {sid: surface for sid, surface in found.items() if surface is not None}


def restore(segmentation_node: Any, surfaces: dict[str, Any] | None) -> Steps[None]:
    """Gives surfaces back after a change, and makes those that are missing; nothing where there were none."""
    if surfaces is None:
        return
    segmentation = segmentation_node.GetSegmentation()
    for sid, surface in surfaces.items():
        segment = segmentation.GetSegment(sid)
        if segment is not None and segment.GetRepresentation(representation()) is None:
            segment.AddRepresentation(representation(), surface)
    yield
    yield from make(segmentation_node)


def make(segmentation_node: Any) -> Steps[None]:
    """Makes the surfaces that are missing, and shows them."""
    segmentation = segmentation_node.GetSegmentation()
    for sid in masks.segment_ids(segmentation_node):
        segment = segmentation.GetSegment(sid)
        if segment is None or segment.GetRepresentation(representation()) is not None:
            continue
        crop = (yield from masks.read_crops(segmentation_node, [sid])).get(sid, masks.empty_crop())
        surface = _surface(segmentation_node, crop) if crop.mask.size else vtk.vtkPolyData()
        segment = segmentation.GetSegment(sid)
        if segment is not None:
            segment.AddRepresentation(representation(), surface)
        yield
    display = segmentation_node.GetDisplayNode()
    if display is not None:
        display.SetPreferredDisplayRepresentationName3D(representation())
        display.SetVisibility3D(True)


def drop(segmentation_node: Any) -> None:
    """Takes all surfaces out of the 3D view."""
    segmentation_node.RemoveClosedSurfaceRepresentation()


def _surface(segmentation_node: Any, crop: masks.Crop) -> Any:
    """A segment's surface as Slicer makes it, out of its own box instead of the whole scan."""
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk

    image = slicer.vtkOrientedImageData()
    image.ShallowCopy(masks.reference_grid(segmentation_node))
    padded = np.pad(crop.mask, 1).astype(np.uint8)
    nk, nj, ni = padded.shape
    i, j, k = (n - 1 for n in crop.first)
    image.SetExtent(i, i + ni - 1, j, j + nj - 1, k, k + nk - 1)
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR))
    alone = slicer.vtkSegmentation()
    alone.CopyConversionParameters(segmentation_node.GetSegmentation())
    alone.SetSourceRepresentationName(masks.representation())
    segment = slicer.vtkSegment()
    segment.AddRepresentation(masks.representation(), image)
    segment.SetLabelValue(1)
    alone.AddSegment(segment, "alone")
    alone.CreateRepresentation(representation())
    return alone.GetSegment("alone").GetRepresentation(representation()) or vtk.vtkPolyData()
