"""Installs Python packages with pip in a process of its own, where Slicer has nothing that does so (before 5.12).

`slicer.util.pip_install` waits for pip in the window's own thread, which stands still for minutes. Here the window
stays alive, shows what pip does, and pip can be cancelled.
"""

from __future__ import annotations

from collections.abc import Sequence

import qt
from slicer.i18n import tr as _

from FMAssistLib import process

KEPT_LINES = 30
"""Of pip's last words, for whoever wants to know why it failed."""


class CancelledError(Exception):
    """The user wanted no installation after all."""


def pip_command(requirements: Sequence[str], options: Sequence[str]) -> list[str]:
    """The command that installs packages into the Python that runs here."""
    return process.isolated_command("pip", ["install", *options, *requirements])


def install(requirements: Sequence[str], options: Sequence[str]) -> None:
    """Installs packages; returns when it is done, with the window alive meanwhile.

    Args:
        requirements: as pip takes them.
        options: of pip, such as `["-c", "constraints.txt"]`.

    Raises:
        CancelledError: the user stopped it.
        RuntimeError: pip failed; with its last words.
    """
    dialog = qt.QProgressDialog(_("Installing free software for FMAssist…"), _("Cancel"), 0, 0, None)
    dialog.setWindowTitle(_("FMAssist"))
    dialog.minimumDuration = 0
    run, loop = qt.QProcess(), qt.QEventLoop()
    process.prepare(run)
    run.setProcessChannelMode(qt.QProcess.MergedChannels)
    lines: list[str] = []

    def read() -> None:
        lines.extend(process.text_of(run.readAllStandardOutput()).splitlines())
        del lines[:-KEPT_LINES]
        if lines:
            dialog.labelText = lines[-1][:100]

    run.readyReadStandardOutput.connect(read)
    run.finished.connect(lambda *_arguments: loop.quit())
    run.errorOccurred.connect(lambda *_arguments: loop.quit())
    stopped: list[bool] = []

    def stop(*_arguments: object) -> None:
        # A dialog that is closed says so too; once pip has ended there is nothing to stop.
        if run.state() != qt.QProcess.NotRunning:
            stopped.append(True)
            run.kill()

    dialog.canceled.connect(stop)
    dialog.show()
    program, *arguments = pip_command(requirements, options)
    run.start(program, arguments)
    if run.state() != qt.QProcess.NotRunning:
        (getattr(loop, "exec", None) or loop.exec_)()
    read()
    well = run.exitStatus() == qt.QProcess.NormalExit and run.exitCode() == 0 and not stopped
    failed_to_start = run.error() == qt.QProcess.FailedToStart
    dialog.close()
    if stopped:
        raise CancelledError
    if not well or failed_to_start:
        raise RuntimeError("\n".join(lines))
