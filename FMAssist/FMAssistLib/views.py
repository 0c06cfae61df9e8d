"""Slice and 3D views: going to a finding's place, outlining what it concerns, ghosting the rest.

Everything is done on view nodes, so that it works without a window too; where there is no view, nothing happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk

from FMAssistLib import frames, masks
from FMAssistLib.idle import Steps, finish
from FMAssistLib.repairs import pieces_in
from FMAssistLib.runs import box_of

MARGIN = 1.6
"""Field of view as a multiple of what is to be seen, so that the surroundings help to find one's way."""
LEAST_FIELD_MM = 180.0
"""A speck alone would fill the view and be lost in it."""
GHOST_2D, GHOST_3D = 0.12, 0.10


def show_volume(volume_node: Any) -> None:
    """Puts the scan in the background of all slice views, and fits it."""
    slicer.util.setSliceViewerLayers(background=volume_node, fit=slicer.app.layoutManager() is not None)


def display_nodes(segmentation_node: Any) -> list[Any]:
    """All display nodes of a segmentation; Slicer draws each of them, the later ones on top."""
    count = segmentation_node.GetNumberOfDisplayNodes()
    nodes = [segmentation_node.GetNthDisplayNode(number) for number in range(count)]
    return [node for node in nodes if node is not None]


def jump_to(ras_mm: Sequence[float], bounds_ras_mm: Sequence[float] | None) -> None:
    """Moves every slice view to a point of the world, and zooms so that the box of what is concerned fits.

    Args:
        ras_mm: the point, in the world and not in the frame of a node under a transform.
        bounds_ras_mm: (x low, x high, y low, y high, z low, z high), or None to keep the zoom.
    """
    finish(jumping(ras_mm, bounds_ras_mm))


def jumping(ras_mm: Sequence[float], bounds_ras_mm: Sequence[float] | None) -> Steps[None]:
    """As `jump_to`, one view after the other: each is drawn anew when it moves."""
    place = [float(value) for value in ras_mm]
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        node.JumpSliceByCentering(*place)
        if bounds_ras_mm is not None:
            _fit(node, place, bounds_ras_mm)
        yield
    for node in slicer.util.getNodesByClass("vtkMRMLCrosshairNode"):
        node.SetCrosshairRAS(*place)
    for camera in slicer.util.getNodesByClass("vtkMRMLCameraNode"):
        offset = [camera.GetPosition()[n] - camera.GetFocalPoint()[n] for n in range(3)]
        camera.SetFocalPoint(*place)
        camera.SetPosition(*[place[n] + offset[n] for n in range(3)])
        yield


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
    """Box around segments in the world, RAS mm, or None where they are empty; at once."""
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
        near_ras_mm: a finding's place in the segmentation's own frame; where it lies in one piece of a segment, the box
            is around that piece, so that a stray piece is seen and not only the way to it.
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
    return frames.box_to_world(segmentation_node, bounds)


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
    segmentation = segmentation_node.GetSegmentation()
    for display in display_nodes(segmentation_node):
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
    segmentation = segmentation_node.GetSegmentation()
    for display in display_nodes(segmentation_node):
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
