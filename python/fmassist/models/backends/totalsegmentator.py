"""TotalSegmentator, in a process of its own: every task, statistics off, nothing downloaded unasked."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from fmassist.errors import InputError
from fmassist.models.backends.apart import ApartBackend, interpreter, limits_of_user
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.leftovers import private_folder
from fmassist.models.process import Room, run_child
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume

SCRIPT = "run_totalsegmentator.py"


class TotalSegmentator(ApartBackend):
    """The library with the weights that it keeps itself. Option of its card: `task`."""

    package = "totalsegmentator"
    is_library = True

    def available(self) -> str | None:
        """None where the library is installed; whether a task's weights are here, only the library knows."""
        return self.missing()

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        self.require_library()
        request = {"task": self.task, "device": device}
        answer = self.run_apart(SCRIPT, volume, request, room=_room(), progress=progress, cancelled=cancelled)
        return self.finished(answer, self.names_said(answer), volume.geometry)

    def get(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> None:
        """Lets the library download the weights of the task.

        Raises:
            InputError: it is not installed, or can't.
        """
        self.require_library()
        with private_folder() as folder:
            (folder / "request.json").write_text(json.dumps({"task": self.task, "download": True}), encoding="utf-8")
            run_child(
                SCRIPT,
                folder,
                model=self.card.title,
                limits=limits_of_user(),
                python=interpreter(),
                room=_room(network=True),
                progress=progress,
                cancelled=cancelled,
            )

    @property
    def task(self) -> str:
        """Which of the library's tasks."""
        task = self.card.options.get("task", "total")
        if not isinstance(task, str):
            raise InputError("the model's description names no task of TotalSegmentator")
        return task


def _room(*, network: bool = False) -> Room:
    """Its own folder of weights and settings, which it counts its runs in, and no other one of the user's."""
    home = Path(os.environ.get("TOTALSEG_HOME_DIR") or Path.home() / ".totalsegmentator").absolute()
    if network:
        home.mkdir(parents=True, exist_ok=True)
    weights = [Path(said).absolute() for said in [os.environ.get("TOTALSEG_WEIGHTS_PATH")] if said]
    return Room(weights, [home, *(weights if network else [])], network, {"TOTALSEG_HOME_DIR": str(home)})
