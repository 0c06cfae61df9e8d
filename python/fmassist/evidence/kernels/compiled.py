"""How this room compiles its passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`function` in machine code, made when it is first called and kept on disk."""
    return cast("Function", njit(nogil=True, cache=True)(function))
