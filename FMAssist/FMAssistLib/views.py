"""Slice and 3D views: going to a finding's place, outlining what it concerns, ghosting the rest.

Everything is done on view nodes, so that it works without a window too; where there is no view, nothing happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk

from FMAssistLib import masks
from FMAssistLib.idle import Steps, finish, slabs
from FMAssistLib.repairs import pieces_in
from FMAssistLib.runs import box_of

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


def centre_3d() -> None:
    """Brings everything into the 3D views; nothing happens where there are none."""
    layout = slicer.app.layoutManager()
    if layout is None:
        return
    for number in range(layout.threeDViewCount):
        view = layout.threeDWidget(number).threeDView()
        view.resetFocalPoint()
        view.resetCamera()


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
    """Box around segments in RAS mm, or None where they are empty; at once."""
    return finish(bounds_steps(segmentation_node, ids, near_ras_mm))


def bounds_steps(
    segmentation_node: Any,
    ids: Sequence[str],
    near_ras_mm: Sequence[float] | None = None,
) -> Steps[list[float] | None]:
    """As `bounds_of`, in pieces.

    Args:
        segmentation_node: the segmentation.
        ids: of the segments.
        near_ras_mm: a finding's place; where it lies in one piece of a segment, the box is around that piece, so that
            a stray piece is seen and not only the way to it.
    """
    matrix = masks.grid_matrix(masks.reference_grid(segmentation_node))
    whole, piece = vtk.vtkBoundingBox(), vtk.vtkBoundingBox()
    for crop in (yield from masks.read_crops(segmentation_node, ids)).values():
        if not crop.mask.size:
            continue
        _add_box(whole, matrix, crop.first, crop.mask.shape[::-1])
        if near_ras_mm is not None:
            found = yield from _piece_at(crop, matrix, near_ras_mm)
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


def _piece_at(crop: masks.Crop, matrix: list[list[float]], ras_mm: Sequence[float]) -> Steps[Any]:
    """First index and sizes of the piece whose box holds a point, where there are several pieces; else None."""
    import numpy as np

    pieces = yield from pieces_in(crop)
    if pieces.count < 2:
        return None
    point = np.linalg.inv(np.array(matrix)) @ [*ras_mm, 1]
    # The smallest first, since a large piece's box may hold a stray one.
    for number in range(pieces.count - 1, -1, -1):
        box = box_of(pieces.runs, pieces.ranks == number)
        if box is None:
            continue
        first = [start + side.start for start, side in zip(crop.first, reversed(box), strict=True)]
        sizes = [side.stop - side.start for side in reversed(box)]
        if all(first[n] - 1 <= point[n] <= first[n] + sizes[n] for n in range(3)):
            return first, sizes
        if number % 64 == 0:
            yield
    return None


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


def show_preview(segmentation_node: Any, after: dict[str, Any], lost: Sequence[Any] = ()) -> list[Any]:
    """Draws what a repair would make of the segments as dashed contours, at once; returns the models."""
    finish(preview_steps(segmentation_node, after, lost))
    return previews()


def preview_steps(segmentation_node: Any, after: dict[str, Any], lost: Sequence[Any] = ()) -> Steps[None]:
    """As `show_preview`, in pieces: white around what would be, red around what would go altogether.

    The models are hidden from lists and never saved.

    A segmentation cannot be dashed in Slicer, so the surface is cut into stripes along x + y + z: every slice through
    it shows dashes, whatever its orientation.

    Args:
        segmentation_node: gives grid, transform and colours.
        after: segment id → `masks.Crop`, as `ReviewSession.repaired` gives.
        lost: crops of what would belong to no segment any more, as `ReviewSession.losing` gives.
    """
    clear_preview()
    for crops, colour in ((list(after.values()), STAYS), (lost, GOES)):
        nodes, points = [], PREVIEW_POINTS
        for crop in crops:
            if not crop.mask.size:
                continue
            for surface in (yield from _dashes(segmentation_node, crop)):
                if points >= PREVIEW_POINTS:
                    # Slicer takes a moment over each model that enters the scene, in proportion to its size.
                    append, points = vtk.vtkAppendPolyData(), 0
                    nodes.append(append)
                append.AddInputData(surface)
                points += surface.GetNumberOfPoints()
        for append in nodes:
            append.Update()
            yield
            _add_preview(segmentation_node, append.GetOutput(), colour)
            yield


PREVIEW_POINTS = 30_000
"""Of one model of the preview."""
STAYS, GOES = (1.0, 1.0, 1.0), (1.0, 0.25, 0.2)


def _add_preview(segmentation_node: Any, surface: Any, colour: Sequence[float]) -> None:
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Proposed repair")
    node.SetAttribute(PREVIEW_ATTRIBUTE, "1")
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    display = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelDisplayNode")
    display.SetSaveWithScene(False)
    display.SetColor(*colour)
    display.SetVisibility2D(True)
    display.SetVisibility3D(False)
    display.SetSliceIntersectionThickness(3)
    display.SetOpacity(0.6)
    display.SetBackfaceCulling(False)
    node.SetAndObserveDisplayNodeID(display.GetID())
    node.SetAndObserveTransformNodeID(segmentation_node.GetTransformNodeID())
    node.SetAndObservePolyData(surface)


def previews() -> list[Any]:
    """The models of the preview that is shown."""
    return [n for n in slicer.util.getNodesByClass("vtkMRMLModelNode") if n.GetAttribute(PREVIEW_ATTRIBUTE)]


def clear_preview() -> None:
    """Takes every preview out of the scene."""
    for node in previews():
        slicer.mrmlScene.RemoveNode(node.GetDisplayNode())
        slicer.mrmlScene.RemoveNode(node)


def _dashes(segmentation_node: Any, crop: masks.Crop) -> Steps[list[Any]]:
    """The stripes of one segment's surface, a few slices at a time."""
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk

    transform = vtk.vtkTransform()
    matrix = vtk.vtkMatrix4x4()
    masks.reference_grid(segmentation_node).GetImageToWorldMatrix(matrix)
    transform.SetMatrix(matrix)
    found = []
    for slab in slabs(len(crop.mask) + 1, 4 * crop.mask[0].size):
        # From the slice before to the last one, with nothing around: neighbouring slabs share a slice and their rim.
        low, high = slab.start - 1, slab.stop - 1
        part = np.zeros((high - low + 1, *(n + 2 for n in crop.mask.shape[1:])), np.uint8)
        inside = crop.mask[max(low, 0) : high + 1]
        part[max(-low, 0) : max(-low, 0) + len(inside), 1:-1, 1:-1] = inside
        image = vtk.vtkImageData()
        image.SetDimensions(*part.shape[::-1])
        image.SetOrigin(crop.first[0] - 1, crop.first[1] - 1, crop.first[2] + low)
        image.GetPointData().SetScalars(numpy_to_vtk(part.ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR))
        contour = vtk.vtkDiscreteFlyingEdges3D()
        contour.SetInputData(image)
        contour.SetValue(0, 1)
        contour.ComputeNormalsOff()
        to_ras = vtk.vtkTransformPolyDataFilter()
        to_ras.SetTransform(transform)
        to_ras.SetInputConnection(contour.GetOutputPort())
        to_ras.Update()
        yield
        if to_ras.GetOutput().GetNumberOfPoints():
            found.append(_stripes(to_ras.GetOutput()))
            yield
    return found


def _stripes(surface: Any) -> Any:
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

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
