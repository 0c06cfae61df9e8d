"""The list of findings: those to decide, by cause and worst first, each with its followers folded under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import grouping, icons, measuring, present

MOST_HEIGHT_PX = 220
"""Of one row; the whole text stands above the decision buttons."""


class FindingsTree:
    """Shows findings and tells which one is chosen.

    Args:
        tree: a `QTreeWidget` of two columns.
        chosen: called with the id of the finding chosen, or None.
    """

    def __init__(self, tree: Any, chosen: Callable[[str | None], None]) -> None:
        self._tree, self._chosen = tree, chosen
        self._items: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._filling = False
        self.order: list[str] = []
        """Ids of the findings to decide, in the order of the list."""
        tree.setHeaderLabels([_("Finding"), _("Decision")])
        header = tree.header()
        header.stretchLastSection = False
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        header.setSectionResizeMode(1, qt.QHeaderView.ResizeToContents)
        tree.indentation = 12
        # The panel gets its width after it is filled, and may be drawn wider at any time.
        header.sectionResized.connect(lambda *_arguments: self._fit_rows())
        tree.itemExpanded.connect(lambda *_arguments: self._fit_rows())
        tree.currentItemChanged.connect(self._changed)

    def fill(self, findings: Sequence[Mapping[str, Any]], causes: Sequence[Mapping[str, Any]]) -> None:
        """Shows other findings; none is chosen."""
        self._filling = True
        self._tree.clear()
        self._items, self._texts, self.order = {}, {}, []
        for group in grouping.grouped(findings, causes):
            top = self._row(self._tree, group.lead) if group.lead is not None else self._information(group)
            if group.lead is not None:
                self.order.append(group.lead["id"])
            for follower in group.followers:
                self._row(top, follower)
        self._filling = False
        self._fit_rows()

    def select(self, finding_id: str | None) -> None:
        """Chooses a finding, as a click on it does."""
        item = self._items.get(finding_id) if finding_id is not None else None
        if item is not None and item.parent() is not None:
            item.parent().setExpanded(True)
        self._tree.setCurrentItem(item)

    def mark(self, decisions: Mapping[str, str]) -> None:
        """Writes decisions beside their findings: finding id → words."""
        for finding_id, item in self._items.items():
            text = decisions.get(finding_id, "")
            if item.text(1) != text:
                item.setText(1, text)

    def _row(self, parent: Any, finding: Mapping[str, Any]) -> Any:
        item = qt.QTreeWidgetItem(parent)
        text = f"{present.names_of(finding)}: {finding['message']}"
        item.setText(0, text)
        item.setIcon(0, icons.of_severity(finding["severity"], self._tree.style()))
        words = {"block": _("implausible"), "review": _("needs review"), "info": _("for information")}
        names = ", ".join(present.structure_name(name) for name in finding["segments"])
        item.setToolTip(0, present.tip("{} ({}): {}".format(words.get(finding["severity"], ""), names, text)))
        item.setData(0, qt.Qt.UserRole, finding["id"])
        self._items[finding["id"]], self._texts[finding["id"]] = item, text
        return item

    def _information(self, group: grouping.Group) -> Any:
        item = qt.QTreeWidgetItem(self._tree)
        item.setText(0, _("For information: {findings}").format(findings=present.count_of(len(group.followers))))
        item.setIcon(0, icons.of_severity("info", self._tree.style()))
        return item

    def _fit_rows(self) -> None:
        """Gives every row room for whole sentences; Qt's tree wraps text but does not make room for it."""
        if self._filling:
            return
        tree = self._tree
        for finding_id, item in self._items.items():
            parent = item.parent()
            if parent is not None and not parent.isExpanded():
                continue  # Measured once it is seen.
            depth = 2 if parent is not None else 1
            room = tree.columnWidth(0) - depth * int(tree.indentation) - icons.ICON - 12
            height = measuring.height_of(self._texts[finding_id], tree.font, room)
            item.setSizeHint(0, qt.QSize(0, min(height, MOST_HEIGHT_PX) + 8))

    def _changed(self, current: Any, _previous: Any = None) -> None:
        if self._filling:
            return
        found = current.data(0, qt.Qt.UserRole) if current is not None else None
        self._chosen(str(found) if found else None)
