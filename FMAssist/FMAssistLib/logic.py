"""Runs models and checks in a process of their own, and turns what they write into a result under review."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from FMAssistLib import comparison, display, exchange, masks, process, reading, scripting, storage, worklist
from FMAssistLib.errand import new_folder
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.jobs import Job
from FMAssistLib.library import add_library_to_path
from FMAssistLib.session import ReviewSession


class Runner:
    """One run at a time; the GUI thread only hands over pieces and reads what has arrived.

    `on_progress(Progress)` and `on_finished(ReviewSession | None, message)` are set by whoever shows it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_progress: Callable[[process.Progress], None] = lambda _progress: None
        self.on_finished: Callable[[ReviewSession | None, str], None] = lambda _session, _message: None
        self.session: ReviewSession | None = None
        self.last_change: comparison.Change | None = None
        self.command: Callable[[list[str]], list[str]] = process.worker_command
        self._job: Job | None = None
        self._worker: process.WorkerProcess | None = None
        self._folder: Path | None = None
        self._idle = Idle()
        self._why_cancelled = ""

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._job is not None

    def start(self, job: Job) -> bool:
        """Starts a run and returns at once; False when one is under way already, which goes on undisturbed."""
        if self._job is not None:
            return False
        self._job = job
        self._why_cancelled = ""
        self._folder = new_folder()  # removed whatever happens, since it holds a patient's images
        if job.source is not None:
            job.source_time = _content_time(job.source)
        self._idle.run(self._hand_over(job, self._folder), lambda _nothing: self._start_worker(), self._not_handed_over)
        return True

    def check(self, segmentationNode: Any, volumeNode: Any = None, **more: Any) -> ReviewSession:  # noqa: N803
        """Checks a segmentation and waits for the result; `scripting.check_and_wait` says what can be told with it."""
        return scripting.check_and_wait(self, segmentationNode, volumeNode, **more)

    def cancel(self, why: str = "") -> None:
        """Stops the run; `on_finished` follows. Returns at once."""
        if self._job is None:
            return
        # Closing a scene removes its nodes too: the first reason is the true one.
        self._why_cancelled = self._why_cancelled or why
        if self._worker is not None:
            self._worker.cancel()
        else:
            # While the scan is handed over, or the result is taken over.
            self._finish(None, self._why_cancelled or _("Cancelled. Nothing was changed."))

    def close(self) -> None:
        """Ends everything now, without telling anybody: the module or the application goes away."""
        self.on_finished = lambda _session, _message: None
        if self._worker is not None:
            self._worker.close()
        self._finish(None, "")

    def scene_closing(self) -> None:
        """The scene closes: its run is cancelled and its result forgotten."""
        self.session = None
        self.cancel(_("Cancelled, because the scene was closed."))

    def node_removed(self, node: Any) -> None:
        """A node is about to go: a run that needs it is cancelled, a result that is it is forgotten."""
        if self.session is not None and node is self.session.segmentation_node:
            self.session = None
        elif self.session is not None and node is self.session.volume_node:
            self.session.volume_node = None  # What is checked or edited again has no scan behind it any more.
        storage.follow(node)
        if self._job is not None and self._job.concerns(node):
            self.cancel(_("Cancelled, because its scan or segmentation was deleted."))

    def _hand_over(self, job: Job, folder: Path) -> Steps[None]:
        if job.volume_node is not None:
            for share in exchange.write_volume(job.volume_node, folder / "volume.nrrd"):
                self.on_progress(process.Progress("export", share, _("Preparing the scan"), None))
                yield
        if job.source is not None:
            labels = folder / "labels.seg.nrrd"
            yield from exchange.write_segmentation(job.source, job.volume_node, labels, dict(job.names))
        exchange.write_context(dict(job.context), folder / "context.json")
        if job.boxes is not None:
            (folder / "prompts.json").write_text(job.boxes, encoding="utf-8")

    def _not_handed_over(self, error: Exception) -> None:
        self._finish(None, _("The scan could not be handed over: {reason}").format(reason=error))

    def _start_worker(self) -> None:
        job, folder = self._job, self._folder
        arguments = list(job.arguments)
        if job.source is None:
            arguments += [str(folder / "volume.nrrd")]
        else:
            arguments += ["--labels", str(folder / "labels.seg.nrrd")]
            if job.volume_node is not None:
                arguments += ["--image", str(folder / "volume.nrrd")]
        if job.boxes is not None:
            arguments += ["--prompts", str(folder / "prompts.json")]
        # A model's own copies of the scan go with the folder too, when the process is killed.
        arguments = ["--scratch", str(folder), "--codes", str(folder / "codes.json"), *arguments]
        arguments += ["--context", str(folder / "context.json"), "--out", str(folder / "out")]
        self._worker = process.WorkerProcess(self.command(arguments), self.on_progress, self._ended)
        self._worker.start()

    def _ended(self, outcome: process.Outcome) -> None:
        if not outcome.has_result or self._why_cancelled:
            self._finish(None, self._why_cancelled or process.explain(outcome))
            return
        # The process has gone; a cancel from here on ends the taking over.
        self._worker = None
        self.on_progress(process.Progress("take over", None, _("Loading the result"), None))
        self._idle.run(
            self._take_over(self._job, self._folder),
            lambda session: self._finish(session, ""),
            lambda error: self._finish(None, _("The result could not be taken over: {reason}").format(reason=error)),
        )

    def _take_over(self, job: Job, folder: Path) -> Steps[ReviewSession]:
        """Makes a result out of what the worker wrote; what is shown of it is shown at the end, gated."""
        add_library_to_path()
        from fmassist.review import Review

        yield
        for name in ("volume.nrrd", "labels.seg.nrrd"):
            # The process has gone and needs them no more; letting go of a large file takes a moment by itself.
            (folder / name).unlink(missing_ok=True)
            yield
        result = worklist.json_of(folder / "out" / "findings.json")
        yield
        evidence, codes = (
            worklist.json_of(folder / "out" / "evidence.json"),
            worklist.json_of(folder / "codes.json") or {},
        )
        yield
        if job.source is not None and _content_time(job.source) != job.source_time:
            raise ValueError(_("the segmentation was changed while it was checked; check again"))
        self.last_change = None
        if job.recheck is not None:
            self.last_change = comparison.compare(job.recheck.review.result, result)
            yield from job.recheck.checking_again(result, evidence, codes)
            return job.recheck
        name = job.volume_node.GetName() if job.volume_node is not None else _("Segmentation")
        title = _("{name} FMAssist").format(name=name)
        review = Review(result, evidence=evidence)
        if job.source is None:
            file = folder / "out" / "segmentation.seg.nrrd"
            node = yield from reading.read_segmentation_steps(file, title, job.volume_node)
            ids_by_name = worklist.ids_by_name(node)
        else:
            node = yield from reading.copy_steps(job.source, title, job.volume_node, job.names)
            ids_by_name = {segment_name: [sid] for sid, segment_name in job.names.items()}
        try:
            session = ReviewSession(node, job.volume_node, review, ids_by_name, evidence, codes)
            session.code_segments()
            yield
            session.apply_gate()
            yield
            session.store()
            yield
            if job.source is not None:
                # Two copies on top of each other would show what the gate hides; only the display is switched off.
                display.switch(job.source, False)
            display.show_only(node)
        except BaseException:  # a cancel closes the generator, which is no Exception
            storage.remove(node)
            raise
        return session

    def _finish(self, session: ReviewSession | None, message: str) -> None:
        self._idle.cancel()
        self._worker = None
        was_running, self._job = self._job is not None, None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if session is not None:
            self.session = session
        if was_running:
            self.on_finished(session, message)


def _content_time(segmentation_node: Any) -> int:
    segmentation = segmentation_node.GetSegmentation()
    times = [segmentation.GetMTime()]
    for layer in range(segmentation.GetNumberOfLayers()):
        image = segmentation.GetLayerDataObject(layer, masks.representation())
        if image is not None:
            times.append(image.GetMTime())
    return max(times)
