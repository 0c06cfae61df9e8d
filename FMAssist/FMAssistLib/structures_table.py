"""Every structure of a result with its state and score, worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import icons, present
from FMAssistLib.idle import Idle, Steps

WORST_FIRST = ("blocked", "open", "not_judged", "decided", "plausible")
ROWS_AT_ONCE = 24
"""More than are seen at once; the rest follows in pieces."""


def state_of(segment: Mapping[str, Any], open_severities: set[str], has_findings: bool) -> str:
    """How far a structure is: `blocked`, `open`, `decided`, `not_judged` or `plausible`.

    Args:
        segment: as in `findings.json`.
        open_severities: of its findings that nobody has decided.
        has_findings: whether it has any above `info`.
    """
    if "block" in open_severities:
        return "blocked"
    if open_severities:
        return "open"
    if has_findings:
        return "decided"
    return "plausible" if segment.get("status") == "plausible" else "not_judged"


class StructuresTable:
    """The table.

    Args:
        table: a `QTableWidget`.
        chosen: called with the name of the structure that was clicked.
    """

    def __init__(self, table: Any, chosen: Callable[[str], None]) -> None:
        self._table, self._rows = table, Idle()
        self._names: list[str] = []
        table.columnCount = 3
        table.setHorizontalHeaderLabels([_("Structure"), _("Outline wrong"), _("Findings")])
        table.horizontalHeader().setSectionResizeMode(0, qt.QHeaderView.Stretch)
        for column in (1, 2):
            table.horizontalHeader().setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        # The side stands at the end of a name: of two long ones, it is what tells them apart.
        table.textElideMode = qt.Qt.ElideMiddle
        table.wordWrap = False  # what wraps is cut off at the end
        table.verticalHeader().visible = False
        table.verticalHeader().defaultSectionSize = icons.ICON + 8
        table.cellClicked.connect(lambda row, _column: chosen(self._names[row]) if row < len(self._names) else None)

    @property
    def busy(self) -> bool:
        """Whether rows are still being made."""
        return self._rows.busy

    def close(self) -> None:
        """No row is made any more."""
        self._rows.cancel()

    def fill(self, review: Any) -> None:
        """Lists the structures of a review, or none."""
        self._rows.cancel()
        rows = rows_of(review) if review is not None else []
        self._names = [row["name"] for row in rows]
        self._table.rowCount = len(rows)
        self._table.setColumnHidden(1, not any(row["score"] is not None for row in rows))
        steps = self._filling(rows)
        for _row in range(min(ROWS_AT_ONCE, len(rows))):
            next(steps)
        self._rows.run(steps)

    def _filling(self, rows: list[dict[str, Any]]) -> Steps[None]:
        said = {
            "blocked": _("implausible, not decided"),
            "open": _("needs review"),
            "decided": _("decided"),
            "plausible": _("plausible"),
            "not_judged": _("not judged"),
        }
        for number, row in enumerate(rows):
            score = "" if row["score"] is None else f"{round(100 * row['score'])}\u00a0%"
            for column, text in enumerate((present.structure_name(row["name"]), score, str(row["findings"] or ""))):
                item = qt.QTableWidgetItem(text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                item.setToolTip(present.tip(f"{present.structure_name(row['name'])}: {said[row['state']]}"))
                if column == 0:
                    item.setIcon(icons.of_state(row["state"]))
                self._table.setItem(number, column, item)
            yield


def rows_of(review: Any) -> list[dict[str, Any]]:
    """The rows: name, state, probability in 0–1 that the outline is wrong or None, and findings; worst first."""
    rows = []
    findings = [f for f in review.findings if f["severity"] != "info"]
    for segment in review.result.get("segments", []):
        own = [f for f in findings if segment["name"] in f["segments"]]
        left = {f["severity"] for f in own if review.decision_on(f["id"]) is None}
        score = segment.get("wrong_probability")
        rows.append(
            {
                "name": segment["name"],
                "state": state_of(segment, left, bool(own)),
                "score": float(score) if isinstance(score, (int, float)) else None,
                "findings": len(own),
            }
        )
    return sorted(rows, key=lambda r: (WORST_FIRST.index(r["state"]), 1.0 if r["score"] is None else -r["score"]))
