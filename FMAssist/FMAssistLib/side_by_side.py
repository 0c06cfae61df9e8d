"""Two results over the same scan in two views side by side, moved together, with what differs outlined.

Each result is drawn in its own view alone and stays gated there as it is. Outlined is where the two differ, structure
by structure.
"""

from __future__ import annotations

from typing import Any

import slicer

from FMAssistLib import display, masks, preview, repairs, views
from FMAssistLib.idle import Steps
from FMAssistLib.session import ReviewSession

DIFFERENCE = "FMAssistDifference"
"""Marks the models that outline what differs."""
VIEWS = ("Red", "Yellow")
"""The two views of Slicer's side-by-side layout, left and right."""


class SideBySide:
    """Shows two results, and puts the views back afterwards."""

    def __init__(self) -> None:
        self._nodes: tuple[Any, Any] | None = None
        self._layout: int | None = None
        self._orientations: dict[str, str] = {}

    @property
    def on(self) -> bool:
        """Whether two results are shown."""
        return self._nodes is not None

    def showing(self, left: ReviewSession, right: ReviewSession) -> Steps[None]:
        """Shows two results, in pieces.

        Args:
            left: drawn in the left view alone.
            right: drawn in the right view alone.
        """
        self.leave()
        self._nodes = left.segmentation_node, right.segmentation_node
        layout = slicer.app.layoutManager()
        node = _layout_node()
        if layout is not None and node is not None:
            self._layout = node.GetViewArrangement()
            node.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView)
        for name, segmentation_node in zip(VIEWS, self._nodes, strict=True):
            display.switch(segmentation_node, True)
            view = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")
            if view is not None:
                self._orientations[name] = view.GetOrientation()
                view.SetOrientation("Axial")
                for one in views.display_nodes(segmentation_node):
                    one.SetViewNodeIDs([view.GetID()])
        self._link(True)
        volume = left.volume_node or right.volume_node
        if volume is not None:
            views.show_volume(volume)
        yield
        yield from preview.steps(left.segmentation_node, {}, (yield from differing(left, right)), DIFFERENCE)

    def leave(self) -> None:
        """Puts layout and views back; the second result is for the caller to switch off."""
        preview.clear(DIFFERENCE)
        if self._nodes is None:
            return
        for segmentation_node in self._nodes:
            if segmentation_node.GetScene() is not None:
                for one in views.display_nodes(segmentation_node):
                    one.RemoveAllViewNodeIDs()
        for name, orientation in self._orientations.items():
            view = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")
            if view is not None:
                view.SetOrientation(orientation)
        self._link(False)
        node = _layout_node()
        if self._layout is not None and node is not None:
            node.SetViewArrangement(self._layout)
        self._nodes, self._layout, self._orientations = None, None, {}

    def _link(self, on: bool) -> None:
        for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
            if composite.GetLayoutName() in VIEWS:
                composite.SetLinkedControl(on)
                composite.SetHotLinkedControl(on)


def differing(left: ReviewSession, right: ReviewSession) -> Steps[list[masks.Crop]]:
    """The voxels that one result gives to a structure and the other does not, structure by structure, in pieces.

    Both lie on the grid of the same scan. A structure that only one of them has differs as a whole.
    """
    crops = []
    for session in (left, right):
        found = yield from masks.read_crops(session.segmentation_node)
        crops.append({name: [found[sid] for sid in ids if sid in found] for name, ids in session.ids_by_name.items()})
    differences = []
    for name in dict.fromkeys([*crops[0], *crops[1]]):
        ours, theirs = (own.get(name, []) for own in crops)
        for mine, others in ((ours, theirs), (theirs, ours)):
            for crop in mine:
                alone = yield from repairs.without(crop, others)
                if alone.mask.any():
                    differences.append(masks.cropped(alone))
                yield
    return differences


def _layout_node() -> Any:
    nodes = slicer.util.getNodesByClass("vtkMRMLLayoutNode")
    return nodes[0] if nodes else None
