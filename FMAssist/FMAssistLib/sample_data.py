"""The synthetic torso: a scan for trying things on, computed here, with no patient behind it and nothing downloaded."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import process, reading
from FMAssistLib.idle import Idle

SAMPLE_NAME = "FMAssistTorso"
SPACING_MM = 4.0
"""Coarse, so that it takes seconds; fine enough for every structure that the tutorial looks at."""


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
        sampleDescription=_("Synthetic torso: an artificial CT, computed on this machine"),
        thumbnailFileName=str(icon),
        customDownloader=lambda _source: [make_torso()],
        nodeNames=SAMPLE_NAME,
    )


class Maker:
    """Computes the torso in a process of its own and loads it in pieces.

    Args:
        made: called with the volume node, or with None and what went wrong.
    """

    def __init__(self, made: Callable[[Any, str], None]) -> None:
        self._made = made
        self._folder = Path(tempfile.mkdtemp(prefix="FMAssist-", dir=getattr(slicer.app, "temporaryPath", None)))
        arguments = ["torso", "--out", str(self._file), "--spacing", str(SPACING_MM)]
        self._process = process.WorkerProcess(process.worker_command(arguments), lambda _progress: None, self._ended)
        self._idle = Idle()

    @property
    def _file(self) -> Path:
        return self._folder / "torso.nrrd"

    def start(self) -> None:
        """Starts and returns at once."""
        self._process.start()

    def close(self) -> None:
        """Ends it, without telling anybody."""
        self._made = lambda _node, _message: None
        self._process.close()
        self._idle.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ended(self, outcome: process.Outcome) -> None:
        if not outcome.has_result:
            self._end(None, process.explain(outcome))
            return
        self._idle.run(
            reading.read_volume(self._file, _("Synthetic torso")),
            lambda node: self._end(_windowed(node), ""),
            lambda error: self._end(None, str(error)),
        )

    def _end(self, node: Any, message: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._made(node, message)


def make_torso() -> Any:
    """Computes the torso and returns its volume node; the window stays alive meanwhile.

    Raises:
        RuntimeError: it could not be computed, for instance because the library's packages are not installed yet.
    """
    loop, ends = qt.QEventLoop(), []

    def made(node: Any, message: str) -> None:
        ends.append((node, message))
        loop.quit()

    maker = Maker(made)
    maker.start()
    if not ends:
        (getattr(loop, "exec", None) or loop.exec_)()
    node, message = ends[0]
    if node is None:
        raise RuntimeError(message)
    return node


def _windowed(node: Any) -> Any:
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(400, 40)
    return node
