"""The middle of the panel: verdict, findings, the explanation of one, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import curators, present, views
from FMAssistLib.session import ReviewSession


class VerdictPanel:
    """One result under review.

    Args:
        ui: the loaded panel's widgets.
        decided: called after every change of the review.
        reviewer: gives the reviewer's name.
    """

    def __init__(self, ui: Any, decided: Callable[[], None], reviewer: Callable[[], str]) -> None:
        self._ui = ui
        self._decided = decided
        self._reviewer = reviewer
        self._items: dict[str, Any] = {}
        self._filling = False
        self.session: ReviewSession | None = None
        self.selected: str | None = None
        self.edited: set[str] = set()
        self.void = False
        self.knowledge_folder = ""
        ui.findingsTree.setHeaderLabels([_("Structures"), _("Finding"), _("Decision")])
        header = ui.findingsTree.header()
        header.stretchLastSection = False
        for column, mode in enumerate((qt.QHeaderView.Interactive, qt.QHeaderView.Stretch, qt.QHeaderView.Interactive)):
            header.setSectionResizeMode(column, mode)
        ui.findingsTree.setColumnWidth(0, 110)
        ui.findingsTree.setColumnWidth(2, 75)
        ui.findingsTree.currentItemChanged.connect(self._selection_changed)
        ui.previewCheckBox.toggled.connect(lambda *_arguments: self._preview())
        ui.acceptButton.clicked.connect(self.accept)
        ui.rejectButton.clicked.connect(self.reject)
        ui.keepButton.clicked.connect(self.keep)
        ui.undoButton.clicked.connect(self.undo)
        ui.editButton.clicked.connect(self.edit)
        ui.reasonComboBox.editTextChanged.connect(lambda *_arguments: self._update_buttons())
        self.show(None)

    def show(self, session: ReviewSession | None) -> None:
        """Shows another result, or none."""
        views.clear_preview()
        self.session = session
        self.selected = None
        self.edited = set()
        self._fill()

    def set_void(self, void: bool) -> None:
        """Whether the signature is void; a valid one locks the decisions."""
        self.void = void
        self._update_buttons()

    def leave(self) -> None:
        """Takes preview and highlight out of the views."""
        views.clear_preview()
        if self.session is not None and self.session.segmentation_node.GetScene() is not None:
            views.clear_highlight(self.session.segmentation_node)
            self.session.apply_gate()

    def refresh(self) -> None:
        """Brings verdict line, decisions and buttons up to date with the review."""
        session, ui = self.session, self._ui
        has = session is not None
        ui.detailsWidget.visible = has
        if not has:
            ui.verdictLabel.text = _("No result yet.")
            ui.verdictLabel.styleSheet = ""
            ui.causeLabel.visible = False
        else:
            text, colour = present.verdict_line(session.review.result, len(session.review.open_findings()))
            ui.verdictLabel.text = text
            ui.verdictLabel.styleSheet = (
                f"background-color: {colour}; color: white; font-weight: bold; padding: 6px; border-radius: 3px;"
            )
            cause = present.cause_line(session.review.result)
            ui.causeLabel.text = cause
            ui.causeLabel.visible = bool(cause)
            for finding_id, item in self._items.items():
                decision = session.review.decision_on(finding_id)
                item.setText(2, present.decision_text(decision) if decision else "")
        self._explain()
        self._update_buttons()

    # Decisions

    def accept(self, *_arguments: object) -> None:
        """Accepts the selected finding's repair."""
        with slicer.util.tryWithErrorDisplay(_("The repair could not be carried out."), waitCursor=True):
            views.clear_preview()
            self.session.accept_repair(self.selected, self._reviewer())
            self._after_decision()

    def reject(self, *_arguments: object) -> None:
        """Rejects the selected finding's segments."""
        with slicer.util.tryWithErrorDisplay(_("The decision could not be recorded.")):
            self.session.reject(self.selected, self._reviewer())
            self._after_decision()

    def keep(self, *_arguments: object) -> None:
        """Keeps the selected finding's segments, for the reason written."""
        with slicer.util.tryWithErrorDisplay(_("The decision could not be recorded.")):
            self.session.keep(self.selected, self._reviewer(), self._ui.reasonComboBox.currentText)
            self._after_decision()

    def undo(self, *_arguments: object) -> None:
        """Takes back the last decision."""
        with slicer.util.tryWithErrorDisplay(_("The decision could not be taken back."), waitCursor=True):
            self.session.undo()
            self._after_decision()

    def edit(self, *_arguments: object) -> None:
        """Opens the Segment Editor on the selected finding's first segment."""
        finding = self.session.finding(self.selected)
        self.edited.add(self.selected)
        ids = self.session.segment_ids(finding["segments"])
        self.leave()
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(self.session.segmentation_node)
        if self.session.volume_node is not None:
            editor.setSourceVolumeNode(self.session.volume_node)
        if ids:
            editor.setCurrentSegmentID(ids[0])

    def select(self, finding_id: str) -> None:
        """Selects a finding, as a click on it does."""
        self._ui.findingsTree.setCurrentItem(self._items[finding_id])

    # Within

    def _fill(self) -> None:
        self._filling = True
        tree = self._ui.findingsTree
        tree.clear()
        self._items = {}
        if self.session is not None:
            style = tree.style()
            icons = {
                "block": style.standardIcon(qt.QStyle.SP_MessageBoxCritical),
                "review": style.standardIcon(qt.QStyle.SP_MessageBoxWarning),
                "info": style.standardIcon(qt.QStyle.SP_MessageBoxInformation),
            }
            words = {"block": _("implausible"), "review": _("needs review"), "info": _("for information")}
            for finding in self.session.findings:
                item = qt.QTreeWidgetItem(tree)
                item.setText(0, present.names_of(finding))
                item.setText(1, finding["message"])
                item.setIcon(0, icons.get(finding["severity"], icons["info"]))
                item.setToolTip(0, "{}: {}".format(words.get(finding["severity"], ""), ", ".join(finding["segments"])))
                item.setToolTip(1, finding["message"])
                item.setData(0, qt.Qt.UserRole, finding["id"])
                item.setSizeHint(1, qt.QSize(0, self._row_height(finding["message"])))
                self._items[finding["id"]] = item
        self._filling = False
        reasons = self._ui.reasonComboBox
        if not reasons.count:
            from FMAssistLib.library import add_library_to_path

            add_library_to_path()
            try:
                from fmassist.review import KEEP_REASONS
            except ImportError:
                KEEP_REASONS = ()  # noqa: N806 - the library's own name; without it nothing can be decided anyway
            reasons.addItems([_(reason) for reason in KEEP_REASONS])
            reasons.currentIndex = -1
            reasons.lineEdit().placeholderText = _("Reason for keeping it")
        self.refresh()

    def _row_height(self, message: str) -> int:
        """Room for the whole sentence, up to three lines; Qt's tree wraps text but does not make room for it."""
        metrics = qt.QFontMetrics(self._ui.findingsTree.font)
        room = max(100, self._ui.findingsTree.columnWidth(1) - 10)
        lines = min(3, -(-len(message) * metrics.averageCharWidth() // room) or 1)
        return lines * metrics.lineSpacing() + 6

    def _selection_changed(self, current: Any, _previous: Any = None) -> None:
        if self._filling:
            return
        self.selected = str(current.data(0, qt.Qt.UserRole)) if current is not None else None
        self._go()
        self._explain()
        self._update_buttons()

    def _go(self) -> None:
        session = self.session
        views.clear_preview()
        session.apply_gate()
        if self.selected is None:
            views.clear_highlight(session.segmentation_node)
            return
        finding = session.finding(self.selected)
        ids = session.segment_ids(finding["segments"])
        views.highlight(session.segmentation_node, ids)
        place = finding.get("location_ras_mm")
        bounds = views.bounds_of(session.segmentation_node, ids, place)
        if place is None and bounds is not None:
            place = [(bounds[2 * n] + bounds[2 * n + 1]) / 2 for n in range(3)]
        if place is not None:
            views.jump_to(place, bounds)
        self._preview()

    def _preview(self) -> None:
        views.clear_preview()
        if self.selected is None or not self._ui.previewCheckBox.checked:
            return
        finding = self.session.finding(self.selected)
        if finding.get("repair") and self.session.review.decision_on(self.selected) is None:
            with slicer.util.tryWithErrorDisplay(_("The repair cannot be shown.")):
                views.show_preview(self.session.segmentation_node, self.session.repaired(finding))

    def _explain(self) -> None:
        browser, rule = self._ui.explanationBrowser, self._ui.ruleLabel
        if self.session is None or self.selected is None:
            browser.html = ""
            browser.placeholderText = _("Select a finding to read why.") if self.session is not None else ""
            rule.text = ""
            return
        finding = self.session.finding(self.selected)
        place = curators.rule_place(finding["rule"], curators.knowledge_folder(self.knowledge_folder))
        browser.html = present.explanation(finding, self.session.review.decision_on(self.selected))
        rule.text = "\n".join(part for part in (finding["rule"], place) if part)

    def _update_buttons(self) -> None:
        ui, session = self._ui, self.session
        open_finding = None
        why_not = _("Select a finding that is not decided yet.")
        signed = session is not None and session.review.signature is not None and not self.void
        if signed:
            why_not = _("The result is signed; withdraw the signature to change a decision.")
        elif session is not None and self.selected is not None and session.review.decision_on(self.selected) is None:
            open_finding = session.finding(self.selected)
        repair = bool(open_finding and open_finding.get("repair"))
        _enable(ui.acceptButton, repair, why_not if open_finding is None else _("This finding has no proposed repair."))
        ui.previewCheckBox.enabled = repair
        for button in (ui.rejectButton, ui.editButton):
            _enable(button, open_finding is not None, why_not)
        reason = bool(ui.reasonComboBox.currentText.strip())
        _enable(
            ui.keepButton,
            open_finding is not None and reason,
            why_not if open_finding is None else _("Write a reason."),
        )
        _enable(ui.recheckButton, session is not None, _("There is no result to check again."))
        undoable = session is not None and bool(session.review.decisions) and not signed
        _enable(ui.undoButton, undoable, why_not if signed else _("Nothing was decided yet."))

    def _after_decision(self) -> None:
        self._ui.reasonComboBox.currentIndex = -1
        self._ui.reasonComboBox.lineEdit().text = ""
        if self.selected is not None:
            self._go()
        self.refresh()
        self._decided()


_TIPS: dict[int, str] = {}


def _enable(button: Any, enabled: bool, why_not: str) -> None:
    """Enables a button, or disables it with a tool tip that says why."""
    _TIPS.setdefault(id(button), button.toolTip)
    button.enabled = enabled
    button.toolTip = _TIPS[id(button)] if enabled else why_not
