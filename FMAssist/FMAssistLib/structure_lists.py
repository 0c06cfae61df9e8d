"""Lists of structures to choose from, which share one model: a segmentation may have more than a hundred rows."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import meanings
from FMAssistLib.library import add_library_to_path


class StructureLists:
    """Makes combo boxes of the structures that the knowledge has."""

    def __init__(self) -> None:
        self._names: list[str] | None = None
        self._model: Any = None

    def names(self) -> list[str]:
        """Names of the structures; empty when the installation is incomplete."""
        if self._names is None:
            add_library_to_path()
            try:
                from fmassist.errors import FMAssistError
                from fmassist.resources import resource

                self._names = meanings.known_structures(resource("label_maps", "totalsegmentator_total.sssom.tsv"))
            except (ImportError, FMAssistError, OSError):
                self._names = []
        return self._names

    def combo(self, current: str) -> Any:
        """A list with one structure chosen."""
        if self._model is None:
            self._model = qt.QStringListModel(["", *self.names()])
        combo = qt.QComboBox()
        combo.editable = True
        combo.insertPolicy = qt.QComboBox.NoInsert
        combo.setModel(self._model)
        combo.toolTip = _("The structure that this is; type to search.")
        self.choose(combo, current)
        return combo

    def choose(self, combo: Any, current: str) -> None:
        """Chooses a structure, or writes what is none."""
        names = self.names()
        combo.currentIndex = names.index(current) + 1 if current in names else 0
        if current not in names:
            combo.lineEdit().text = current
