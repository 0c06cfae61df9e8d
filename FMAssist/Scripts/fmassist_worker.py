"""Runs the FMAssist command line in a process of its own, for the module in 3D Slicer.

    PythonSlicer fmassist_worker.py LIBRARY_FOLDER check --labels … --out …

Progress comes as one JSON object a line on standard output (`FMASSIST_PROGRESS=json`); the exit code is the command
line's. The process ends when its standard input closes, so that it never outlives Slicer.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """Ends this process at once when whoever started it is gone."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in its buffer would abort the interpreter's own end.
        try:
            while os.read(0, 1):
                pass
        except OSError:
            pass
        end_group()

    threading.Thread(target=watch, daemon=True).start()


def end_group() -> None:
    """Ends this process and whatever it started."""
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> int:
    """Runs `fmassist` with the arguments given after the library's folder."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # A group of its own: cancelling ends helpers as well.
    os.environ["FMASSIST_PROGRESS"] = "json"
    os.environ.setdefault("PYTHONUTF8", "1")
    root, *arguments = sys.argv[1:]
    if root:
        sys.path.append(root)
    end_with_parent()
    sys.argv = ["fmassist", *arguments]
    from fmassist.cli.main import main as command_line

    try:
        return int(command_line() or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


if __name__ == "__main__":
    sys.exit(main())
