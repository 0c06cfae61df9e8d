"""How this room compiles its passes, and where the compiled code is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import fmassist
from fmassist.isolated.compiler import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`function` in machine code, made when it is first called and kept on disk.

    Where no folder can be written to it is made again in every process, which takes some seconds.
    """
    try:
        return cast("Function", numba.njit(nogil=True, error_model="numpy", cache=True)(function))
    except RuntimeError:  # Numba's word for "no folder to keep it in"
        return cast("Function", numba.njit(nogil=True, error_model="numpy")(function))


def _choose_folder() -> None:
    """Beside the source, as Numba does it; in the user's cache folder when the installation can't be written to.

    That folder is named after the version: Numba tells stale code by a time and size, which two wheels may share.
    """
    beside = Path(__file__).parent
    if not numba.config.CACHE_DIR and not os.access(beside, os.W_OK):
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        numba.config.CACHE_DIR = str(base / "fmassist" / fmassist.__version__ / "numba")


_choose_folder()
