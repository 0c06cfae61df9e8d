"""The panel as a whole: inputs, run, verdict, sign-off, worklist and the curators' part working together."""

from __future__ import annotations

from typing import Any

import qt
import slicer

from FMAssistLib import (
    anew,
    curators_panel,
    dependencies,
    display,
    results_panel,
    running,
    settings,
    signing,
    states,
    status_line,
    verdict_panel,
    views,
    warming,
    worklist_panel,
)
from FMAssistLib.idle import Idle
from FMAssistLib.inputs_panel import InputsPanel
from FMAssistLib.parameters import Parameters
from FMAssistLib.protocols import Installs, RunsJobs
from FMAssistLib.session import ReviewSession


class Panel:
    """The module's panel.

    Args:
        ui: the loaded panel's widgets.
        runner: runs models and checks.
        installer: sees that what a run needs is there.
    """

    def __init__(self, ui: Any, runner: RunsJobs, installer: Installs = dependencies) -> None:
        self.ui = ui
        self.runner = runner
        self.parameters: Parameters | None = None
        self._folder = ""
        self.work = Idle()
        """What changes a result or verifies it, one at a time."""
        self.inputs = InputsPanel(ui, self.refresh)
        self.verdict = verdict_panel.VerdictPanel(ui, self.work, self._decided, lambda: self.reviewer)
        self.status = status_line.StatusLine(ui, runner, self)
        say, reviewer = self.status.say, lambda: self.reviewer
        self.anew = anew.Anew(ui, self.verdict, self._promptable, reviewer, say)
        self.verdict.anew = self.anew
        self.signing = signing.SignOff(
            ui, self.work, reviewer, self.verdict.set_void, lambda: self.verdict.update_buttons()
        )
        self.results = results_panel.ResultsPanel(ui, runner, self)
        self.worklist = worklist_panel.WorklistPanel(ui, self, say)
        self.curators = curators_panel.CuratorsPanel(ui, self._knowledge_read)
        self.keys = verdict_panel.Keys(
            ui.verdictWidget, lambda by: self.verdict.step(by), lambda by: self.worklist.step(by)
        )
        self.running = running.Running(ui, runner, installer, self, self.status)
        # Sent when somebody chooses, and not when a scene that is opened brings its own.
        ui.policyComboBox.activated.connect(lambda *_arguments: self._policy_chosen())
        self.curators.show_change(None)
        self.show(None)
        warming.library()

    @property
    def state(self) -> states.State:
        """What the panel is doing."""
        return self.status.state

    @property
    def session(self) -> ReviewSession | None:
        """The result shown, or None."""
        return self.runner.session

    @property
    def reviewer(self) -> str:
        """The reviewer's name, or empty."""
        return self.parameters.reviewer if self.parameters is not None else ""

    @property
    def busy(self) -> bool:
        """Whether something is under way that a user would wait for, other than a run."""
        return self.held or self.inputs.busy or self.worklist.busy

    @property
    def held(self) -> bool:
        """Whether what is under way has to be done before the result may be changed or left."""
        return self.work.busy or self.verdict.busy or self.anew.busy or self.running.making_a_sample

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Works with other parameters, or with none while a scene closes."""
        self.parameters = self.curators.parameters = parameters
        self.inputs.set_parameters(parameters)
        if parameters is None:
            self.show(None)
        else:
            self.scene_opened()
        self.refresh()

    def refresh(self) -> None:
        """Brings everything up to date."""
        parameters, session = self.parameters, self.session
        self.inputs.refresh()
        self.status.refresh()
        if parameters is not None:
            self.verdict.knowledge_folder = parameters.knowledgeFolder
            if parameters.knowledgeFolder != self._folder:
                self._folder = parameters.knowledgeFolder
                self.inputs.fill_history(self._folder)
                self.curators.show(session)
                self.verdict.refresh()
            if session is not None and parameters.policy is not session.policy:
                session.apply_gate(parameters.policy)
                session.store()
        self.results.refresh()
        self.signing.show_button()
        self.worklist.update()

    def entered(self) -> None:
        """The user opens the module."""
        self.keys.listen()
        self.inputs.ask_for_models()
        self.scene_opened()
        session = self.session
        if session is not None and self.verdict.decisions.in_editor:
            # What was shown for editing is gated again.
            self.verdict.decisions.in_editor = []
            session.apply_gate()
        self.refresh()

    def scene_opened(self) -> None:
        """Finds a reviewed result in a scene that was just opened."""
        self.results.scene_opened()

    def node_added(self, node: Any) -> None:
        """A node has come; boxes, scans and segmentations concern the panel."""
        kinds = ("vtkMRMLMarkupsROINode", "vtkMRMLScalarVolumeNode", "vtkMRMLSegmentationNode")
        if node is not None and node.GetClassName() in kinds:
            qt.QTimer.singleShot(0, self.after_arrival)

    def after_arrival(self) -> None:
        """Something was loaded: what belongs together is chosen together."""
        if self.parameters is not None and not slicer.mrmlScene.IsBatchProcessing():
            self.inputs.choose_scan()
            self.refresh()

    def node_removed(self, node: Any) -> None:
        """A node is about to go."""
        if self.verdict.session is not None and node is self.verdict.session.segmentation_node:
            self.show(None)
        # The node is still there for a moment; afterwards, another result may take its place.
        qt.QTimer.singleShot(0, self._after_removal)

    def scene_closing(self) -> None:
        """The scene is about to go: what was done on a study of a batch is kept beside its results."""
        self.worklist.close()

    def _after_removal(self) -> None:
        if self.parameters is not None and not self.worklist.busy:
            self.scene_opened()
            self.refresh()

    def leave(self) -> None:
        """Somebody else has the views, or the scene is saved: previews go, results stay."""
        self.ui.compareButton.checked = False
        self.verdict.leave()

    def exited(self) -> None:
        """The user opens another module, whose keys and views are its own."""
        self.keys.stop()
        self.leave()

    def look_again(self) -> None:
        """Shows the finding selected after `leave`."""
        self.verdict.look()

    def editing_again(self) -> None:
        """Shows what the Segment Editor has open, after the scene was saved with the gate shut."""
        from FMAssistLib import editing

        if self.session is not None and self.verdict.decisions.in_editor:
            editing.show_for_editing(self.session.segmentation_node, self.verdict.decisions.in_editor)

    def close(self) -> None:
        """The module goes away: nothing may call back into it."""
        self.keys.stop()
        self.worklist.close()
        self.work.cancel()
        self.signing.close()
        self.anew.close()
        self.verdict.close()
        self.inputs.close()
        self.results.close()
        self.running.close()

    def show(self, session: ReviewSession | None) -> None:
        """Puts a result on the desk, or none."""
        self.work.cancel()
        self.results.leave()
        if session is not None:
            display.show_only(session.segmentation_node)
            display.bring_scan_up(session.volume_node)
        self.verdict.show(session)
        self.curators.show(session)
        self.signing.watch(session)

    def take(self, session: ReviewSession | None) -> None:
        """Takes a result that has just come: it is shown with its scan, and its first open finding."""
        self.runner.session = session
        if session is not None and session.volume_node is not None:
            views.show_volume(session.volume_node)
        self.show(session)
        if session is not None:
            self.ui.inputsCollapsibleButton.collapsed = True
            self.verdict.next_open()

    # Within

    def _promptable(self) -> str:
        """Key of a model that is here and outlines what a box is drawn around, or empty."""
        model = self.inputs.models.promptable
        return model.key if model is not None else ""

    def _policy_chosen(self) -> None:
        if self.parameters is not None:
            settings.remember_policy(self.parameters.policy)

    def _decided(self) -> None:
        self.signing.show_signature()
        self.curators.show(self.session)

    def _knowledge_read(self, message: str) -> None:
        self.inputs.fill_history(self.curators.folder)
        self.verdict.refresh()
        self.curators.show(self.session)
        self.status.say(message)
