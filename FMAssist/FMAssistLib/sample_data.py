"""The synthetic torso: a scan for trying things on, and labels of it that hold two mistakes.

Computed here, with no patient behind it and nothing downloaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import dependencies, reading, views
from FMAssistLib.errand import Errand
from FMAssistLib.idle import Steps

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


class Maker(Errand):
    """Computes the torso in a process of its own and loads it in pieces.

    Args:
        made: called with the `Sample`, or with None and what went wrong.
    """

    def __init__(self, made: Callable[[Sample | None, str], None]) -> None:
        super().__init__()
        self._made = made

    def start(self) -> None:
        """Starts and returns at once."""

        def hand_over(folder: Path) -> Steps[list[str]]:
            yield
            return ["torso", "--out", str(folder), "--spacing", str(SPACING_MM)]

        made = self._made
        self.run(hand_over, _loading, lambda sample: made(sample, ""), lambda reason: made(None, reason))


def _loading(folder: Path) -> Steps[Sample]:
    volume = yield from reading.read_volume(folder / "torso.nrrd", _("Synthetic torso"))
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(400, 40)
    name = _("Synthetic torso, two mistakes in it")
    labels = yield from reading.read_segmentation_steps(folder / "labels.seg.nrrd", name, volume)
    return Sample(volume, labels)


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
