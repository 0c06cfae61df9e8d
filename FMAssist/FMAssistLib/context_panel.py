"""The clinical context: filled from DICOM once for each scan, and edited by whoever knows more."""

from __future__ import annotations

from typing import Any

import qt

from FMAssistLib import curators
from FMAssistLib.parameters import NOTHING_KNOWN, Parameters, context_from_dicom


class ContextPanel:
    """What is known of the patient.

    Args:
        ui: the loaded panel's widgets.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._parameters: Parameters | None = None
        self._filling = False
        ui.historyList.itemChanged.connect(self._history_changed)
        self.fill_history("")

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Shows other parameters."""
        self._parameters = parameters
        self._tick_history()

    def refresh(self) -> None:
        """Fills the context once for each scan; nothing known of one patient is carried over to the next."""
        parameters = self._parameters
        volume = parameters.inputVolume if parameters is not None else None
        if volume is None or parameters.contextOf == volume.GetID():
            return
        known = {**NOTHING_KNOWN, **context_from_dicom(volume)} if parameters.contextOf else context_from_dicom(volume)
        parameters.contextOf = volume.GetID()
        for name, value in known.items():
            setattr(parameters, name, value)
        self._tick_history()

    def fill_history(self, folder: str) -> None:
        """Lists the histories that the knowledge knows."""
        self._filling = True
        self._ui.historyList.clear()
        for key, label in curators.histories(folder):
            item = qt.QListWidgetItem(label)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable | qt.Qt.ItemIsSelectable)
            item.setData(qt.Qt.UserRole, key)
            item.setCheckState(qt.Qt.Unchecked)
            self._ui.historyList.addItem(item)
        self._filling = False
        self._tick_history()

    def _tick_history(self) -> None:
        if self._parameters is None:
            return
        chosen = self._parameters.history.split()
        self._filling = True
        for row in range(self._ui.historyList.count):
            item = self._ui.historyList.item(row)
            item.setCheckState(qt.Qt.Checked if item.data(qt.Qt.UserRole) in chosen else qt.Qt.Unchecked)
        self._filling = False

    def _history_changed(self, *_arguments: object) -> None:
        if self._filling or self._parameters is None:
            return
        items = [self._ui.historyList.item(row) for row in range(self._ui.historyList.count)]
        self._parameters.history = " ".join(
            str(item.data(qt.Qt.UserRole)) for item in items if item.checkState() == qt.Qt.Checked
        )
