"""The panel as a whole: inputs, run, verdict, sign-off and the curators' section working together."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from FMAssistLib import curators, dependencies, logic, present, settings, states, storage, views
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.inputs_panel import InputsPanel
from FMAssistLib.parameters import Modality, Parameters, Task, context_of, modality_of_image
from FMAssistLib.process import Progress
from FMAssistLib.session import ReviewSession
from FMAssistLib.verdict_panel import VerdictPanel

VERIFY_AFTER_MS = 300
"""An edit comes as many small changes; the signature is verified once they pause."""


class Panel(VTKObservationMixin):
    """The module's panel.

    Args:
        ui: the loaded panel's widgets.
        runner: of type `logic.Runner`.
    """

    def __init__(self, ui: Any, runner: logic.Runner) -> None:
        super().__init__()
        self.ui = ui
        self.runner = runner
        self.parameters: Parameters | None = None
        self.cancelling = False
        self._says_why_not = False
        self._sample: Any = None
        self._folder = ""
        self._results: list[Any] = []
        self.work = Idle()
        """What changes a result or verifies it, one at a time."""
        self.inputs = InputsPanel(ui, self.refresh)
        reviewer = lambda: self.parameters.reviewer if self.parameters else ""  # noqa: E731
        self.verdict = VerdictPanel(ui, self.work, self._decided, reviewer)
        self._verify_timer = qt.QTimer()
        self._verify_timer.interval = VERIFY_AFTER_MS
        self._verify_timer.timeout.connect(self._show_signature)
        runner.on_progress = self._progress
        runner.on_finished = self._finished
        ui.applyButton.clicked.connect(self.apply)
        ui.recheckButton.clicked.connect(lambda *_arguments: self.check_again())
        ui.recheckKnowledgeButton.clicked.connect(lambda *_arguments: self.check_again())
        ui.reloadButton.clicked.connect(self.reload_knowledge)
        ui.chooseFolderButton.clicked.connect(self.choose_folder)
        ui.signButton.clicked.connect(self.sign)
        ui.sampleButton.clicked.connect(self.make_sample)
        # Sent when somebody chooses, and not when a scene that is opened brings its own.
        ui.policyComboBox.activated.connect(lambda *_arguments: self._policy_chosen())
        ui.resultComboBox.currentIndexChanged.connect(lambda *_arguments: self._result_chosen())
        ui.progressBar.visible = False
        ui.statusLabel.visible = False
        ui.changeLabel.visible = False
        ui.knowledgeChangeBrowser.placeholderText = _("What changed shows here after a re-check.")
        self._show(None)

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
        return self.work.busy or self.verdict.busy or self._sample is not None

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Works with other parameters, or with none while a scene closes."""
        self.parameters = parameters
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
        why_not = states.missing(self.inputs.situation())
        apply = states.apply_button(self.state, why_not, parameters.task if parameters else None)
        self.ui.applyButton.text = apply.text
        self.ui.applyButton.enabled = apply.enabled
        self.ui.applyButton.toolTip = apply.tool_tip
        if parameters is not None and not self.runner.running:
            # The reason stands in the panel too: a tool tip on a disabled button is easily missed.
            if why_not or self._says_why_not:
                self._status(why_not)
            self._says_why_not = bool(why_not)
        session = self.runner.session
        if parameters is not None:
            self.verdict.knowledge_folder = parameters.knowledgeFolder
            if parameters.knowledgeFolder != self._folder:
                self._folder = parameters.knowledgeFolder
                self.inputs.fill_history(self._folder)
            if session is not None and parameters.policy is not session.policy:
                session.apply_gate(parameters.policy)
                session.store()
            self._show_version(session)
        self._list_results()
        self._show_sign_button()

    def entered(self) -> None:
        """The user opens the module."""
        self.inputs.ask_for_models()
        self.scene_opened()

    def scene_opened(self) -> None:
        """Finds a reviewed result in a scene that was just opened."""
        if self.runner.session is None:
            for node in storage.reviewed(slicer.mrmlScene):
                if self._open(node):
                    break
        if self.verdict.session is not self.runner.session:
            self._show(self.runner.session)
        self._list_results()

    def node_added(self, node: Any) -> None:
        """A node has come; boxes and scans concern the panel."""
        if node is not None and node.GetClassName() in ("vtkMRMLMarkupsROINode", "vtkMRMLScalarVolumeNode"):
            qt.QTimer.singleShot(0, self._after_arrival)

    def _after_arrival(self) -> None:
        if self.parameters is not None and not slicer.mrmlScene.IsBatchProcessing():
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

    def _list_results(self) -> None:
        """Lists the reviewed results of the scene where there are several."""
        results = storage.reviewed(slicer.mrmlScene)
        combo = self.ui.resultComboBox
        blocked = combo.blockSignals(True)
        if [node.GetID() for node in results] != [node.GetID() for node in self._results]:
            combo.clear()
            for node in results:
                combo.addItem(node.GetName())
        self._results = results
        session = self.runner.session
        if session is not None and session.segmentation_node in results:
            combo.currentIndex = results.index(session.segmentation_node)
        combo.blockSignals(blocked)
        combo.visible = len(results) > 1

    def _result_chosen(self) -> None:
        # Qt 5 has a signal of the same name that tells the text: the widget is asked instead.
        index = self.ui.resultComboBox.currentIndex
        node = self._results[index] if 0 <= index < len(self._results) else None
        session = self.runner.session
        if node is None or self.runner.running or self._held or (session and session.segmentation_node is node):
            self._list_results()
            return
        self.verdict.leave()
        if self._open(node):
            self._show(self.runner.session)
        self.refresh()

    def _policy_chosen(self) -> None:
        if self.parameters is not None:
            settings.remember_policy(self.parameters.policy)

    def leave(self) -> None:
        """The user opens another module: previews go, results stay."""
        self.verdict.leave()

    def look_again(self) -> None:
        """Shows the finding selected after `leave`."""
        self.verdict.look()

    def close(self) -> None:
        """The module goes away: nothing may call back into it."""
        self._verify_timer.stop()
        self.work.cancel()
        self.verdict.close()
        self.inputs.close()
        if self._sample is not None:
            self._sample.close()
        self.removeObservers()

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
            if dependencies.ensure(self.inputs.model if segmenting else None):
                self._start(self.inputs.job())

    def check_again(self) -> None:
        """Checks the result under review as it is now."""
        session = self.runner.session
        if session is None or self.runner.running or self._held or self.verdict.signed:
            return
        with slicer.util.tryWithErrorDisplay(_("The check could not be started.")):
            if dependencies.ensure():
                self._do(self._noting_edits(session), lambda _nothing: self._check_now(session))

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
            self._start(logic.Job(arguments, *nodes, names, context, recheck=session), modality)

    def _start(self, job: logic.Job, modality: str | None = None) -> None:
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
            self._show(session)
            self.ui.inputsCollapsibleButton.collapsed = True
            change = self.runner.last_change
            self.ui.changeLabel.visible = change is not None
            self.ui.changeLabel.text = change.text() if change is not None else ""
            self.ui.knowledgeChangeBrowser.plainText = change.text() if change is not None else ""
        self.refresh()

    # Sign-off

    def sign(self, *_arguments: object) -> None:
        """Signs the result under the reviewer's name, or takes a valid signature back."""
        session = self.runner.session
        if session is None or self._held:
            return
        if self.verdict.signed:
            with slicer.util.tryWithErrorDisplay(_("The signature could not be withdrawn.")):
                session.withdraw()
            self._show_signature()
            return
        self._do(session.signing(self.parameters.reviewer), lambda _nothing: self._show_signature())

    def _do(self, steps: Steps[Any], done: Any) -> None:
        """Does something to the result in pieces, with the buttons held meanwhile."""

        def failed(error: Exception) -> None:
            slicer.util.errorDisplay(str(error))
            self._show_signature()
            self.refresh()

        self.work.run(steps, done, failed)
        self.verdict.update_buttons()
        self._show_sign_button()

    def _decided(self) -> None:
        self._show_signature()
        self._show_version(self.runner.session)

    def _show_sign_button(self) -> None:
        session = self.runner.session
        why_not = ""
        signed = session is not None and session.review.signature is not None and not self.verdict.void
        self.ui.signButton.text = _("Withdraw &signature") if signed else _("&Sign")
        if self.work.busy:
            self.ui.signButton.enabled = False
            self.ui.signButton.toolTip = _("One moment.")
            return
        if signed:
            self.ui.signButton.enabled = True
            self.ui.signButton.toolTip = _("Open the result again; the log keeps that it was signed.")
            return
        if session is None:
            why_not = _("There is no result to sign.")
        elif session.review.open_findings():
            why_not = _("Decide first: {findings} left.").format(
                findings=present.count_of(len(session.review.open_findings()))
            )
        elif not (self.parameters and self.parameters.reviewer.strip()):
            why_not = _("Write your name first.")
        self.ui.signButton.enabled = not why_not
        self.ui.signButton.toolTip = why_not or _("Lock the result under your name; any later change voids it visibly.")

    def _show_signature(self) -> None:
        """Verifies the signature and says how it is; on a large result that takes a moment."""
        session, label = self.runner.session, self.ui.signatureLabel
        # Stopped by hand: `singleShot` is a property and a static method, which Python's Qts tell apart differently.
        self._verify_timer.stop()
        if self.work.busy:
            self._verify_timer.start()
            return
        if session is None or session.review.signature is None:
            label.text = _("Not signed.") if session is not None else ""
            label.styleSheet = ""
            self.verdict.set_void(False)
            self._show_sign_button()
            return
        self._do(session.verifying(), lambda verification: self._verified(session, verification))

    def _verified(self, session: ReviewSession, verification: Any) -> None:
        if session is not self.runner.session or session.review.signature is None:
            return
        signature, label = session.review.signature, self.ui.signatureLabel
        who = _("{name}, {time} UTC").format(name=signature.by, time=signature.at[:16].replace("T", " "))
        if verification.valid:
            label.text = _("Signed by {who}").format(who=who)
            label.styleSheet = "background-color: #2e7d32; color: white; padding: 6px; border-radius: 3px;"
        else:
            session.note_void(verification.reasons)
            label.text = _("Signature void (was {who}): {reasons}").format(
                who=who, reasons="; ".join(verification.reasons)
            )
            label.styleSheet = "background-color: #c62828; color: white; padding: 6px; border-radius: 3px;"
        if verification.notes:
            label.text += "\n" + "; ".join(verification.notes)
        self.verdict.set_void(not verification.valid)
        self._show_sign_button()

    # Curators

    def reload_knowledge(self, *_arguments: object) -> None:
        """Reads the knowledge again; a run reads it anew anyway, so this brings the lists up to date."""
        own = self.parameters.knowledgeFolder
        self.inputs.fill_history(own)
        self.verdict.refresh()
        self._show_version(self.runner.session)
        self._status(_("Knowledge read again: {version}").format(version=curators.version_in_use(own)))

    def _show_version(self, session: ReviewSession | None) -> None:
        """The version that the next check takes, and the one behind the result shown."""
        own = self.parameters.knowledgeFolder if self.parameters is not None else ""
        lines = [_("in use: {version}").format(version=curators.version_in_use(own))]
        if session is not None:
            lines.append(_("this result: {versions}").format(versions=curators.version_text(session.review.result)))
        self.ui.versionLabel.text = "\n".join(lines)

    def choose_folder(self, *_arguments: object) -> None:
        """Asks for a folder of one's own knowledge."""
        folder = qt.QFileDialog.getExistingDirectory(None, _("Folder of knowledge"), self.parameters.knowledgeFolder)
        if folder:
            self.parameters.knowledgeFolder = str(folder)

    def make_sample(self, *_arguments: object) -> None:
        """Has the synthetic torso computed in a process of its own, and chooses it and the labels that come with it."""
        from FMAssistLib import sample_data

        if self._sample is not None:
            return
        with slicer.util.tryWithErrorDisplay(_("The synthetic torso could not be made.")):
            if dependencies.ensure():
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

    # Within

    def _show(self, session: ReviewSession | None) -> None:
        self.removeObservers()
        self.work.cancel()
        self.ui.signCollapsibleButton.visible = session is not None
        self.verdict.show(session)
        self._show_version(session)
        if session is not None:
            segmentation = session.segmentation_node.GetSegmentation()
            for event in (
                segmentation.SourceRepresentationModified,
                segmentation.SegmentModified,
                segmentation.SegmentAdded,
                segmentation.SegmentRemoved,
            ):
                self.addObserver(segmentation, event, self._edited)
        self._show_signature()

    def _edited(self, *_arguments: object) -> None:
        session = self.runner.session
        if session is not None and session.review.signature is not None:
            self._verify_timer.start()

    def _status(self, text: str) -> None:
        self._says_why_not = False
        self.ui.statusLabel.text = text
        self.ui.statusLabel.visible = bool(text)
