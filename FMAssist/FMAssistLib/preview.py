"""What a repair would do, as dashed contours in the slice views; nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk

from FMAssistLib import masks
from FMAssistLib.idle import Steps, finish, slabs

ATTRIBUTE = "FMAssistPreview"
"""Marks the models that a preview is made of."""
DASH_MM = 4.0
"""Length of a dash, and of the gap after it."""


def show(segmentation_node: Any, after: dict[str, Any], lost: Sequence[Any] = ()) -> list[Any]:
    """Draws what a repair would make of the segments as dashed contours, at once; returns the models."""
    finish(steps(segmentation_node, after, lost))
    return shown()


def steps(
    segmentation_node: Any, after: dict[str, Any], lost: Sequence[Any] = (), kind: str = ATTRIBUTE
) -> Steps[None]:
    """As `show`, in pieces: white around what would be, red around what would go altogether.

    The models are hidden from lists and never saved.

    A segmentation cannot be dashed in Slicer, so the surface is cut into stripes along x + y + z: every slice through
    it shows dashes, whatever its orientation.

    Args:
        segmentation_node: gives grid, transform and colours.
        after: segment id → `masks.Crop`, as `ReviewSession.repaired` gives.
        lost: crops of what would belong to no segment any more, as `ReviewSession.losing` gives.
        kind: what the models are marked with; those of another kind stay.
    """
    clear(kind)
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
            _add_preview(segmentation_node, append.GetOutput(), colour, kind)
            yield


PREVIEW_POINTS = 30_000
"""Of one model of the preview."""
STAYS, GOES = (1.0, 1.0, 1.0), (1.0, 0.25, 0.2)


def _add_preview(segmentation_node: Any, surface: Any, colour: Sequence[float], kind: str) -> None:
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Proposed repair")
    node.SetAttribute(kind, "1")
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


def shown(kind: str = ATTRIBUTE) -> list[Any]:
    """The models of the preview that is shown."""
    return [n for n in slicer.util.getNodesByClass("vtkMRMLModelNode") if n.GetAttribute(kind)]


def clear(kind: str = ATTRIBUTE) -> None:
    """Takes every preview out of the scene."""
    for node in shown(kind):
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
