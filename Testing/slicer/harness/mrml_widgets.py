"""The qMRML widgets that the panel uses."""

# ruff: noqa: N802, N815 - Slicer's and Qt's own names

from __future__ import annotations

import slicer
from PySide6 import QtCore, QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401


class qMRMLWidget(QtWidgets.QWidget):  # noqa: N801
    """A widget that hands the scene on to its children, as the `.ui` file's connections do in Slicer."""

    mrmlSceneChanged = QtCore.Signal(object)

    def setMRMLScene(self, scene):
        for child in self.findChildren(QtWidgets.QWidget):
            if hasattr(child, "setMRMLScene"):
                child.setMRMLScene(scene)
        self.mrmlSceneChanged.emit(scene)


class qMRMLNodeComboBox(QtWidgets.QComboBox):  # noqa: N801
    """Lists the scene's nodes of some classes; the first entry is none where that is allowed.

    As in the application, a node that comes is listed and not chosen, and one that goes leaves nothing chosen.
    """

    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None
        self._nodes = []
        self._filling = False
        self.sizePolicy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self.currentIndexChanged.connect(self._index_changed)

    def setMRMLScene(self, scene):
        self._scene = scene
        events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent)
        tags = [scene.AddObserver(event, lambda *_: self._fill()) for event in events]
        self.destroyed.connect(lambda *_: [scene.RemoveObserver(tag) for tag in tags])
        self._fill()

    def currentNode(self):
        index = self.currentIndex
        return self._nodes[index] if 0 <= index < len(self._nodes) else None

    def setCurrentNode(self, node):
        wanted = node.GetID() if node is not None else None
        for index, candidate in enumerate(self._nodes):
            if (candidate.GetID() if candidate is not None else None) == wanted:
                self.currentIndex = index
                return
        self.currentIndex = -1

    def _fill(self):
        if self._scene is None or self._scene.IsBatchProcessing():
            return
        before = self.currentNode()
        before_id = before.GetID() if before is not None else None
        self._filling = True
        self.clear()
        none = bool(self.property("noneEnabled"))
        self._nodes = [None] if none else []
        for name in self.property("nodeTypes") or []:
            exact = not self.property("showChildNodeTypes")
            nodes = slicer.util.getNodesByClass(name, self._scene)
            self._nodes += [n for n in nodes if not n.GetHideFromEditors() and (n.GetClassName() == name or not exact)]
        for node in self._nodes:
            self.addItem(self.property("noneDisplay") or "None" if node is None else node.GetName())
        ids = [node.GetID() if node is not None else None for node in self._nodes]
        self.currentIndex = ids.index(before_id) if before_id in ids else (0 if none else -1)
        self._filling = False
        after = self.currentNode()
        if (after.GetID() if after is not None else None) != before_id:
            self.currentNodeChanged.emit(after)

    def _index_changed(self, _index):
        if not self._filling:
            self.currentNodeChanged.emit(self.currentNode())


CLASSES = (qMRMLWidget, qMRMLNodeComboBox)
