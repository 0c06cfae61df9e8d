"""The list of reviewed results in a scene, of which one is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk
from slicer.util import VTKObservationMixin

from FMAssistLib import storage


class ResultsList(VTKObservationMixin):
    """Names the results, as they are called now.

    Args:
        ui: the loaded panel's widgets.
        chosen: called with the node that the user chose.
    """

    def __init__(self, ui: Any, chosen: Callable[[Any], None]) -> None:
        super().__init__()
        self._ui, self._chosen = ui, chosen
        self.nodes: list[Any] = []
        self._names: list[str] = []
        # Qt 5 has a signal of the same name that tells the text: the widget is asked instead.
        ui.resultComboBox.currentIndexChanged.connect(lambda *_arguments: self._picked())

    def refresh(self, current: Any = None) -> None:
        """Lists what is there, with the one looked at chosen.

        Args:
            current: the segmentation node looked at, or None.
        """
        nodes = storage.reviewed(slicer.mrmlScene)
        names = [node.GetName() for node in nodes]
        combo = self._ui.resultComboBox
        blocked = combo.blockSignals(True)
        if nodes != self.nodes or names != self._names:
            combo.clear()
            combo.addItems(names)
        if nodes != self.nodes:
            self.removeObservers()
            for node in nodes:
                self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._renamed)
        self.nodes, self._names = nodes, names
        if current in nodes:
            combo.currentIndex = nodes.index(current)
        combo.blockSignals(blocked)
        self._ui.resultsWidget.visible = len(nodes) > 1

    def close(self) -> None:
        """The module goes away."""
        self.removeObservers()

    def _renamed(self, node: Any, _event: Any = None) -> None:
        at = self.nodes.index(node) if node in self.nodes else -1
        if at >= 0 and node.GetName() != self._names[at]:
            self._names[at] = node.GetName()
            self._ui.resultComboBox.setItemText(at, node.GetName())

    def _picked(self) -> None:
        index = self._ui.resultComboBox.currentIndex
        if 0 <= index < len(self.nodes):
            self._chosen(self.nodes[index])
