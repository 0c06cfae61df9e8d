"""The panel as a whole: inputs, run, verdict, sign-off and the curators' part working together."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import (
    anew,
    curators_panel,
    dependencies,
    display,
    jobs,
    present,
    results_list,
    settings,
    side_by_side,
    signing,
    states,
    storage,
    verdict_panel,
    views,
)
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.inputs_panel import InputsPanel
from FMAssistLib.parameters import Modality, Parameters, Task, context_of, modality_of_image
from FMAssistLib.process import Progress
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
        self.installer = installer
        self.parameters: Parameters | None = None
        self.cancelling = False
        self._says_why_not = False
        self._sample: Any = None
        self._folder = ""
        self.work = Idle()
        """What changes a result or verifies it, one at a time."""
        self.inputs = InputsPanel(ui, self.refresh)
        reviewer = lambda: self.parameters.reviewer if self.parameters else ""  # noqa: E731
        self.verdict = verdict_panel.VerdictPanel(ui, self.work, self._decided, reviewer)
        self.anew = anew.Anew(ui, self.verdict, self._promptable, reviewer, self._status)
        self.verdict.anew = self.anew
        self.signing = signing.SignOff(
            ui, self.work, reviewer, self.verdict.set_void, lambda: self.verdict.update_buttons()
        )
        self.results = results_list.ResultsList(ui, self._result_chosen)
        self.beside = side_by_side.SideBySide()
        ui.compareButton.toggled.connect(lambda on: self._compare(bool(on)))
        self.curators = curators_panel.CuratorsPanel(ui, self._knowledge_read)
        self.keys = verdict_panel.Keys(ui.verdictWidget, self.verdict)
        runner.on_progress = self._progress
        runner.on_finished = self._finished
        ui.applyButton.clicked.connect(self.apply)
        ui.recheckButton.clicked.connect(lambda *_arguments: self.check_again())
        ui.recheckKnowledgeButton.clicked.connect(lambda *_arguments: self.check_again())
        ui.sampleButton.clicked.connect(self.make_sample)
        # Sent when somebody chooses, and not when a scene that is opened brings its own.
        ui.policyComboBox.activated.connect(lambda *_arguments: self._policy_chosen())
        ui.inputsCollapsibleButton.contentsCollapsed.connect(lambda *_arguments: self._show_apply())
        ui.progressBar.visible = False
        ui.statusLabel.visible = False
        self.curators.show_change(None)
        self._show(None)
        qt.QTimer.singleShot(0, dependencies.warm_up)

    @property
    def state(self) -> states.State:
        """What the panel is doing."""
        if self.runner.running:
            return states.State.CANCELLING if self.cancelling else states.State.RUNNING
        return states.State.INCOMPLETE if states.missing(self.inputs.situation()) else states.State.READY

    @property
    def busy(self) -> bool:
        """Whether something is under way that a user would wait for, other than a run."""
        return self._held or self.inputs.busy

    @property
    def _held(self) -> bool:
        """Whether what is under way has to be done before the result may be changed or left."""
        return self.work.busy or self.verdict.busy or self.anew.busy or self._sample is not None

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Works with other parameters, or with none while a scene closes."""
        self.parameters = self.curators.parameters = parameters
        self.inputs.set_parameters(parameters)
        if parameters is None:
            self._show(None)
        else:
            self.scene_opened()
        self.refresh()

    def refresh(self) -> None:
        """Brings everything up to date."""
        parameters = self.parameters
        self.inputs.refresh()
        situation = self.inputs.situation()
        self._show_apply(situation)
        if parameters is not None and not self.runner.running:
            # The reason stands in the panel too: a tool tip on a disabled button is easily missed.
            why_not = states.missing(situation)
            if why_not or self._says_why_not:
                self._status(why_not)
            self._says_why_not = bool(why_not)
        session = self.runner.session
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
        self.results.refresh(session.segmentation_node if session is not None else None)
        self.signing.show_button()

    def entered(self) -> None:
        """The user opens the module."""
        self.keys.listen()
        self.inputs.ask_for_models()
        self.scene_opened()
        session = self.runner.session
        if session is not None and self.verdict.decisions.in_editor:
            # What was shown for editing is gated again.
            self.verdict.decisions.in_editor = []
            session.apply_gate()
        self.refresh()

    def scene_opened(self) -> None:
        """Finds a reviewed result in a scene that was just opened."""
        if self.runner.session is None:
            for node in storage.reviewed(slicer.mrmlScene):
                if self._open(node):
                    break
        if self.verdict.session is not self.runner.session:
            self._show(self.runner.session)
        session = self.runner.session
        self.results.refresh(session.segmentation_node if session is not None else None)

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
            self._show(None)
        # The node is still there for a moment; afterwards, another result may take its place.
        qt.QTimer.singleShot(0, self._after_removal)

    def _after_removal(self) -> None:
        if self.parameters is not None:
            self.scene_opened()
            self.refresh()

    def _open(self, node: Any) -> bool:
        session = ReviewSession.restore(node)
        if session is None:
            return False
        # The scene may have been saved by something that knows no gate, in the middle of looking at a finding.
        views.clear_highlight(node)
        session.apply_gate()
        self.runner.session = session
        if self.parameters is not None:
            self.parameters.policy = session.policy
        return True

    def _result_chosen(self, node: Any) -> None:
        session = self.runner.session
        if self.runner.running or self._held or (session and session.segmentation_node is node):
            self.results.refresh(session.segmentation_node if session is not None else None)
            return
        self.verdict.leave()
        if self._open(node):
            self._show(self.runner.session)
            if self.runner.session.volume_node is not None:
                views.show_volume(self.runner.session.volume_node)
        self.refresh()

    def _promptable(self) -> str:
        """Key of a model that is here and outlines what a box is drawn around, or empty."""
        model = self.inputs.models.promptable
        return model.key if model is not None else ""

    def _compare(self, on: bool) -> None:
        """Shows the result looked at beside another one of the list, or alone again."""
        session = self.runner.session
        if not on:
            self.beside.leave()
            display.show_only(session.segmentation_node if session is not None else None)
            self.verdict.look()
            return
        nodes = self.results.nodes
        other = next((n for n in reversed(nodes) if session is not None and n is not session.segmentation_node), None)
        beside = ReviewSession.restore(other) if other is not None else None
        if beside is None or self._held:
            self.ui.compareButton.checked = False
            return
        self.verdict.leave()
        views.clear_highlight(other)
        beside.apply_gate()
        self.work.run(self.beside.showing(session, beside), failed=self._not_noted)

    def _policy_chosen(self) -> None:
        if self.parameters is not None:
            settings.remember_policy(self.parameters.policy)

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

        session = self.runner.session
        if session is not None and self.verdict.decisions.in_editor:
            editing.show_for_editing(session.segmentation_node, self.verdict.decisions.in_editor)

    def close(self) -> None:
        """The module goes away: nothing may call back into it."""
        self.keys.stop()
        self.work.cancel()
        self.signing.close()
        self.anew.close()
        self.verdict.close()
        self.inputs.close()
        self.results.close()
        if self._sample is not None:
            self._sample.close()

    # Running

    def apply(self, *_arguments: object) -> None:
        """Starts a run, or cancels the one under way."""
        if self.runner.running:
            self.cancelling = True
            self.runner.cancel()
            self.refresh()
            return
        with slicer.util.tryWithErrorDisplay(_("The run could not be started.")):
            segmenting = self.parameters.task is Task.SEGMENT
            if self._ensured(self.inputs.model if segmenting else None):
                self._start(self.inputs.job())

    def _ensured(self, model: Any = None) -> bool:
        """Whether everything that a run needs is there; what went wrong is told once."""
        try:
            there = self.installer.ensure(model)
        except dependencies.NotInstalledError as error:
            if not error.shown:
                slicer.util.errorDisplay(str(error))
            self._status(str(error).partition("\n")[0])
            return False
        if there:
            qt.QTimer.singleShot(0, self._ask_for_models)
        return there

    def _ask_for_models(self) -> None:
        if self.parameters is not None:
            self.inputs.ask_for_models()

    def check_again(self) -> None:
        """Checks the result under review as it is now."""
        session = self.runner.session
        if session is None or self.runner.running or self._held or self.verdict.signed:
            return
        with slicer.util.tryWithErrorDisplay(_("The check could not be started.")):
            if self._ensured():
                self.work.run(self._noting_edits(session), lambda _nothing: self._check_now(session), self._not_noted)
                self.verdict.update_buttons()

    def _not_noted(self, error: Exception) -> None:
        slicer.util.errorDisplay(str(error))
        self.refresh()

    def _noting_edits(self, session: ReviewSession) -> Steps[None]:
        """What was edited by hand counts as decided, so that it can be undone."""
        for finding_id in sorted(self.verdict.edited):
            if session.review.decision_on(finding_id) is None:
                yield from session.noting_edit(finding_id, self.parameters.reviewer)
        self.verdict.edited.clear()

    def _check_now(self, session: ReviewSession) -> None:
        names = {sid: name for name, ids in session.ids_by_name.items() for sid in session.segment_ids([name]) if ids}
        arguments = ["check"]
        if session.review.result.get("label_map"):
            arguments += ["--label-map", str(session.review.result["label_map"])]
        context, modality = context_of(self.parameters), modality_of_image(self.parameters).value
        if session.volume_node is not self.parameters.inputVolume:
            # The panel speaks of the scan chosen above; a result of another one keeps what its own check was told.
            result = session.review.result
            context, modality = dict(result.get("context") or {}), str((result.get("study") or {}).get("modality"))
        with slicer.util.tryWithErrorDisplay(_("The check could not be started.")):
            nodes = session.volume_node, session.segmentation_node
            self._start(jobs.Job(arguments, *nodes, names, context, recheck=session), modality)

    def _start(self, job: jobs.Job, modality: str | None = None) -> None:
        folder = self.parameters.knowledgeFolder
        if folder:
            job.arguments += ["--knowledge", folder]
        modality = modality_of_image(self.parameters).value if modality is None else modality
        if modality in (Modality.CT.value, Modality.MR.value) and job.volume_node is not None:
            job.arguments += ["--modality", modality]
        self.cancelling = False
        self.ui.progressBar.value = 0
        self.ui.progressBar.visible = True
        self.runner.start(job)
        self.refresh()

    def _progress(self, progress: Progress) -> None:
        bar = self.ui.progressBar
        bar.maximum = 1000 if progress.fraction is not None else 0
        if progress.fraction is not None:
            bar.value = round(1000 * progress.fraction)
        left = present.time_left(progress.seconds_left)
        what = progress.message or progress.stage
        self._status(", ".join(part for part in (what[:1].upper() + what[1:], left) if part))

    def _finished(self, session: ReviewSession | None, message: str) -> None:
        self.cancelling = False
        self.ui.progressBar.visible = False
        self._status(message)
        if session is not None:
            if self.parameters is not None and session.policy is not self.parameters.policy:
                session.apply_gate(self.parameters.policy)
                session.store()
            if session.volume_node is not None:
                views.show_volume(session.volume_node)
            self.inputs.hide_boxes()
            self._show(session)
            self.ui.inputsCollapsibleButton.collapsed = True
            self.curators.show_change(self.runner.last_change)
            self.verdict.next_open()
        self.refresh()

    # Within

    def _decided(self) -> None:
        self.signing.show_signature()
        self.curators.show(self.runner.session)

    def _knowledge_read(self, message: str) -> None:
        self.inputs.fill_history(self.curators.folder)
        self.verdict.refresh()
        self.curators.show(self.runner.session)
        self._status(message)

    def make_sample(self, *_arguments: object) -> None:
        """Has the synthetic torso computed in a process of its own, and chooses it and the labels that come with it."""
        from FMAssistLib import sample_data

        if self._sample is not None:
            return
        with slicer.util.tryWithErrorDisplay(_("The synthetic torso could not be made.")):
            if self._ensured():
                self._sample = sample_data.Maker(self._sample_made)
                self._sample.start()
                self.ui.sampleButton.enabled = False
                self.ui.sampleButton.text = _("Making a synthetic torso…")

    def _sample_made(self, sample: Any, message: str) -> None:
        self._sample = None
        self.ui.sampleButton.enabled = True
        self.ui.sampleButton.text = _("Make a synthetic torso")
        if sample is None:
            slicer.util.errorDisplay(_("The synthetic torso could not be made.") + f"\n\n{message}")
        elif self.parameters is not None:
            self.parameters.inputVolume = sample.volume
            self.parameters.inputSegmentation = sample.labels
            # It is whole, and so are its labels; with them, the check can be tried without any model.
            self.parameters.task, self.parameters.complete = Task.CHECK, True
            views.show_volume(sample.volume)

    def _show(self, session: ReviewSession | None) -> None:
        self.work.cancel()
        self.ui.compareButton.checked = False
        self.beside.leave()
        if session is not None:
            display.show_only(session.segmentation_node)
            display.bring_scan_up(session.volume_node)
        self.verdict.show(session)
        self.curators.show(session)
        self.signing.watch(session)

    def _show_apply(self, situation: states.Situation | None = None) -> None:
        """The button's text and tip; it folds away with the inputs, but never while there is something to cancel."""
        situation = situation or self.inputs.situation()
        why_not, button = states.missing(situation), self.ui.applyButton
        parameters = self.parameters
        apply = states.apply_button(self.state, why_not, parameters.task if parameters else None)
        button.text, button.enabled, button.toolTip = apply.text, apply.enabled, apply.tool_tip
        folded = bool(self.ui.inputsCollapsibleButton.collapsed)
        button.visible = self.runner.running or not folded
        notice = "" if why_not or self.runner.running else states.notice(situation)
        self.ui.noticeLabel.text = notice
        self.ui.noticeLabel.visible = bool(notice) and not folded

    def _status(self, text: str) -> None:
        self._says_why_not = False
        self.ui.statusLabel.text = text
        self.ui.statusLabel.visible = bool(text) and not self._folded_and_ready(text)

    def _folded_and_ready(self, text: str) -> bool:
        """Whether a text is only about inputs that are folded away, while there is a result to work on."""
        folded = bool(self.ui.inputsCollapsibleButton.collapsed) and self.runner.session is not None
        return folded and not self.runner.running and text == states.missing(self.inputs.situation())
