"""Slice and 3D views: going to a finding's place, outlining what it concerns, ghosting the rest.

Everything is done on view nodes, so that it works without a window too; where there is no view, nothing happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk

MARGIN = 1.6
"""Field of view as a multiple of what is to be seen, so that the surroundings help to find one's way."""
LEAST_FIELD_MM = 180.0
"""A speck alone would fill the view and be lost in it."""
GHOST_2D, GHOST_3D = 0.12, 0.10
PREVIEW_ATTRIBUTE = "FMAssistPreview"
DASH_MM = 4.0


def show_volume(volume_node: Any) -> None:
    """Puts the scan in the background of all slice views, and fits it."""
    slicer.util.setSliceViewerLayers(background=volume_node, fit=slicer.app.layoutManager() is not None)


def jump_to(ras_mm: Sequence[float], bounds_ras_mm: Sequence[float] | None) -> None:
    """Moves every slice view to a point, and zooms so that the box of what is concerned fits.

    Args:
        ras_mm: the point.
        bounds_ras_mm: (x low, x high, y low, y high, z low, z high), or None to keep the zoom.
    """
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        node.JumpSliceByCentering(*[float(value) for value in ras_mm])
        if bounds_ras_mm is not None:
            _fit(node, ras_mm, bounds_ras_mm)
    for node in slicer.util.getNodesByClass("vtkMRMLCrosshairNode"):
        node.SetCrosshairRAS(*[float(value) for value in ras_mm])
    for camera in slicer.util.getNodesByClass("vtkMRMLCameraNode"):
        offset = [camera.GetPosition()[n] - camera.GetFocalPoint()[n] for n in range(3)]
        camera.SetFocalPoint(*ras_mm)
        camera.SetPosition(*[ras_mm[n] + offset[n] for n in range(3)])


def _fit(node: Any, ras_mm: Sequence[float], bounds: Sequence[float]) -> None:
    width, height = node.GetDimensions()[:2]
    if width <= 0 or height <= 0:
        return
    to_ras = node.GetSliceToRAS()
    needed = []
    for axis in range(2):
        direction = [to_ras.GetElement(row, axis) for row in range(3)]
        # Half the field must reach from the point to the farther side of the box along this screen axis.
        reach = sum(
            abs(direction[n]) * max(abs(bounds[2 * n] - ras_mm[n]), abs(bounds[2 * n + 1] - ras_mm[n]))
            for n in range(3)
        )
        needed.append(2 * reach * MARGIN)
    field = max(needed[0], needed[1] * width / height, LEAST_FIELD_MM)
    node.SetFieldOfView(field, field * height / width, node.GetFieldOfView()[2])


def bounds_of(
    segmentation_node: Any,
    ids: Sequence[str],
    near_ras_mm: Sequence[float] | None = None,
) -> list[float] | None:
    """Box around segments in RAS mm, or None where they are empty.

    Args:
        segmentation_node: the segmentation.
        ids: of the segments.
        near_ras_mm: a finding's place; where it lies in one piece of a segment, the box is around that piece, so that
            a stray piece is seen and not only the way to it.
    """
    from FMAssistLib import masks

    matrix = masks.grid_matrix(masks.reference_grid(segmentation_node))
    whole, piece = vtk.vtkBoundingBox(), vtk.vtkBoundingBox()
    for _sid, crop in masks.crops(segmentation_node, ids):
        if not crop.mask.size:
            continue
        _add_box(whole, matrix, crop.first, crop.mask.shape[::-1])
        found = _piece_at(crop, matrix, near_ras_mm) if near_ras_mm is not None else None
        if found is not None:
            _add_box(piece, matrix, *found)
    box = piece if piece.IsValid() else whole
    if not box.IsValid():
        return None
    bounds = [0.0] * 6
    box.GetBounds(bounds)
    return bounds


def _add_box(box: Any, matrix: list[list[float]], first: Sequence[int], sizes: Sequence[int]) -> None:
    for corner in range(8):
        index = [first[n] - 0.5 + (sizes[n] if corner >> n & 1 else 0) for n in range(3)]
        box.AddPoint([sum(matrix[r][c] * index[c] for c in range(3)) + matrix[r][3] for r in range(3)])


def _piece_at(crop: Any, matrix: list[list[float]], ras_mm: Sequence[float]) -> Any:
    """First index and sizes of the piece whose box holds a point, where there are several pieces; else None."""
    import numpy as np
    from scipy.ndimage import find_objects, label

    pieces, count = label(crop.mask, structure=np.ones((3, 3, 3), bool))
    if count < 2:
        return None
    point = np.linalg.inv(np.array(matrix)) @ [*ras_mm, 1]
    holding = []
    for box in find_objects(pieces):
        first = [crop.first[n] + s.start for n, s in enumerate(reversed(box))]
        sizes = [s.stop - s.start for s in reversed(box)]
        if all(first[n] - 1 <= point[n] <= first[n] + sizes[n] for n in range(3)):
            holding.append((first, sizes))
    # The smallest, since a large piece's box may hold a stray one.
    return min(holding, key=lambda item: item[1][0] * item[1][1] * item[1][2], default=None)


def highlight(segmentation_node: Any, ids: Sequence[str]) -> None:
    """Outlines some segments, hidden ones too, and makes ghosts of the others; the gate undoes it."""
    display = segmentation_node.GetDisplayNode()
    segmentation = segmentation_node.GetSegmentation()
    modify = display.StartModify()
    try:
        display.SetSliceIntersectionThickness(3)
        for number in range(segmentation.GetNumberOfSegments()):
            sid = segmentation.GetNthSegmentID(number)
            chosen = sid in ids
            if chosen:
                display.SetSegmentVisibility(sid, True)
                display.SetSegmentVisibility2DOutline(sid, True)
                display.SetSegmentVisibility3D(sid, True)
            display.SetSegmentOpacity2DOutline(sid, 1.0 if chosen else GHOST_2D)
            display.SetSegmentOpacity2DFill(sid, 0.25 if chosen else GHOST_2D)
            display.SetSegmentOpacity3D(sid, 1.0 if chosen else GHOST_3D)
    finally:
        display.EndModify(modify)


def clear_highlight(segmentation_node: Any) -> None:
    """Gives all segments their ordinary opacity back."""
    display = segmentation_node.GetDisplayNode()
    if display is None:
        return
    segmentation = segmentation_node.GetSegmentation()
    modify = display.StartModify()
    try:
        display.SetSliceIntersectionThickness(1)
        for number in range(segmentation.GetNumberOfSegments()):
            sid = segmentation.GetNthSegmentID(number)
            display.SetSegmentOpacity2DOutline(sid, 1.0)
            display.SetSegmentOpacity2DFill(sid, 1.0)
            display.SetSegmentOpacity3D(sid, 1.0)
    finally:
        display.EndModify(modify)


def show_preview(segmentation_node: Any, after: dict[str, Any]) -> Any:
    """Draws what a repair would make of the segments as dashed contours; returns the model node, hidden from lists.

    A segmentation cannot be dashed in Slicer, so the surface is cut into stripes along x + y + z: every slice through
    it shows dashes, whatever its orientation.

    Args:
        segmentation_node: gives grid, transform and colours.
        after: segment id → `masks.Crop`, as `ReviewSession.repaired` gives.
    """
    clear_preview()
    append = vtk.vtkAppendPolyData()
    for crop in after.values():
        if crop.mask.size:
            append.AddInputData(_dashes(segmentation_node, crop))
    if not append.GetNumberOfInputConnections(0):
        return None
    append.Update()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Proposed repair")
    node.SetAttribute(PREVIEW_ATTRIBUTE, "1")
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node.SetAndObservePolyData(append.GetOutput())
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetSaveWithScene(False)
    display.SetColor(1.0, 1.0, 1.0)
    display.SetVisibility2D(True)
    display.SetVisibility3D(False)
    display.SetSliceIntersectionThickness(3)
    display.SetOpacity(0.6)
    display.SetBackfaceCulling(False)
    node.SetAndObserveTransformNodeID(segmentation_node.GetTransformNodeID())
    return node


def clear_preview() -> None:
    """Takes every preview out of the scene."""
    for node in slicer.util.getNodesByClass("vtkMRMLModelNode"):
        if node.GetAttribute(PREVIEW_ATTRIBUTE):
            slicer.mrmlScene.RemoveNode(node.GetDisplayNode())
            slicer.mrmlScene.RemoveNode(node)


def _dashes(segmentation_node: Any, crop: Any) -> Any:
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    from FMAssistLib import masks

    padded = np.pad(crop.mask, 1).astype(np.uint8)
    image = vtk.vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    image.SetOrigin(*[first - 1 for first in crop.first])
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR))
    contour = vtk.vtkDiscreteFlyingEdges3D()
    contour.SetInputData(image)
    contour.SetValue(0, 1)
    matrix = vtk.vtkMatrix4x4()
    masks.reference_grid(segmentation_node).GetImageToWorldMatrix(matrix)
    transform = vtk.vtkTransform()
    transform.SetMatrix(matrix)
    to_ras = vtk.vtkTransformPolyDataFilter()
    to_ras.SetTransform(transform)
    to_ras.SetInputConnection(contour.GetOutputPort())
    to_ras.Update()
    surface = to_ras.GetOutput()
    if not surface.GetNumberOfPoints():
        return surface
    phase = vtk_to_numpy(surface.GetPoints().GetData()).sum(axis=1)
    stripes = numpy_to_vtk(np.sin(np.pi * phase / DASH_MM), deep=True)
    stripes.SetName("stripe")
    surface.GetPointData().SetScalars(stripes)
    clip = vtk.vtkClipPolyData()
    clip.SetInputData(surface)
    clip.SetValue(-0.2)
    clip.Update()
    dashed = vtk.vtkPolyData()
    dashed.ShallowCopy(clip.GetOutput())
    dashed.GetPointData().SetScalars(None)
    return dashed
