"""The table of what the segments are: proposed, corrected by the user, confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import meanings, numbers, present
from FMAssistLib.idle import Idle, Steps

ROWS_AT_ONCE = 16
"""More than are seen; the lists of a hundred rows would take 50 ms in one go."""


class MeaningsTable:
    """One row a segment, with a list of structures to choose from.

    Args:
        ui: the loaded panel's widgets.
        changed: called when the user chose another structure.
        combo: makes a list of structures with one of them chosen.
    """

    def __init__(self, ui: Any, changed: Callable[[], None], combo: Callable[[str], Any]) -> None:
        self._ui, self._changed, self._combo = ui, changed, combo
        self._meanings: list[meanings.Meaning] = []
        self._rows = Idle()
        ui.meaningsTable.columnCount = 3
        ui.meaningsTable.setHorizontalHeaderLabels([_("Segment"), _("Structure"), _("From")])
        header = ui.meaningsTable.horizontalHeader()
        for column in (0, 1):
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch)
        header.setSectionResizeMode(2, qt.QHeaderView.ResizeToContents)
        self._maps: dict[str, Any] = {}
        self._filled: tuple[Any, list[str]] = (None, [])
        self._filling_maps = False
        ui.labelMapComboBox.currentIndexChanged.connect(lambda *_arguments: self._map_chosen())

    @property
    def busy(self) -> bool:
        """Whether rows are still being made."""
        return self._rows.busy

    def close(self) -> None:
        """No row is made any more."""
        self._rows.cancel()

    def fill(self, segmentation_node: Any, structures: list[str]) -> None:
        """Lists the segments of a segmentation, or none; what is seen at once, the rest in pieces."""
        self._filled = (segmentation_node, structures)
        self._offer_maps(segmentation_node)
        self._fill()

    def _offer_maps(self, segmentation_node: Any) -> None:
        """Asks whose numbers they are, where segments have numbers for names."""
        found = numbers.numbers_of(segmentation_node) if segmentation_node is not None else {}
        for widget in (self._ui.labelMapLabel, self._ui.labelMapComboBox):
            widget.visible = bool(found)
        self._filling_maps = True
        self._ui.labelMapComboBox.clear()
        self._maps = {}
        if found:
            maps = numbers.label_maps()
            first = numbers.candidates(found.values(), maps)
            self._maps = {name: maps[name] for name in [*first, *(name for name in maps if name not in first)]}
            self._ui.labelMapComboBox.addItem(_("choose…"))
            for name in self._maps:
                self._ui.labelMapComboBox.addItem(numbers.title_of(name))
        self._filling_maps = False

    def _map_chosen(self) -> None:
        if not self._filling_maps:
            self._fill()
            self._changed()

    def _by_number(self) -> dict[str, str]:
        """Segment id → structure by the label map chosen."""
        at = self._ui.labelMapComboBox.currentIndex - 1
        if not 0 <= at < len(self._maps):
            return {}
        known = numbers.names_by_number(list(self._maps.values())[at])
        found = numbers.numbers_of(self._filled[0])
        return {sid: known[number] for sid, number in found.items() if number in known}

    def _fill(self) -> None:
        segmentation_node, structures = self._filled
        table = self._ui.meaningsTable
        self._rows.cancel()
        self._meanings = []
        if segmentation_node is not None:
            self._meanings = meanings.propose(segmentation_node, structures, self._by_number())
        self._ui.confirmNamesCheckBox.checked = False
        table.rowCount = 0
        table.rowCount = len(self._meanings)
        steps = self._filling()
        for _row in range(min(ROWS_AT_ONCE, len(self._meanings))):
            next(steps)
        self._rows.run(steps)
        self._ui.confirmNamesCheckBox.visible = any(meaning.needs_confirmation for meaning in self._meanings)

    @property
    def numbered(self) -> bool:
        """Whether segments have numbers for names."""
        return bool(self._maps)

    def confirmed(self) -> dict[str, str]:
        """Segment id → structure, as far as it may be used."""
        chosen = {}
        for row, meaning in enumerate(self._meanings):
            combo = self._ui.meaningsTable.cellWidget(row, 1)
            # A row that has no list yet stands as it was proposed.
            text = combo.currentText.strip() if combo is not None else meaning.structure or ""
            if text != (meaning.structure or ""):
                chosen[meaning.segment_id] = text
        return meanings.confirmed(self._meanings, chosen, self._ui.confirmNamesCheckBox.checked)

    def waiting(self) -> int:
        """How many segments have a name that only needs the user's yes."""
        usable = self.confirmed()
        return sum(1 for m in self._meanings if m.needs_confirmation and m.segment_id not in usable)

    def _filling(self) -> Steps[None]:
        table = self._ui.meaningsTable
        for row, meaning in enumerate(self._meanings):
            for column, text in ((0, meaning.segment_name), (2, source_words(meaning.source))):
                item = qt.QTableWidgetItem(text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                item.setToolTip(present.tip(text))
                table.setItem(row, column, item)
            combo = self._combo(meaning.structure or "")
            combo.currentTextChanged.connect(lambda *_arguments: self._changed())
            table.setCellWidget(row, 1, combo)
            yield


def source_words(source: str) -> str:
    """Where a meaning was taken from, in words."""
    words = {"terminology": _("code"), "name": _("name"), "number": _("number"), "user": _("you")}
    return words.get(source, "–")
