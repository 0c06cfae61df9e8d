"""The middle of the panel: verdict, findings, the explanation of one, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import curators, masks, present, surfaces, views
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.library import add_library_to_path
from FMAssistLib.session import ReviewSession

MOST_LINES = 10
"""Of one finding in the list; the whole text stands in its explanation."""
ICON = 16


class VerdictPanel:
    """One result under review.

    Args:
        ui: the loaded panel's widgets.
        work: does decisions in pieces; shared with the rest of the panel, so that there is one at a time.
        decided: called after every change of the review.
        reviewer: gives the reviewer's name.
    """

    def __init__(self, ui: Any, work: Idle, decided: Callable[[], None], reviewer: Callable[[], str]) -> None:
        self._ui = ui
        self._work = work
        self._look = Idle()
        self._maker: surfaces.Maker | None = None
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
        # The panel gets its width after it is filled, and may be drawn wider at any time.
        header.sectionResized.connect(lambda *_arguments: self._fit_rows())
        ui.findingsTree.setColumnWidth(0, 110)
        ui.findingsTree.setColumnWidth(2, 75)
        ui.findingsTree.currentItemChanged.connect(self._selection_changed)
        ui.previewCheckBox.toggled.connect(lambda *_arguments: self.look())
        ui.show3DButton.clicked.connect(self.show_in_3d)
        ui.acceptButton.clicked.connect(self.accept)
        ui.rejectButton.clicked.connect(self.reject)
        ui.keepButton.clicked.connect(self.keep)
        ui.undoButton.clicked.connect(self.undo)
        ui.editButton.clicked.connect(self.edit)
        ui.reasonComboBox.editTextChanged.connect(lambda *_arguments: self.update_buttons())
        self.show(None)

    @property
    def busy(self) -> bool:
        """Whether a selection is still being shown or a decision carried out."""
        return self._look.busy or self._work.busy or self._maker is not None

    @property
    def signed(self) -> bool:
        """Whether a valid signature locks the result."""
        return self.session is not None and self.session.review.signature is not None and not self.void

    def show(self, session: ReviewSession | None) -> None:
        """Shows another result, or none."""
        self.close()
        views.clear_preview()
        self.session = session
        self.selected = None
        self.edited = set()
        self._fill()

    def set_void(self, void: bool) -> None:
        """Whether the signature is void; a valid one locks the decisions."""
        self.void = void
        self.update_buttons()

    def leave(self) -> None:
        """Takes preview and highlight out of the views."""
        self._look.cancel()
        views.clear_preview()
        if self.session is not None and self.session.segmentation_node.GetScene() is not None:
            views.clear_highlight(self.session.segmentation_node)
            self.session.apply_gate()

    def close(self) -> None:
        """Nothing that is under way here goes on."""
        self._look.cancel()
        if self._maker is not None:
            self._maker.close()
            self._maker = None

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
        self.update_buttons()

    # Decisions

    def accept(self, *_arguments: object) -> None:
        """Accepts the selected finding's repair."""
        views.clear_preview()
        steps = self.session.accepting(self.selected, self._reviewer())
        self._decide(steps, _("The repair could not be carried out."))

    def reject(self, *_arguments: object) -> None:
        """Rejects the selected finding's segments."""
        steps = self.session.deciding("reject", self.selected, self._reviewer())
        self._decide(steps, _("The decision could not be recorded."))

    def keep(self, *_arguments: object) -> None:
        """Keeps the selected finding's segments, for the reason written."""
        reason = self._ui.reasonComboBox.currentText
        steps = self.session.deciding("keep", self.selected, self._reviewer(), reason)
        self._decide(steps, _("The decision could not be recorded."))

    def undo(self, *_arguments: object) -> None:
        """Takes back what was done last."""
        self._decide(self.session.undoing(), _("The decision could not be taken back."), again=True)

    def edit(self, *_arguments: object) -> None:
        """Opens the Segment Editor on the selected finding's first segment; what is done there can be undone here."""
        finding = self.session.finding(self.selected)
        self.leave()
        self._do(
            self.session.remembering(),
            _("The Segment Editor could not be opened."),
            lambda _nothing: self._open_editor(finding),
        )

    def show_in_3d(self, *_arguments: object) -> None:
        """Shows the result in the 3D view, structure by structure, or takes it out again."""
        node = self.session.segmentation_node
        if surfaces.shown(node):
            surfaces.drop(node)
            self.update_buttons()
        else:
            self._make_surfaces(masks.segment_ids(node), views.centre_3d)

    def select(self, finding_id: str) -> None:
        """Selects a finding, as a click on it does."""
        self._ui.findingsTree.setCurrentItem(self._items[finding_id])

    # Within

    def _do(self, steps: Steps[Any], fault: str, done: Callable[[Any], None]) -> None:
        """Does something in pieces; until it is done, nothing else can be decided."""
        if self._work.busy:
            return
        self._look.cancel()

        def failed(error: Exception) -> None:
            slicer.util.errorDisplay(f"{fault}\n\n{error}")
            self.refresh()
            self._decided()

        self._work.run(steps, done, failed)
        self.update_buttons()

    def _decide(self, steps: Steps[None], fault: str, again: bool = False) -> None:
        session, result = self.session, self.session.review.result

        def done(_nothing: None) -> None:
            if again and session.review.result is not result:
                self._fill()  # A check was taken back: other findings stand there.
            self._after_decision()

        self._do(steps, fault, done)

    def _open_editor(self, finding: Any) -> None:
        self.edited.add(finding["id"])
        self.update_buttons()
        ids = self.session.segment_ids(finding["segments"])
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(self.session.segmentation_node)
        if self.session.volume_node is not None:
            editor.setSourceVolumeNode(self.session.volume_node)
        if ids:
            editor.setCurrentSegmentID(ids[0])

    def _make_surfaces(self, ids: Iterable[str], then: Callable[[], None] = lambda: None) -> None:
        """Has surfaces made in a process of their own; decisions can be taken meanwhile."""
        session, button = self.session, self._ui.show3DButton
        waiting = set(ids)

        def done(message: str) -> None:
            self._maker = None
            if message:
                surfaces.drop(session.segmentation_node)
                slicer.util.errorDisplay(_("The 3D view could not be filled.") + f"\n\n{message}")
            self.update_buttons()
            then()
            self._renew_surfaces()

        def told(share: float) -> None:
            button.text = _("3D: {percent} %").format(percent=round(100 * share))

        session.stale_surfaces -= waiting
        self._maker = surfaces.Maker(session.segmentation_node, waiting, done, told)
        self._maker.start()
        self.update_buttons()

    def _renew_surfaces(self) -> None:
        """Brings the 3D view up to date after a decision that changed voxels."""
        session = self.session
        if session is None or self._maker is not None or not session.stale_surfaces:
            return
        if surfaces.shown(session.segmentation_node):
            self._make_surfaces(session.stale_surfaces)
        else:
            session.stale_surfaces = set()

    def _fill(self) -> None:
        self._filling = True
        tree = self._ui.findingsTree
        tree.clear()
        self._items = {}
        self.selected = None
        if self.session is not None:
            style = tree.style()
            icons = {
                "block": _untinted(style.standardIcon(qt.QStyle.SP_MessageBoxCritical)),
                "review": _untinted(style.standardIcon(qt.QStyle.SP_MessageBoxWarning), 8, "black"),
                "info": _untinted(style.standardIcon(qt.QStyle.SP_MessageBoxInformation)),
            }
            words = {"block": _("implausible"), "review": _("needs review"), "info": _("for information")}
            for finding in self.session.findings:
                item = qt.QTreeWidgetItem(tree)
                item.setText(0, present.names_of(finding))
                item.setText(1, finding["message"])
                item.setIcon(0, icons.get(finding["severity"], icons["info"]))
                names = ", ".join(finding["segments"])
                item.setToolTip(0, present.tip("{}: {}".format(words.get(finding["severity"], ""), names)))
                item.setToolTip(1, present.tip(finding["message"]))
                item.setData(0, qt.Qt.UserRole, finding["id"])
                self._items[finding["id"]] = item
        self._filling = False
        self._fit_rows()
        if self.session is not None:
            self._offer_reasons()
        self.refresh()

    def _offer_reasons(self) -> None:
        """Fills the list of reasons for keeping something; with the first result, so that the panel opens sooner."""
        reasons = self._ui.reasonComboBox
        if reasons.count:
            return
        add_library_to_path()
        try:
            from fmassist.review import KEEP_REASONS
        except ImportError:
            return  # Without the library nothing can be decided anyway.
        reasons.addItems([_(reason) for reason in KEEP_REASONS])
        reasons.currentIndex = -1
        reasons.lineEdit().placeholderText = _("Reason for keeping it")

    def _fit_rows(self) -> None:
        """Gives every row room for whole sentences; Qt's tree wraps text but does not make room for it."""
        tree = self._ui.findingsTree
        metrics = qt.QFontMetrics(tree.font)
        rooms = [max(60, tree.columnWidth(column) - beside) for column, beside in ((0, ICON + 14), (1, 10))]
        for item in self._items.values():
            lines = 1
            for column, room in enumerate(rooms):
                # A line is left before it is full, since words are not cut.
                lines = max(lines, int(1.15 * metrics.boundingRect(item.text(column)).width() / room) + 1)
            item.setSizeHint(1, qt.QSize(0, min(lines, MOST_LINES) * metrics.lineSpacing() + 6))

    def _selection_changed(self, current: Any, _previous: Any = None) -> None:
        if self._filling:
            return
        self.selected = str(current.data(0, qt.Qt.UserRole)) if current is not None else None
        self.look()
        self._explain()
        self.update_buttons()

    def look(self) -> None:
        """Shows the selected finding in the views; a selection made meanwhile takes its place."""
        if self.session is None or self._work.busy:
            return

        def failed(error: Exception) -> None:
            slicer.util.errorDisplay(_("The finding cannot be shown.") + f"\n\n{error}")

        self._look.run(self._looking(), failed=failed)

    def _looking(self) -> Steps[None]:
        session, finding_id = self.session, self.selected
        views.clear_preview()
        session.apply_gate()
        if finding_id is None:
            views.clear_highlight(session.segmentation_node)
            return
        finding = session.finding(finding_id)
        ids = session.segment_ids(finding["segments"])
        views.highlight(session.segmentation_node, ids)
        yield
        place = finding.get("location_ras_mm")
        bounds = yield from views.bounds_steps(session.segmentation_node, ids, place)
        if place is None and bounds is not None:
            place = [(bounds[2 * n] + bounds[2 * n + 1]) / 2 for n in range(3)]
        if place is not None:
            views.jump_to(place, bounds)
        yield
        undecided = session.review.decision_on(finding_id) is None
        if self._ui.previewCheckBox.checked and finding.get("repair") and undecided:
            after = yield from session.repairing(finding)
            lost = yield from session.losing(after)
            yield from views.preview_steps(session.segmentation_node, after, lost)

    def _explain(self) -> None:
        browser, rule = self._ui.explanationBrowser, self._ui.ruleLabel
        if self.session is None or self.selected is None:
            browser.html = ""
            browser.placeholderText = _("Select a finding to read why.") if self.session is not None else ""
            rule.text = ""
            return
        finding = self.session.finding(self.selected)
        version = str((self.session.review.result.get("versions") or {}).get("knowledge") or "")
        browser.html = present.explanation(finding, self.session.review.decision_on(self.selected), version)
        place = curators.rule_place(finding["rule"], self.knowledge_folder)
        rule.text = "\n".join(part for part in (finding["rule"], place) if part)

    def update_buttons(self) -> None:
        """Enables what can be done, and says of the rest why it cannot."""
        ui, session = self._ui, self.session
        open_finding = None
        why_not = _("Select a finding that is not decided yet.")
        if self._work.busy:
            why_not = _("One moment: what was decided last is being carried out.")
        elif self.signed:
            why_not = _("The result is signed; withdraw the signature to change a decision.")
        elif session is not None and self.selected is not None and session.review.decision_on(self.selected) is None:
            open_finding = session.finding(self.selected)
        free = not self._work.busy and not self.signed
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
        for button in (ui.recheckButton, ui.recheckKnowledgeButton):
            _enable(button, session is not None and free, why_not if session else _("There is no result yet."))
        undoable = session is not None and session.can_undo and free
        _enable(ui.undoButton, undoable, why_not if not free else _("Nothing was decided yet."))
        _enable(ui.show3DButton, session is not None and self._maker is None, _("The 3D view is being filled."))
        if self._maker is None:
            in_3d = session is not None and surfaces.shown(session.segmentation_node)
            ui.show3DButton.text = _("Hide in &3D") if in_3d else _("Show in &3D")

    def _after_decision(self) -> None:
        self._ui.reasonComboBox.currentIndex = -1
        self._ui.reasonComboBox.lineEdit().text = ""
        self.look()
        self.refresh()
        self._renew_surfaces()
        self._decided()


def _untinted(icon: Any, sign_width: int = ICON + 6, sign: str = "white") -> Any:
    """The same icon in a selected row too, where Qt would colour it like the row; its sign is not see-through.

    Args:
        icon: of the style.
        sign_width: of the sign in it, of twice `ICON`.
        sign: its colour.
    """
    size = 2 * ICON
    picture = qt.QPixmap(size, size)
    picture.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter(picture)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    painter.setPen(qt.QPen(qt.Qt.NoPen))
    painter.setBrush(qt.QBrush(qt.QColor(sign)))
    painter.drawEllipse((size - sign_width) // 2, 7, sign_width, size - 12)
    painter.drawPixmap(0, 0, icon.pixmap(size, size))
    painter.end()
    same = qt.QIcon(picture)
    same.addPixmap(picture, qt.QIcon.Selected)
    return same


def _enable(button: Any, enabled: bool, why_not: str) -> None:
    """Enables a button, or disables it with a tool tip that says why."""
    tip = button.property("FMAssistTip")
    if tip is None:
        tip = button.toolTip
        button.setProperty("FMAssistTip", tip)
    button.enabled = enabled
    button.toolTip = tip if enabled else why_not
