"""What the library reads the segments as: codes, names, and numbers by the label map that fits them best.

The panel's own look at codes and names is at once there, but it knows nothing of voxels: whose numbers a file without
names holds, sizes, places and tissues tell. So where it leaves something open, the library is asked in a process of its
own; its reading is the one that the command line and the batch have.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import slicer

from FMAssistLib import exchange, process
from FMAssistLib.idle import Idle, Steps


@dataclass(frozen=True)
class Understanding:
    """What the library says of a segmentation.

    Args:
        names: segment id → (structure's name, from where: `"code"`, `"name"`, `"number"`).
        label_map: id of the map that the numbers were read with; `""` where there is none.
        why: what speaks for that map, in a sentence.
        question: what cannot be known, in a sentence.
    """

    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    label_map: str = ""
    why: str = ""
    question: str = ""


class Reader:
    """Asks the library, one segmentation at a time.

    Args:
        command: gives the process's command; replaced in tests.
    """

    def __init__(self, command: Callable[[list[str]], list[str]] = process.worker_command) -> None:
        self.command = command
        self._idle = Idle()
        self._process: process.WorkerProcess | None = None
        self._folder: Path | None = None
        self._told: Callable[[Understanding | None], None] = lambda _understanding: None

    @property
    def busy(self) -> bool:
        """Whether an answer is being waited for."""
        return self._idle.busy or self._process is not None

    def ask(self, segmentation_node: Any, volume_node: Any, told: Callable[[Understanding | None], None]) -> bool:
        """Asks and returns at once; False where the library's packages are not installed yet.

        Args:
            segmentation_node: anybody's; it stays as it is.
            volume_node: its scan, or None.
            told: called with what is understood; with None where the library could not say.
        """
        self.close()
        if importlib.util.find_spec("typer") is None:
            return False
        self._told = told
        parent = getattr(slicer.app, "temporaryPath", None) or None
        self._folder = Path(tempfile.mkdtemp(prefix="FMAssist-", dir=parent))
        steps = self._handing_over(segmentation_node, volume_node)
        self._idle.run(steps, lambda arguments: self._start(arguments), lambda _error: self._end(None))
        return True

    def close(self) -> None:
        """Asks no more, without telling anybody."""
        self._told = lambda _understanding: None
        if self._process is not None:
            self._process.close()
        self._idle.cancel()
        self._end(None)

    def _handing_over(self, segmentation_node: Any, volume_node: Any) -> Steps[list[str]]:
        labels, folder = self._folder / "labels.seg.nrrd", self._folder
        names = exchange.unique_names(segmentation_node)
        yield from exchange.write_segmentation(segmentation_node, volume_node, labels, names)
        arguments = ["--scratch", str(folder), "meanings", "--labels", str(labels), "--out", str(folder / "said.json")]
        if volume_node is not None:
            for _share in exchange.write_volume(volume_node, folder / "volume.nrrd"):
                yield
            arguments += ["--image", str(folder / "volume.nrrd")]
        return arguments

    def _start(self, arguments: list[str]) -> None:
        self._process = process.WorkerProcess(self.command(arguments), lambda _progress: None, self._ended)
        self._process.start()

    def _ended(self, outcome: process.Outcome) -> None:
        self._process = None
        said = None
        if outcome.has_result and self._folder is not None:
            said = read(self._folder / "said.json")
        self._end(said)

    def _end(self, said: Understanding | None) -> None:
        self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        told, self._told = self._told, lambda _understanding: None
        told(said)


def read(path: Path) -> Understanding | None:
    """What the worker wrote, or None where it wrote nothing that can be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        names = {str(sid): (str(name), str(source)) for sid, (name, source) in said["names"].items()}
        return Understanding(names, str(said["label_map"]), str(said["why"]), str(said["question"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
