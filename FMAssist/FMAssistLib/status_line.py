"""The line that says what is going on, and the button that starts or stops it."""

from __future__ import annotations

from typing import Any

from FMAssistLib import states
from FMAssistLib.protocols import Desk, RunsJobs


class StatusLine:
    """Apply, the notice beside it, and the line below.

    Args:
        ui: the loaded panel's widgets.
        runner: tells whether a run is under way.
        desk: the panel.
    """

    def __init__(self, ui: Any, runner: RunsJobs, desk: Desk) -> None:
        self._ui, self._runner, self._desk = ui, runner, desk
        self.cancelling = False
        self._says_why_not = False
        ui.inputsCollapsibleButton.contentsCollapsed.connect(lambda *_arguments: self._button())
        ui.progressBar.visible = False
        ui.statusLabel.visible = False

    @property
    def state(self) -> states.State:
        """What the panel is doing."""
        if self._runner.running:
            return states.State.CANCELLING if self.cancelling else states.State.RUNNING
        why_not = states.missing(self._desk.inputs.situation())
        return states.State.INCOMPLETE if why_not else states.State.READY

    def refresh(self) -> None:
        """Says what is missing, where nothing runs; a tool tip on a disabled button is easily missed."""
        situation = self._desk.inputs.situation()
        self._button(situation)
        if self._desk.parameters is not None and not self._runner.running:
            why_not = states.missing(situation)
            if why_not or self._says_why_not:
                self.say(why_not)
            self._says_why_not = bool(why_not)

    def say(self, text: str) -> None:
        """Says what is going on; nothing where the text is empty."""
        self._says_why_not = False
        self._ui.statusLabel.text = text
        self._ui.statusLabel.visible = bool(text) and not self._folded_and_ready(text)

    def _button(self, situation: states.Situation | None = None) -> None:
        """The button's text and tip; it folds away with the inputs, but never while there is something to cancel."""
        situation = situation or self._desk.inputs.situation()
        why_not, button, parameters = states.missing(situation), self._ui.applyButton, self._desk.parameters
        apply = states.apply_button(self.state, why_not, parameters.task if parameters else None)
        button.text, button.enabled, button.toolTip = apply.text, apply.enabled, apply.tool_tip
        folded = bool(self._ui.inputsCollapsibleButton.collapsed)
        button.visible = self._runner.running or not folded
        notice = "" if why_not or self._runner.running else states.notice(situation)
        self._ui.noticeLabel.text = notice
        self._ui.noticeLabel.visible = bool(notice) and not folded

    def _folded_and_ready(self, text: str) -> bool:
        """Whether a text is only about inputs that are folded away, while there is a result to work on."""
        folded = bool(self._ui.inputsCollapsibleButton.collapsed) and self._desk.session is not None
        return folded and not self._runner.running and text == states.missing(self._desk.inputs.situation())
