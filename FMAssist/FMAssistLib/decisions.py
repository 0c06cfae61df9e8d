"""The buttons by which a finding is decided: accept, reject, keep, edit, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import slicer
from slicer.i18n import tr as _

from FMAssistLib import editing, preview
from FMAssistLib.enabling import enable
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.library import add_library_to_path
from FMAssistLib.session import ReviewSession


class Desk(Protocol):
    """Where a finding lies that is decided on; the verdict panel is one."""

    @property
    def session(self) -> ReviewSession | None:
        """The result under review."""

    @property
    def selected(self) -> str | None:
        """Id of the finding shown."""

    @property
    def signed(self) -> bool:
        """Whether a valid signature locks the result."""

    def leave(self) -> None:
        """Takes preview and highlight out of the views."""

    def pause(self) -> None:
        """Stops looking: what is shown is about to change."""

    def select(self, finding_id: str | None) -> None:
        """Shows a finding."""

    def decided(self, refill: bool, go_on: bool) -> None:
        """A decision was carried out or taken back.

        Args:
            refill: whether other findings stand there now.
            go_on: whether the next finding may be shown.
        """

    def failed(self) -> None:
        """A decision could not be carried out; the user has been told."""


class Decisions:
    """Carries decisions out in pieces, one at a time.

    Args:
        ui: the loaded panel's widgets.
        work: does the pieces; shared with the rest of the panel.
        desk: where the finding lies.
        reviewer: gives the reviewer's name.
    """

    def __init__(self, ui: Any, work: Idle, desk: Desk, reviewer: Callable[[], str]) -> None:
        self._ui, self._work, self._desk, self._reviewer = ui, work, desk, reviewer
        self.edited: set[str] = set()
        """Findings whose segments were opened for editing since the last check."""
        self.in_editor: list[str] = []
        """Segments that the Segment Editor has open."""
        ui.acceptButton.clicked.connect(self.accept)
        ui.rejectButton.clicked.connect(self.reject)
        ui.keepButton.clicked.connect(self.keep)
        ui.undoButton.clicked.connect(self.undo)
        ui.editButton.clicked.connect(self.edit)
        self._keeps_next = False
        """Whether choosing a reason keeps at once, since Keep was pressed without one."""
        ui.reasonComboBox.editTextChanged.connect(lambda *_arguments: self.update())
        ui.reasonComboBox.activated.connect(lambda *_arguments: self._reason_chosen())

    def accept(self, *_arguments: object) -> None:
        """Accepts the selected finding's repair."""
        preview.clear()
        steps = self._desk.session.accepting(self._desk.selected, self._reviewer())
        self._decide(steps, _("The repair could not be carried out."))

    def reject(self, *_arguments: object) -> None:
        """Rejects the selected finding's segments."""
        steps = self._desk.session.deciding("reject", self._desk.selected, self._reviewer())
        self._decide(steps, _("The decision could not be recorded."))

    def keep(self, *_arguments: object) -> None:
        """Keeps the selected finding's segments, for the reason written."""
        reason = self._ui.reasonComboBox.currentText
        self._keeps_next = not reason.strip()
        if self._keeps_next:
            # The reasons are shown, and choosing one keeps: two presses, and none of them blind.
            self._ui.reasonComboBox.showPopup()
            return
        steps = self._desk.session.deciding("keep", self._desk.selected, self._reviewer(), reason)
        self._decide(steps, _("The decision could not be recorded."))

    def undo(self, *_arguments: object) -> None:
        """Takes back what was done last."""
        self._decide(self._desk.session.undoing(), _("The decision could not be taken back."), back=True)

    def edit(self, *_arguments: object) -> None:
        """Opens the Segment Editor on the selected finding's segments; what is done there can be undone here."""
        session, finding = self._desk.session, self._desk.session.finding(self._desk.selected)
        self._desk.leave()

        def opened(_nothing: None) -> None:
            self.edited.add(finding["id"])
            self.in_editor = session.segment_ids(finding["segments"])
            self.update()
            editing.open_editor(session, self.in_editor)

        self._do(session.remembering(), _("The Segment Editor could not be opened."), opened)

    def _reason_chosen(self) -> None:
        if self._keeps_next and self._ui.keepButton.enabled and self._ui.reasonComboBox.currentText.strip():
            self._keeps_next = False
            self.keep()

    def offer_reasons(self) -> None:
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

    def update(self) -> None:
        """Enables what can be done, and says of the rest why it cannot."""
        ui, session, selected = self._ui, self._desk.session, self._desk.selected
        open_finding = None
        why_not = _("Select a finding that is not decided yet.")
        if self._work.busy:
            why_not = _("One moment: what was decided last is being carried out.")
        elif self._desk.signed:
            why_not = _("The result is signed; withdraw the signature to change a decision.")
        elif session is not None and selected is not None and session.review.decision_on(selected) is None:
            open_finding = session.finding(selected)
        free = not self._work.busy and not self._desk.signed
        repair = bool(open_finding and open_finding.get("repair"))
        enable(ui.acceptButton, repair, why_not if open_finding is None else _("This finding has no proposed repair."))
        ui.previewCheckBox.enabled = repair
        for button in (ui.rejectButton, ui.editButton):
            enable(button, open_finding is not None, why_not)
        enable(ui.keepButton, open_finding is not None, why_not)
        for button in (ui.recheckButton, ui.recheckKnowledgeButton):
            enable(button, session is not None and free, why_not if session else _("There is no result yet."))
        undoable = session is not None and session.can_undo and free
        enable(ui.undoButton, undoable, why_not if not free else _("Nothing was decided yet."))

    def _do(self, steps: Steps[Any], fault: str, done: Callable[[Any], None]) -> None:
        """Does something in pieces; until it is done, nothing else can be decided."""
        if self._work.busy:
            return
        self._desk.pause()

        def failed(error: Exception) -> None:
            slicer.util.errorDisplay(f"{fault}\n\n{error}")
            self._desk.failed()

        self._work.run(steps, done, failed)
        self.update()

    def _decide(self, steps: Steps[None], fault: str, back: bool = False) -> None:
        session, result = self._desk.session, self._desk.session.review.result
        were_open = {finding["id"] for finding in session.review.open_findings()}

        def done(_nothing: None) -> None:
            self._ui.reasonComboBox.currentIndex = -1
            self._ui.reasonComboBox.lineEdit().text = ""
            # Other findings stand there where a check was taken back.
            self._desk.decided(session.review.result is not result, not back)
            opened = [f["id"] for f in session.review.open_findings() if f["id"] not in were_open]
            if back and opened:
                self._desk.select(opened[0])  # What was taken back is what somebody wants to look at again.

        self._do(steps, fault, done)
