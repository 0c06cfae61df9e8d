"""Runs from the panel: Apply, a check again, and the synthetic torso."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import dependencies, jobs, present, views
from FMAssistLib.idle import Steps
from FMAssistLib.parameters import Modality, Task, context_of, modality_of_image
from FMAssistLib.process import Progress
from FMAssistLib.protocols import Desk, Installs, RunsJobs
from FMAssistLib.session import ReviewSession
from FMAssistLib.status_line import StatusLine


class Running:
    """Starts what the panel describes, and takes its end over.

    Args:
        ui: the loaded panel's widgets.
        runner: runs models and checks.
        installer: sees that what a run needs is there.
        desk: the panel.
        status: says what is going on.
    """

    def __init__(self, ui: Any, runner: RunsJobs, installer: Installs, desk: Desk, status: StatusLine) -> None:
        self._ui, self._runner, self.installer, self._desk, self._status = ui, runner, installer, desk, status
        self._sample: Any = None
        runner.on_progress = self._progress
        runner.on_finished = self._finished
        ui.applyButton.clicked.connect(self.apply)
        for button in (ui.recheckButton, ui.recheckKnowledgeButton):
            button.clicked.connect(lambda *_arguments: self.check_again())
        ui.sampleButton.clicked.connect(self.make_sample)

    @property
    def making_a_sample(self) -> bool:
        """Whether the synthetic torso is being made."""
        return self._sample is not None

    def close(self) -> None:
        """The module goes away."""
        if self._sample is not None:
            self._sample.close()

    def apply(self, *_arguments: object) -> None:
        """Starts a run, or cancels the one under way."""
        if self._runner.running:
            self._status.cancelling = True
            self._runner.cancel()
            self._desk.refresh()
            return
        inputs = self._desk.inputs
        with slicer.util.tryWithErrorDisplay(_("The run could not be started.")):
            segmenting = self._desk.parameters.task is Task.SEGMENT
            if self.ensured(inputs.model if segmenting else None):
                self.start(inputs.job())

    def ensured(self, model: Any = None) -> bool:
        """Whether everything that a run needs is there; what went wrong is told once."""
        try:
            there = self.installer.ensure(model)
        except dependencies.NotInstalledError as error:
            if not error.shown:
                slicer.util.errorDisplay(str(error))
            self._status.say(str(error).partition("\n")[0])
            return False
        if there:
            qt.QTimer.singleShot(0, self._ask_for_models)
        return there

    def _ask_for_models(self) -> None:
        if self._desk.parameters is not None:
            self._desk.inputs.ask_for_models()

    def check_again(self) -> None:
        """Checks the result under review as it is now."""
        session, desk = self._desk.session, self._desk
        if session is None or self._runner.running or desk.held or desk.verdict.signed:
            return
        with slicer.util.tryWithErrorDisplay(_("The check could not be started.")):
            if self.ensured():
                desk.work.run(self._noting_edits(session), lambda _nothing: self._check_now(session), self._not_noted)
                desk.verdict.update_buttons()

    def _not_noted(self, error: Exception) -> None:
        slicer.util.errorDisplay(str(error))
        self._desk.refresh()

    def _noting_edits(self, session: ReviewSession) -> Steps[None]:
        """What was edited by hand counts as decided, so that it can be undone."""
        edited = self._desk.verdict.edited
        for finding_id in sorted(edited):
            if session.review.decision_on(finding_id) is None:
                yield from session.noting_edit(finding_id, self._desk.reviewer)
        edited.clear()

    def _check_now(self, session: ReviewSession) -> None:
        arguments, parameters = ["check"], self._desk.parameters
        if session.review.result.get("label_map"):
            arguments += ["--label-map", str(session.review.result["label_map"])]
        context, modality = context_of(parameters), modality_of_image(parameters).value
        if session.told_elsewhere or session.volume_node is not parameters.inputVolume:
            # The panel speaks of the scan chosen above; a result of another one keeps what its own check was told.
            result = session.review.result
            context, modality = dict(result.get("context") or {}), str((result.get("study") or {}).get("modality"))
        with slicer.util.tryWithErrorDisplay(_("The check could not be started.")):
            nodes = session.volume_node, session.segmentation_node
            self.start(jobs.Job(arguments, *nodes, session.names, context, recheck=session), modality)

    def start(self, job: jobs.Job, modality: str | None = None) -> None:
        """Starts a run.

        Args:
            job: what it starts from.
            modality: of the image; by default what DICOM or the panel says.
        """
        parameters = self._desk.parameters
        if parameters.knowledgeFolder:
            job.arguments += ["--knowledge", parameters.knowledgeFolder]
        modality = modality_of_image(parameters).value if modality is None else modality
        if modality in (Modality.CT.value, Modality.MR.value) and job.volume_node is not None:
            job.arguments += ["--modality", modality]
        self._status.cancelling = False
        self._ui.progressBar.value = 0
        self._ui.progressBar.visible = True
        self._runner.start(job)
        self._desk.refresh()

    def _progress(self, progress: Progress) -> None:
        bar = self._ui.progressBar
        bar.maximum = 1000 if progress.fraction is not None else 0
        if progress.fraction is not None:
            bar.value = round(1000 * progress.fraction)
        left = present.time_left(progress.seconds_left)
        what = progress.message or progress.stage
        self._status.say(", ".join(part for part in (what[:1].upper() + what[1:], left) if part))

    def _finished(self, session: ReviewSession | None, message: str) -> None:
        desk = self._desk
        self._status.cancelling = False
        self._ui.progressBar.visible = False
        self._status.say(message)
        if session is not None:
            if desk.parameters is not None and session.policy is not desk.parameters.policy:
                session.apply_gate(desk.parameters.policy)
                session.store()
            desk.inputs.hide_boxes()
            desk.take(session)
            desk.curators.show_change(self._runner.last_change)
        desk.refresh()

    def make_sample(self, *_arguments: object) -> None:
        """Has the synthetic torso computed in a process of its own, and chooses it and the labels that come with it."""
        from FMAssistLib import sample_data

        if self._sample is not None:
            return
        with slicer.util.tryWithErrorDisplay(_("The synthetic torso could not be made.")):
            if self.ensured():
                self._sample = sample_data.Maker(self._sample_made)
                self._sample.start()
                self._ui.sampleButton.enabled = False
                self._ui.sampleButton.text = _("Making a synthetic torso…")

    def _sample_made(self, sample: Any, message: str) -> None:
        self._sample = None
        parameters = self._desk.parameters
        self._ui.sampleButton.enabled = True
        self._ui.sampleButton.text = _("Make a synthetic torso")
        if sample is None:
            slicer.util.errorDisplay(_("The synthetic torso could not be made.") + f"\n\n{message}")
        elif parameters is not None:
            parameters.inputVolume = sample.volume
            parameters.inputSegmentation = sample.labels
            # It is whole, and so are its labels; with them, the check can be tried without any model.
            parameters.task, parameters.complete = Task.CHECK, True
            views.show_volume(sample.volume)
