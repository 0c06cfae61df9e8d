"""The Segment Editor as far as a module talks to it, and what it says at the first stroke on a hidden segment."""

# ruff: noqa: N802 - Slicer's own names

from __future__ import annotations

import slicer


class Editor:
    """Records what it was told; `stroke` asks what the real one asks (qMRMLSegmentEditorWidget)."""

    def __init__(self):
        self.calls = []
        self.segmentation_node = self.current = self.source = None

    def setSegmentationNode(self, node):
        self.calls.append(("setSegmentationNode", node))
        self.segmentation_node = node

    def setSourceVolumeNode(self, node):
        self.calls.append(("setSourceVolumeNode", node))
        self.source = node

    def setCurrentSegmentID(self, sid):
        self.calls.append(("setCurrentSegmentID", sid))
        self.current = sid

    def stroke(self):
        """A first stroke: the segment has to be seen, or the editor asks whether it shall be."""
        display = self.segmentation_node.GetDisplayNode()
        if not display.GetVisibility() or not display.GetSegmentVisibility(self.current):
            slicer.util.confirmOkCancelDisplay("The current segment is not visible. Do you want to make it visible?")
