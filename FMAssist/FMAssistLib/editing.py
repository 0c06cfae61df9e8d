"""A result handed to Slicer's Segment Editor and taken back from it.

The editor asks at the first stroke whether a hidden segment may be shown, so what is to be edited is shown while it is
edited, and nothing else; the gate shuts again when the panel is opened, and when the scene is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer

from FMAssistLib import views
from FMAssistLib.session import ReviewSession


def open_editor(session: ReviewSession, ids: Sequence[str]) -> None:
    """Opens the Segment Editor on the first of some segments, all of them shown in full."""
    show_for_editing(session.segmentation_node, ids)
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
    editor.setSegmentationNode(session.segmentation_node)
    if session.volume_node is not None:
        editor.setSourceVolumeNode(session.volume_node)
    if ids:
        editor.setCurrentSegmentID(ids[0])


def show_for_editing(segmentation_node: Any, ids: Sequence[str]) -> None:
    """Shows segments as the editor wants them: visible, filled and outlined."""
    for display in views.display_nodes(segmentation_node):
        for sid in ids:
            display.SetSegmentVisibility(sid, True)
            display.SetSegmentVisibility2DFill(sid, True)
            display.SetSegmentVisibility2DOutline(sid, True)
