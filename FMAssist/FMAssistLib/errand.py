"""One errand of the library in a process of its own: handed over, waited for, taken over, and its folder removed.

What is handed over and taken over is done in pieces (`idle`), so that the window stays alive; the folder lies where the
application keeps passing files, under a name that tells nothing, since it may hold a patient's images.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import slicer

from FMAssistLib import process
from FMAssistLib.idle import Idle, Steps

T = TypeVar("T")


def new_folder() -> Path:
    """A folder for files that pass between the application and a process of its own; for the caller to remove."""
    return Path(tempfile.mkdtemp(prefix="FMAssist-", dir=getattr(slicer.app, "temporaryPath", None) or None))


class Errand:
    """Runs one errand at a time.

    Args:
        command: gives the process's command; replaced in tests.
    """

    def __init__(self, command: Callable[[list[str]], list[str]] = process.worker_command) -> None:
        self.command = command
        self._idle = Idle()
        self._process: process.WorkerProcess | None = None
        self._folder: Path | None = None

    @property
    def busy(self) -> bool:
        """Whether something is handed over, waited for or taken over."""
        return self._idle.busy or self._process is not None

    def run(
        self,
        hand_over: Callable[[Path], Steps[list[str]]],
        take_over: Callable[[Path], Steps[T]],
        done: Callable[[T], None],
        failed: Callable[[str], None],
    ) -> None:
        """Starts and returns at once, in place of what was under way.

        Args:
            hand_over: writes into the folder what the process needs, and returns its arguments.
            take_over: reads what it wrote.
            done: called with what was taken over.
            failed: called with what went wrong instead, in words.
        """
        self.close()
        folder = self._folder = new_folder()

        def fail(reason: object) -> None:
            self._clear()
            failed(str(reason))

        def finish(taken: T) -> None:
            self._clear()
            done(taken)

        def ended(outcome: process.Outcome) -> None:
            self._process = None
            if outcome.has_result:
                self._idle.run(take_over(folder), finish, fail)
            else:
                fail(process.explain(outcome))

        def start(arguments: list[str]) -> None:
            whole = self.command(["--scratch", str(folder), *arguments])
            self._process = process.WorkerProcess(whole, lambda _progress: None, ended)
            self._process.start()

        self._idle.run(hand_over(folder), start, fail)

    def close(self) -> None:
        """Ends it, without telling anybody."""
        self._idle.cancel()
        self._clear()

    def _clear(self) -> None:
        running, self._process = self._process, None
        if running is not None:
            running.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
