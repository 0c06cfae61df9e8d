"""What *Check anatomy* in the context menu of a segmentation does; the plug-in itself is the file beside this one."""

from __future__ import annotations

from typing import Any

import slicer


def register() -> None:
    """Adds the plug-in when the application has started; nothing happens where there is no subject hierarchy."""
    try:
        from FMAssistLib import FMAssistSubjectHierarchyPlugin as plugin
    except ImportError:
        return
    # Slicer reads the file itself, and looks in it for a class of the file's name; it registers itself.
    slicer.qSlicerSubjectHierarchyScriptedPlugin(None).setPythonSource(plugin.__file__)


def segmentation_of(item: int) -> Any:
    """The segmentation behind an item of the subject hierarchy, or None."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    node = hierarchy.GetItemDataNode(item) if hierarchy is not None and item else None
    return node if node is not None and node.IsA("vtkMRMLSegmentationNode") else None


def open_on(segmentation_node: Any) -> None:
    """Opens the module on a segmentation, ready to be checked; its scan is chosen with it."""
    from FMAssistLib.parameters import Task

    slicer.util.selectModule("FMAssist")
    widget = slicer.util.getModuleWidget("FMAssist")
    widget.ui.inputsCollapsibleButton.collapsed = False
    parameters = widget.logic.getParameterNode()
    parameters.task = Task.CHECK
    parameters.inputSegmentation = segmentation_node
