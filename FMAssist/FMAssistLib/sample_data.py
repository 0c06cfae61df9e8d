"""The synthetic torso: a scan for trying things on, and labels of it that hold two mistakes.

Computed here, with no patient behind it and nothing downloaded.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import dependencies, process, reading, views
from FMAssistLib.idle import Idle, Steps

SAMPLE_NAME = "FMAssist synthetic torso"
SPACING_MM = 3.0
"""Fine enough for every structure that the tutorial looks at, coarse enough for a laptop: it takes seconds."""


@dataclass(frozen=True)
class Sample:
    """The torso in the scene: `vtkMRMLScalarVolumeNode` and `vtkMRMLSegmentationNode`."""

    volume: Any
    labels: Any


def register() -> None:
    """Adds the torso to Slicer's Sample Data module; nothing happens where that is absent."""
    try:
        import SampleData
    except ImportError:
        return
    icon = Path(__file__).resolve().parent.parent / "Resources" / "Icons" / "FMAssist.png"
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="FMAssist",
        sampleName=SAMPLE_NAME,
        # Nothing is fetched; but without an address, a source cannot be made.
        uris="",
        customDownloader=_on_request,
        thumbnailFileName=str(icon),
    )


class Maker:
    """Computes the torso in a process of its own and loads it in pieces.

    Args:
        made: called with the `Sample`, or with None and what went wrong.
    """

    def __init__(self, made: Callable[[Sample | None, str], None]) -> None:
        self._made = made
        self._folder = Path(tempfile.mkdtemp(prefix="FMAssist-", dir=getattr(slicer.app, "temporaryPath", None)))
        arguments = ["torso", "--out", str(self._folder), "--spacing", str(SPACING_MM)]
        self._process = process.WorkerProcess(process.worker_command(arguments), lambda _progress: None, self._ended)
        self._idle = Idle()

    def start(self) -> None:
        """Starts and returns at once."""
        self._process.start()

    def close(self) -> None:
        """Ends it, without telling anybody."""
        self._made = lambda _sample, _message: None
        self._process.close()
        self._idle.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ended(self, outcome: process.Outcome) -> None:
        if not outcome.has_result:
            self._end(None, process.explain(outcome))
            return
        self._idle.run(self._loading(), lambda sample: self._end(sample, ""), lambda error: self._end(None, str(error)))

    def _loading(self) -> Steps[Sample]:
        volume = yield from reading.read_volume(self._folder / "torso.nrrd", _("Synthetic torso"))
        volume.GetDisplayNode().SetAutoWindowLevel(False)
        volume.GetDisplayNode().SetWindowLevel(400, 40)
        name = _("Synthetic torso, two mistakes in it")
        labels = yield from reading.read_segmentation_steps(self._folder / "labels.seg.nrrd", name, volume)
        return Sample(volume, labels)

    def _end(self, sample: Sample | None, message: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._made(sample, message)


def make_torso() -> Sample:
    """Computes the torso and waits for it; the window stays alive meanwhile.

    Raises:
        RuntimeError: it could not be computed, for instance because the library's packages are not installed yet.
    """
    loop, ends = qt.QEventLoop(), []

    def made(sample: Sample | None, message: str) -> None:
        ends.append((sample, message))
        loop.quit()

    maker = Maker(made)
    maker.start()
    if not ends:
        (getattr(loop, "exec", None) or loop.exec_)()
    sample, message = ends[0]
    if sample is None:
        raise RuntimeError(message)
    return sample


def _on_request(_source: Any) -> list[Any]:
    """What Slicer's Sample Data module calls; returns the nodes."""
    with slicer.util.tryWithErrorDisplay(_("The synthetic torso could not be made.")):
        if not dependencies.ensure():
            return []
        sample = make_torso()
        sample.labels.GetDisplayNode().SetVisibility(True)
        views.show_volume(sample.volume)
        return [sample.volume, sample.labels]
