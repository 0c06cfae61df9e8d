"""The middle of the panel: the verdict, one finding at a time, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import curators, present, preview
from FMAssistLib.decisions import Decisions
from FMAssistLib.enabling import enable
from FMAssistLib.findings_tree import FindingsTree
from FMAssistLib.idle import Idle
from FMAssistLib.looking import Looking
from FMAssistLib.session import ReviewSession
from FMAssistLib.structures_table import StructuresTable
from FMAssistLib.view_3d import View3D

VERDICT_STYLE = "background-color: {colour}; color: white; font-weight: bold; padding: 4px; border-radius: 3px;"


class VerdictPanel:
    """One result under review.

    Args:
        ui: the loaded panel's widgets.
        work: does decisions in pieces; shared with the rest of the panel, so that there is one at a time.
        decided: called after every change of the review.
        reviewer: gives the reviewer's name.
    """

    def __init__(self, ui: Any, work: Idle, decided: Callable[[], None], reviewer: Callable[[], str]) -> None:
        self._ui, self._work, self._told = ui, work, decided
        self.session: ReviewSession | None = None
        self.selected: str | None = None
        self.void = False
        self.anew: Any = None
        """*Segment anew*, where the panel has it."""
        self.knowledge_folder = ""
        self.looking = Looking(lambda: bool(ui.previewCheckBox.checked))
        self.decisions = Decisions(ui, work, self, reviewer)
        self.three_d = View3D(ui.show3DButton, lambda: self.session, self.update_buttons)
        self.findings = FindingsTree(ui.findingsTree, self._selection_changed)
        self.structures = StructuresTable(ui.structuresTable, self._structure_chosen)
        ui.previewCheckBox.toggled.connect(lambda *_arguments: self.look())
        ui.previousButton.clicked.connect(lambda *_arguments: self.step(-1))
        ui.nextButton.clicked.connect(lambda *_arguments: self.step(1))
        self.show(None)

    @property
    def busy(self) -> bool:
        """Whether a selection is still being shown or a decision carried out."""
        return self.looking.busy or self._work.busy or self.three_d.busy or self.structures.busy

    @property
    def signed(self) -> bool:
        """Whether a valid signature locks the result."""
        return self.session is not None and self.session.review.signature is not None and not self.void

    @property
    def edited(self) -> set[str]:
        """Findings whose segments were opened for editing since the last check."""
        return self.decisions.edited

    def show(self, session: ReviewSession | None) -> None:
        """Shows another result, or none."""
        self.close()
        if self.anew is not None:
            self.anew.close()
        preview.clear()
        self.session = session
        self.decisions.edited = set()
        self.decisions.in_editor = []
        self._fill()

    def set_void(self, void: bool) -> None:
        """Whether the signature is void; a valid one locks the decisions."""
        self.void = void
        self.update_buttons()

    def leave(self) -> None:
        """Takes preview and highlight out of the views."""
        self.looking.leave(self.session)

    def close(self) -> None:
        """Nothing that is under way here goes on."""
        self.looking.cancel()
        self.structures.close()
        self.three_d.close()

    # One finding at a time

    def select(self, finding_id: str | None) -> None:
        """Selects a finding, as a click on it does."""
        self.findings.select(finding_id)

    def step(self, by: int) -> None:
        """Goes to the next finding or to the one before, round and round."""
        order = self.findings.order
        if order:
            at = order.index(self.selected) if self.selected in order else (-1 if by > 0 else 0)
            self.select(order[(at + by) % len(order)])

    def next_open(self) -> None:
        """Goes to the next finding that nobody has decided; stays where there is none."""
        order, session = self.findings.order, self.session
        start = order.index(self.selected) + 1 if self.selected in order else 0
        for finding_id in [*order[start:], *order[:start]]:
            if session is not None and session.review.decision_on(finding_id) is None:
                self.select(finding_id)
                return

    def look(self) -> None:
        """Shows the selected finding in the views."""
        if self.session is not None and not self._work.busy:
            self.looking.look(self.session, self.selected)

    # What the desk of the decisions does

    def pause(self) -> None:
        """Stops looking: what is shown is about to change."""
        self.looking.cancel()

    def decided(self, refill: bool, go_on: bool) -> None:
        """A decision was carried out or taken back."""
        if refill:
            self._fill()
        before = self.selected
        if go_on and self._ui.advanceCheckBox.checked:
            self.next_open()
        if self.selected == before:
            self.look()
        self.refresh()
        self.three_d.renew()
        self._told()

    def failed(self) -> None:
        """A decision could not be carried out."""
        self.refresh()
        self._told()

    # Within

    def refresh(self) -> None:
        """Brings verdict line, decisions and buttons up to date with the review."""
        session, ui = self.session, self._ui
        has = session is not None
        for widget in (ui.detailsWidget, ui.detailTabs):
            widget.visible = has
        if not has:
            ui.verdictLabel.text = _("No result yet.")
            ui.verdictLabel.styleSheet = ""
            ui.causeLabel.visible = False
            self.structures.fill(None)
        else:
            text, colour = present.verdict_line(session.review.result, len(session.review.open_findings()))
            ui.verdictLabel.text = text
            ui.verdictLabel.styleSheet = VERDICT_STYLE.format(colour=colour)
            cause = present.cause_line(session.review.result)
            ui.causeLabel.text = cause
            ui.causeLabel.visible = bool(cause)
            decisions = {f["id"]: session.review.decision_on(f["id"]) for f in session.review.findings}
            self.findings.mark({key: present.decision_text(value) for key, value in decisions.items() if value})
            self.structures.fill(session.review)
        self._explain()
        self.update_buttons()

    def update_buttons(self) -> None:
        """Enables what can be done, and says of the rest why it cannot."""
        ui, has = self._ui, self.session is not None
        self.decisions.update()
        ui.decideWidget.visible = not self.signed
        if self.anew is not None:
            self.anew.update()
        several = len(self.findings.order) > 1 or (bool(self.findings.order) and self.selected is None)
        for button in (ui.previousButton, ui.nextButton):
            enable(button, several, _("There is no other finding."))
        enable(ui.show3DButton, has and not self.three_d.busy, _("The 3D view is being filled."))
        self.three_d.label()

    def _fill(self) -> None:
        session = self.session
        self.selected = None
        if session is None:
            self.findings.fill([], [])
        else:
            self.findings.fill(session.findings, session.review.result.get("causes", []))
            self.decisions.offer_reasons()
        self.refresh()

    def _selection_changed(self, finding_id: str | None) -> None:
        self.selected = finding_id
        self.look()
        self._explain()
        self.update_buttons()

    def _structure_chosen(self, name: str) -> None:
        own = [f["id"] for f in self.session.findings if name in f["segments"]] if self.session is not None else []
        if own:
            self.select(own[0])

    def _explain(self) -> None:
        ui, session, selected = self._ui, self.session, self.selected
        ui.findingLabel.visible = session is not None
        ui.positionLabel.text = self._position()
        if session is None or selected is None:
            ui.explanationBrowser.html = ""
            ui.explanationBrowser.placeholderText = _("Select a finding to read why.") if session else ""
            ui.findingLabel.text = _("Press ▶ to look at the first finding.") if session and self.findings.order else ""
            ui.ruleLabel.text = ""
            return
        finding, decision = session.finding(selected), session.review.decision_on(selected)
        version = str((session.review.result.get("versions") or {}).get("knowledge") or "")
        said = f"\n{present.decision_line(decision)}" if decision is not None else ""
        ui.findingLabel.text = str(finding["message"]) + said
        ui.explanationBrowser.html = present.explanation(finding, decision, version)
        place = curators.rule_place(finding["rule"], self.knowledge_folder)
        # The whole name is longer than the panel is wide.
        name = str(finding["rule"]).rpartition("/")[2]
        ui.ruleLabel.text = "\n".join(part for part in (name, place) if part)
        ui.ruleLabel.toolTip = present.tip(str(finding["rule"]))

    def _position(self) -> str:
        """Which finding is shown, and how many are left."""
        if self.session is None:
            return ""
        order, left = self.findings.order, len(self.session.review.open_findings())
        if not order:
            return _("Nothing to decide.")
        remaining = _("all decided") if not left else _("{left} left to decide").format(left=left)
        if self.selected in order:
            return _("Finding {number} of {total}, {remaining}").format(
                number=order.index(self.selected) + 1, total=len(order), remaining=remaining
            )
        return _("{findings}, {remaining}").format(findings=present.count_of(len(order)), remaining=remaining)


class Keys:
    """Keys for the work: next and previous finding and study; the buttons have keys of their own in their texts.

    They are heard wherever in the application the focus is, so that who looks at a slice need not come back to the
    panel, and only while the module is open: no other module loses a key.
    """

    def __init__(self, root: Any, finding: Callable[[int], None], study: Callable[[int], None]) -> None:
        self._root = root
        self._does = {
            "Alt+Down": lambda: finding(1),
            "Alt+Up": lambda: finding(-1),
            "Alt+PgDown": lambda: study(1),
            "Alt+PgUp": lambda: study(-1),
        }
        self._shortcuts: list[Any] = []

    def listen(self) -> None:
        """The module is open: its keys belong to it."""
        if self._shortcuts:
            return
        for keys, does in self._does.items():
            shortcut = qt.QShortcut(slicer.util.mainWindow() or self._root)
            shortcut.key = qt.QKeySequence(keys)
            # Panels and views may float in windows of their own.
            shortcut.context = qt.Qt.ApplicationShortcut
            shortcut.activated.connect(does)
            self._shortcuts.append(shortcut)

    def stop(self) -> None:
        """Another module is open: its keys are its own."""
        for shortcut in self._shortcuts:
            shortcut.enabled = False
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []
