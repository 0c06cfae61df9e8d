"""How this room's passes become machine code: shipped where it was made ahead, else by Numba when one is first called.

Importing Numba takes as long as a check, and compiling all passes for the first time on a machine several times longer.
So the package carries them in machine code for the commonest kind of machine (`ahead/`), made from these very sources
by `python -m fmassist.evidence.kernels.make_ahead`. Elsewhere, for a kind of array that nobody expected, and while
somebody works on a pass, Numba compiles it, and keeps it on disk.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, Generic, TypeVar, cast

import fmassist
from fmassist.evidence.kernels.machine_code import call_ahead

Function = TypeVar("Function", bound=Callable[..., Any])
_lock = threading.RLock()
_by_module: dict[int, dict[str, Any]] = {}
"""Per module the names that its passes see once Numba compiles them: each other in compiled form."""


class Kernel(Generic[Function]):
    """One pass, called like the function that it was written as."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._made: Any = None
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any) -> Any:
        """What the function gives, from machine code."""
        known, given = call_ahead(self.__name__, arguments)
        return given if known else self.by_numba(*arguments)

    @property
    def by_numba(self) -> Any:
        """The same compiled by Numba."""
        if self._made is None:
            assert isinstance(self.function, FunctionType)
            with _lock:
                names = _names_of(self.function)
                if names.get(self.__name__) in (None, self.function):
                    names[self.__name__] = _by_numba(self.function, names)
                self._made = names[self.__name__]
        return self._made


def compiled(function: Function) -> Function:
    """`function` in machine code.

    Where Numba has to make it and no folder can be written to, it is made again in every process, which takes some
    seconds.
    """
    return cast("Function", Kernel(function))


def _names_of(function: FunctionType) -> dict[str, Any]:
    names = _by_module.get(id(function.__globals__))
    if names is None:
        names = _by_module[id(function.__globals__)] = dict(function.__globals__)
        for name, kernel in list(names.items()):
            if isinstance(kernel, Kernel):
                names[name] = _by_numba(kernel.function, names)
    return names


def _by_numba(function: FunctionType, names: dict[str, Any]) -> Any:
    from fmassist.isolated.compiler import numba

    _choose_folder(numba)
    alike = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    try:
        return numba.njit(nogil=True, error_model="numpy", cache=True)(alike)
    except RuntimeError:  # Numba's word for "no folder to keep it in"
        return numba.njit(nogil=True, error_model="numpy")(alike)


def _choose_folder(numba: Any) -> None:
    """Beside the source, as Numba does it; in the user's cache folder when the installation can't be written to.

    That folder is named after the version: Numba tells stale code by a time and size, which two wheels may share.
    """
    if not numba.config.CACHE_DIR and not os.access(Path(__file__).parent, os.W_OK):
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        numba.config.CACHE_DIR = str(base / "fmassist" / fmassist.__version__ / "numba")
