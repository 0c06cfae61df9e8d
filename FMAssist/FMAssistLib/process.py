"""One run of the library in a process of its own: progress in, exit code out, cancel at any time.

`qt.QProcess` does all waiting in Qt's event loop, so the GUI thread only ever reads what has already arrived.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qt

from FMAssistLib.library import add_library_to_path, library_root, worker_script

KEPT_LINES = 40
"""How many of the last lines of error output are kept for the message."""

EXIT_PLAUSIBLE, EXIT_FAULT, EXIT_INPUT, EXIT_FLAGGED = 0, 1, 2, 3


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Args:
        stage: name of the stage.
        fraction: 0–1 of the stage, or None when it is not known.
        message: in words.
        seconds_left: of the stage, estimated; None when there is not enough to go by.
    """

    stage: str
    fraction: float | None
    message: str
    seconds_left: float | None


@dataclass(frozen=True)
class Outcome:
    """How a run ended: with an exit code, crashed, or cancelled; and its last words."""

    exit_code: int
    crashed: bool
    cancelled: bool
    error_text: str

    @property
    def has_result(self) -> bool:
        """Whether the run wrote a result: plausible, or with findings."""
        return not self.crashed and not self.cancelled and self.exit_code in (EXIT_PLAUSIBLE, EXIT_FLAGGED)


def python_executable() -> str:
    """Slicer's own Python, as a program that runs without the application."""
    if "python" in Path(sys.executable).name.lower():
        return sys.executable  # In Slicer this is PythonSlicer, which sets up what Python needs.
    return shutil.which("PythonSlicer") or sys.executable


def isolated_command(what: str | Path, arguments: Sequence[str]) -> list[str]:
    """The command that runs a module or a script with nothing in its way that lies beside the data.

    Args:
        what: a module's name or a script's path.
        arguments: its own; paths among them are absolute.
    """
    add_library_to_path()
    from fmassist.isolated import isolated

    return isolated(what, arguments, python=python_executable()).command


def prepare(run: Any) -> None:
    """Gives a `qt.QProcess` a cleaned environment and a folder of ours to work in, before it starts."""
    add_library_to_path()
    try:
        from fmassist.isolated.child import NEUTRAL, clean_environment
    except ImportError:
        return  # The installation is incomplete, and there is nothing of ours to start.
    cleaned = qt.QProcessEnvironment()
    for name, value in clean_environment(keep_home=True).items():
        cleaned.insert(name, value)
    run.setProcessEnvironment(cleaned)
    run.setWorkingDirectory(str(NEUTRAL))


def worker_command(arguments: Sequence[str]) -> list[str]:
    """The command that runs `fmassist` with `arguments`."""
    return isolated_command(worker_script(), [str(library_root() or ""), *arguments])


def live_command(arguments: Sequence[str]) -> list[str]:
    """The command that judges a study again after every edit, in a process that stays."""
    script = worker_script().with_name("fmassist_live.py")
    return isolated_command(script, [str(library_root() or ""), *arguments])


class WorkerProcess:
    """A run that can be cancelled.

    Args:
        command: program and arguments, such as `worker_command` gives.
        on_progress: called with a `Progress` for every step told.
        on_finished: called once with the `Outcome`, whatever happened.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_progress: Callable[[Progress], None],
        on_finished: Callable[[Outcome], None],
    ) -> None:
        self._command = list(command)
        self._on_progress = on_progress
        self._on_finished = on_finished
        self._cancelled = False
        self._ended = False
        self._output = ""
        self._errors: list[str] = []
        self._stage = ""
        self._stage_began = 0.0
        self._process = qt.QProcess()
        prepare(self._process)
        self._process.readyReadStandardOutput.connect(self._read_output)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)

    @property
    def running(self) -> bool:
        """Whether the run has not ended yet."""
        return not self._ended

    @property
    def process_id(self) -> int:
        """The process's number in the operating system, 0 before and after."""
        return int(self._process.processId())

    def start(self) -> None:
        """Starts the process and returns at once."""
        self._process.start(self._command[0], self._command[1:])

    def cancel(self) -> None:
        """Ends the process and all that it started; `on_finished` follows when they are gone. Returns at once.

        Nothing is asked and nothing waited for: what a run has written lies in a folder that is removed, so there is
        nothing to be put in order, and a process that was asked politely could go and leave its helpers behind.
        """
        if self._ended or self._cancelled:
            return
        self._cancelled = True
        self._kill()

    def close(self) -> None:
        """Ends the process now, without telling anybody: for a module or an application that goes away."""
        self._on_progress = lambda _progress: None
        self._on_finished = lambda _outcome: None
        if not self._ended:
            self._cancelled = True
            self._kill()
            self._process.waitForFinished(1000)

    def _kill(self) -> None:
        self._process.closeWriteChannel()  # Where there are no groups, what shares its input sees it close.
        number = self.process_id
        if number and hasattr(os, "killpg"):
            try:
                # The worker leads a group of its own; a process that has not got so far is killed by itself below.
                if os.getpgid(number) == number:
                    os.killpg(number, signal.SIGKILL)
            except OSError:
                pass
        self._process.kill()

    def _read_output(self) -> None:
        self._output += text_of(self._process.readAllStandardOutput())
        *lines, self._output = self._output.split("\n")
        for line in lines:
            self._told(line)

    def _told(self, line: str) -> None:
        progress = self._progress(line)
        if progress is not None and not self._cancelled and not self._ended:
            self._on_progress(progress)

    def _read_errors(self) -> None:
        self._errors += text_of(self._process.readAllStandardError()).splitlines()
        del self._errors[:-KEPT_LINES]

    def _progress(self, line: str) -> Progress | None:
        try:
            value = json.loads(line)
            stage, fraction = str(value["stage"]), value.get("fraction")
        except (ValueError, TypeError, KeyError, AttributeError):
            return None  # Something printed by a library below; it is no progress.
        if stage != self._stage:
            self._stage, self._stage_began = stage, time.monotonic()
        if not isinstance(fraction, (int, float)):
            return Progress(stage, None, str(value.get("message", "")), None)
        fraction = min(max(float(fraction), 0.0), 1.0)
        elapsed = time.monotonic() - self._stage_began
        # Below 5 % or two seconds, an estimate would jump about more than it would tell.
        left = elapsed * (1 - fraction) / fraction if fraction >= 0.05 and elapsed >= 2 else None
        return Progress(stage, fraction, str(value.get("message", "")), left)

    def _failed(self, error: object) -> None:
        # Only a process that never started ends without `finished`. `QProcess.error` is a method and, in Qt 5, a
        # signal too, which PythonQt may take for each other: the signal's own argument tells.
        if error == qt.QProcess.FailedToStart:
            program = Path(self._command[0]).name
            self._end(Outcome(EXIT_FAULT, True, self._cancelled, f"{program} could not be started"))

    def _finished(self, *_arguments: object) -> None:
        self._read_output()
        self._read_errors()
        crashed = self._process.exitStatus() != qt.QProcess.NormalExit and not self._cancelled
        self._end(Outcome(int(self._process.exitCode()), crashed, self._cancelled, "\n".join(self._errors)))

    def _end(self, outcome: Outcome) -> None:
        if not self._ended:
            self._ended = True
            # Whoever is told may let go of this object, which must not happen inside its process's own signal.
            qt.QTimer.singleShot(0, lambda: self._on_finished(outcome))


class Conversation(WorkerProcess):
    """A process that stays: it answers each line with a line, both JSON objects.

    Args:
        command: program and arguments, such as `live_command` gives.
        on_answer: called with each answer.
        on_finished: called once with the `Outcome`, whatever happened.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_answer: Callable[[dict[str, Any]], None],
        on_finished: Callable[[Outcome], None],
    ) -> None:
        super().__init__(command, lambda _progress: None, on_finished)
        self._on_answer = on_answer

    def say(self, line: dict[str, Any]) -> None:
        """Sends a line and returns at once."""
        self._process.write(json.dumps(line).encode("ascii") + b"\n")

    def close(self) -> None:
        """Ends the process now, without telling anybody."""
        self._on_answer = lambda _answer: None
        super().close()

    def _told(self, line: str) -> None:
        try:
            answer = json.loads(line)
        except ValueError:
            return
        if isinstance(answer, dict) and not self._cancelled and not self._ended:
            self._on_answer(answer)


def explain(outcome: Outcome) -> str:
    """What to tell the user about a run that gave no result; the program's own line where it has one."""
    from slicer.i18n import tr as _

    if outcome.cancelled:
        return _("Cancelled. Nothing was changed.")
    lines = [line.strip() for line in outcome.error_text.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    if outcome.crashed:
        return _(
            "The calculation stopped unexpectedly, perhaps because memory ran out. Slicer and your data are unharmed. "
            "Close other programs or choose a smaller model, and try again."
        )
    if outcome.exit_code == EXIT_INPUT:
        return last or _("The input could not be used.")
    if "No module named" in last:
        return _("A part that FMAssist needs is not installed yet. Press Apply again to install it.")
    return _("The check could not be completed: {reason}").format(reason=last or _("no reason was given"))


def text_of(data: object) -> str:
    """Text of a `QByteArray`, which PythonQt and PySide hand out differently."""
    content = data.data() if hasattr(data, "data") else data
    return content if isinstance(content, str) else bytes(content).decode("utf-8", "replace")
