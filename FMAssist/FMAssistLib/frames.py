"""Points and voxels between a node's own frame and the world, where nodes lie under transforms.

A check sees a scan without the transforms above it, so that every place it names lies in the scan's own frame; the
views, cameras and cross hairs of Slicer are in the world's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk


def between(source: Any, target: Any) -> Any:
    """The transform from one node's own frame to another's; None where both lie under the same transforms.

    Args:
        source: a transformable node, or None for the world.
        target: the same.
    """
    above = [node.GetParentTransformNode() if node is not None else None for node in (source, target)]
    if above[0] is above[1]:
        return None
    found = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(above[0], above[1], found)
    return found


def to_world(node: Any, point_mm: Sequence[float]) -> list[float]:
    """A point of a node's own frame in the world, RAS mm."""
    transform = between(node, None)
    point = [float(value) for value in point_mm]
    return point if transform is None else list(transform.TransformPoint(point))


def box_through(transform: Any, bounds_mm: Sequence[float]) -> list[float]:
    """The box around a box's corners on the other side of a transform.

    Args:
        transform: as `between` gives; None leaves the box as it is.
        bounds_mm: (x low, x high, y low, y high, z low, z high).
    """
    if transform is None:
        return [float(value) for value in bounds_mm]
    box = vtk.vtkBoundingBox()
    for corner in range(8):
        box.AddPoint(transform.TransformPoint([bounds_mm[2 * n + (corner >> n & 1)] for n in range(3)]))
    found = [0.0] * 6
    box.GetBounds(found)
    return found


def box_to_world(node: Any, bounds_mm: Sequence[float]) -> list[float]:
    """A box of a node's own frame as a box in the world, RAS mm."""
    return box_through(between(node, None), bounds_mm)


def moved(segmentation: Any, transform: Any) -> Any:
    """A copy of a `vtkSegmentation` on the other side of a transform; labelmaps of a rigid one keep their voxels."""
    copy = slicer.vtkSegmentation()
    copy.DeepCopy(segmentation)
    linear = vtk.vtkTransform()
    if slicer.vtkMRMLTransformNode.IsGeneralTransformLinear(transform, linear):
        copy.ApplyLinearTransform(linear)
    else:
        copy.ApplyNonLinearTransform(transform)
    return copy
