"""The table of what the segments are: proposed, corrected by the user, confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import meanings, numbers, present
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.understanding import Reader, Understanding

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
        self._by_hand: dict[str, str] = {}
        """Segment id → structure, where the user set another one than was proposed; `""` for none."""
        self._rows = Idle()
        ui.meaningsTable.columnCount = 3
        ui.meaningsTable.setHorizontalHeaderLabels([_("Segment"), _("Structure"), _("From")])
        header = ui.meaningsTable.horizontalHeader()
        for column in (0, 1):
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch)
        header.setSectionResizeMode(2, qt.QHeaderView.ResizeToContents)
        self.reader = Reader()
        """Asks the library what it reads the segments as; its `command` is replaced in tests."""
        self._understood: Understanding | None = None
        self._maps: dict[str, numbers.Shipped] = {}
        self._filled: tuple[Any, list[str]] = (None, [])
        self._filling_maps = False
        ui.labelMapComboBox.currentIndexChanged.connect(lambda *_arguments: self._map_chosen())

    @property
    def busy(self) -> bool:
        """Whether rows are still being made."""
        return self._rows.busy or self.reader.busy

    @property
    def asking(self) -> bool:
        """Whether the library is still asked what the segments stand for."""
        return self.reader.busy

    @property
    def label_map(self) -> str:
        """Id of the label map that the numbers are read with, `""` where there is none."""
        at = self._ui.labelMapComboBox.currentIndex - 1
        return list(self._maps)[at] if 0 <= at < len(self._maps) else ""

    def close(self) -> None:
        """No row is made any more."""
        self._rows.cancel()
        self.reader.close()

    def fill(self, segmentation_node: Any, structures: list[str], volume_node: Any = None) -> None:
        """Lists the segments of a segmentation, or none; what is seen at once, the rest in pieces.

        Args:
            segmentation_node: anybody's, or None.
            structures: names that the knowledge has.
            volume_node: its scan, or None; tissues tell whose numbers they are.
        """
        self.reader.close()
        self._filled, self._understood = (segmentation_node, structures), None
        self._offer_maps(segmentation_node)
        self._fill()
        if any(meaning.structure is None for meaning in self._meanings):
            self.reader.ask(segmentation_node, volume_node, self._told)

    def _told(self, understood: Understanding | None) -> None:
        """The library has answered; what somebody chose meanwhile stands."""
        agreed = self._ui.confirmNamesCheckBox.checked and any(m.needs_confirmation for m in self._meanings)
        touched = agreed or self.label_map or self._by_hand
        if understood is not None and not touched:
            self._understood = understood
            if understood.label_map in self._maps:
                self._filling_maps = True
                self._ui.labelMapComboBox.currentIndex = list(self._maps).index(understood.label_map) + 1
                self._filling_maps = False
            self._say_why(understood)
            self._fill()
        self._changed()

    def _say_why(self, understood: Understanding | None) -> None:
        """Which map was taken and why, or what cannot be known."""
        text = ""
        if understood is not None and self._maps:
            # The command line's own words for what the list above does.
            why, question = understood.why.partition(" --label-map says")[0], understood.question.partition(": say")[0]
            text = why or (
                _("{question}: choose whose numbers they are.").format(question=question) if question else ""
            )
        self._ui.labelMapWhyLabel.text = text
        self._ui.labelMapWhyLabel.visible = bool(text)

    def _offer_maps(self, segmentation_node: Any) -> None:
        """Asks whose numbers they are, where segments have numbers for names."""
        found = numbers.numbers_of(segmentation_node) if segmentation_node is not None else {}
        for widget in (self._ui.labelMapLabel, self._ui.labelMapComboBox):
            widget.visible = bool(found)
        self._filling_maps = True
        self._ui.labelMapComboBox.clear()
        self._maps = numbers.label_maps() if found else {}
        if found:
            self._ui.labelMapComboBox.addItems([_("choose…"), *(one.title for one in self._maps.values())])
        self._filling_maps = False
        self._say_why(None)

    def _map_chosen(self) -> None:
        if not self._filling_maps:
            self._say_why(None)
            self._fill()
            self._changed()

    def _by_number(self) -> dict[str, str]:
        """Segment id → structure by the label map chosen."""
        if not self.label_map:
            return {}
        known = numbers.names_by_number(self._maps[self.label_map].path)
        found = numbers.numbers_of(self._filled[0])
        return {sid: known[number] for sid, number in found.items() if number in known}

    def _fill(self) -> None:
        segmentation_node, structures = self._filled
        table = self._ui.meaningsTable
        self._rows.cancel()
        self._meanings, self._by_hand = [], {}
        if segmentation_node is not None:
            understood = self._understood.names if self._understood is not None else {}
            self._meanings = meanings.propose(segmentation_node, structures, self._by_number(), understood)
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
        return meanings.confirmed(self._meanings, self._by_hand, self._ui.confirmNamesCheckBox.checked)

    def _set(self, meaning: meanings.Meaning, combo: Any) -> None:
        """The user chose, or is typing; reading a hundred lists again at each look would take 20 ms."""
        text = combo.currentText.strip()
        self._by_hand.pop(meaning.segment_id, None)
        if text != (meaning.structure or ""):
            self._by_hand[meaning.segment_id] = text
        self._changed()

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
            combo.currentTextChanged.connect(lambda *_arguments, combo=combo, of=meaning: self._set(of, combo))
            table.setCellWidget(row, 1, combo)
            yield


def source_words(source: str) -> str:
    """Where a meaning was taken from, in words."""
    words = {"terminology": _("code"), "name": _("name"), "number": _("number"), "user": _("you")}
    return words.get(source, "–")
