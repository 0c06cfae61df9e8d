"""A model taken from a file that the user has got: its licence is shown first, and the library checks what it is."""

from __future__ import annotations

from collections.abc import Callable

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import catalogue, process


def choose_file() -> str:
    """Asks for a model's archive or file; empty when the user wants none."""
    title = _("The file that you got")
    chosen = qt.QFileDialog.getOpenFileName(None, title, "", _("Models (*.zip *.tar *.gz *.pt *.pth *.safetensors)"))
    # PythonQt gives the path, PySide the path and the filter.
    return str(chosen[0] if isinstance(chosen, tuple) else chosen or "")


def agreed(model: catalogue.Model) -> bool:
    """Whether the user agrees to the model's licence."""
    question = _("{model} comes under this licence: {licence}. {note}\n\nDo you agree to it?").format(
        model=model.title, licence=model.licence, note=model.licence_note
    )
    return bool(slicer.util.confirmOkCancelDisplay(question, windowTitle=_("FMAssist")))


class Taker:
    """Puts a model where the library looks for it, in a process of its own.

    Args:
        model: as the catalogue has it.
        path: of the file.
        done: called at the end, with what went wrong or `""`.
        command: gives the process's command; replaced in tests.
    """

    def __init__(
        self,
        model: catalogue.Model,
        path: str,
        done: Callable[[str], None],
        command: Callable[[list[str]], list[str]] = process.worker_command,
    ) -> None:
        self._done = done
        arguments = ["models", "get", model.key, "--from", path, "--yes"]
        self._process = process.WorkerProcess(command(arguments), lambda _progress: None, self._ended)

    def start(self) -> None:
        """Starts and returns at once."""
        self._process.start()

    def close(self) -> None:
        """Ends it, without telling anybody."""
        self._done = lambda _message: None
        self._process.close()

    def _ended(self, outcome: process.Outcome) -> None:
        self._done("" if outcome.has_result else process.explain(outcome))
