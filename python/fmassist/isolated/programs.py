"""Programs and processes that are not started by `isolated`, still without anything of the current folder in them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SAFE_PATH = "PYTHONSAFEPATH"


@contextmanager
def spawning() -> Iterator[None]:
    """While the block runs, processes that Python's own `multiprocessing` starts look nothing up in the current folder.

    Such a process begins as `python -c …`, which puts the current folder first: a `multiprocessing.py` beside the data
    would run before the pool does. From Python 3.11 on a variable forbids that. Before, the block runs in another
    folder: paths used in it must be absolute.
    """
    before, where = os.environ.get(SAFE_PATH), Path.cwd()
    os.environ[SAFE_PATH] = "1"
    if sys.version_info < (3, 11):
        os.chdir(Path(__file__).parent)
    try:
        yield
    finally:
        if sys.version_info < (3, 11):
            os.chdir(where)
        if before is None:
            os.environ.pop(SAFE_PATH, None)
        else:
            os.environ[SAFE_PATH] = before


def program(name: str) -> str | None:
    """The absolute path of a program of the system; None where there is none.

    Windows looks into the current folder before all others, and a search path may name it (`.`): what lies there, or
    anywhere by a relative path, is never taken.
    """
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not folder or not Path(folder).is_absolute() or _is_here(folder):
            continue
        found = shutil.which(name, path=folder)
        if found is not None and Path(found).is_absolute() and not _is_here(str(Path(found).parent)):
            return found
    return None


def _is_here(folder: str) -> bool:
    return os.path.realpath(folder) == os.path.realpath(os.curdir)
