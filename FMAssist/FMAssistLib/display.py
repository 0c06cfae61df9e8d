"""Which result is on display: exactly one, on all of its display nodes, and in front of its own scan.

Slicer draws every segmentation of the scene at once, the later ones on top. An earlier result that stays on would show
what the present one hides, so a result is switched off as soon as another one is looked at.
"""

from __future__ import annotations

from typing import Any

import slicer

from FMAssistLib import storage, views


def show_only(segmentation_node: Any) -> None:
    """Shows one reviewed result, or none, and switches all others off with their highlights.

    Args:
        segmentation_node: made by this module, or None.
    """
    for node in storage.reviewed(slicer.mrmlScene):
        if node is not segmentation_node and seen(node):
            views.clear_highlight(node)
            switch(node, False)
    if segmentation_node is not None:
        switch(segmentation_node, True)


def switch(segmentation_node: Any, on: bool) -> None:
    """Switches a segmentation on or off, on every display node that it has."""
    segmentation_node.CreateDefaultDisplayNodes()
    for display in views.display_nodes(segmentation_node):
        if bool(display.GetVisibility()) != on:
            display.SetVisibility(on)


def seen(segmentation_node: Any) -> bool:
    """Whether any of a segmentation's display nodes is on."""
    return any(display.GetVisibility() for display in views.display_nodes(segmentation_node))


def bring_scan_up(volume_node: Any) -> None:
    """Puts a scan into the slice views that have no background yet; those that somebody filled stay as they are."""
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    if volume_node is not None and not any(node.GetBackgroundVolumeID() for node in composites):
        views.show_volume(volume_node)


def remember_scan(volume_node: Any) -> None:
    """Writes into a scene without views that its scan is to be the background of the slice views.

    Slicer's layout makes the views' own nodes; where there is no layout, a scene that is saved would say nothing of
    them and open with black views. The nodes are singletons, so that the layout's own take their values over.
    """
    scene = slicer.mrmlScene
    for name, letter, orientation in SLICES:
        tag = scene.GetSingletonNode(name, "vtkMRMLSliceCompositeNode")
        composite = tag or slicer.vtkMRMLSliceCompositeNode()
        composite.SetBackgroundVolumeID(volume_node.GetID())
        if tag is None:
            composite.SetSingletonTag(name)
            composite.SetLayoutName(name)
            composite.SetName(name)
            scene.AddNode(composite)
        if scene.GetSingletonNode(name, "vtkMRMLSliceNode") is None:
            view = slicer.vtkMRMLSliceNode()
            view.SetSingletonTag(name)
            view.SetLayoutName(name)
            view.SetLayoutLabel(letter)
            view.SetName(name)
            view.SetDefaultOrientation(orientation)
            view = scene.AddNode(view)
            view.SetOrientation(orientation)
            _centre(view, volume_node)


SLICES = (("Red", "R", "Axial"), ("Green", "G", "Coronal"), ("Yellow", "Y", "Sagittal"))
"""Slicer's three slice views: name, letter, orientation."""


def _centre(slice_node: Any, volume_node: Any) -> None:
    bounds = [0.0] * 6
    volume_node.GetRASBounds(bounds)
    slice_node.JumpSliceByCentering(*[(bounds[2 * n] + bounds[2 * n + 1]) / 2 for n in range(3)])
    widest = max(bounds[2 * n + 1] - bounds[2 * n] for n in range(3))
    slice_node.SetFieldOfView(widest, widest, slice_node.GetFieldOfView()[2])
