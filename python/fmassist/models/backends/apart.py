"""Models whose library runs in a process of its own, in this Python or the one that `FMASSIST_MODEL_PYTHON` names."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.isolated import isolated, start
from fmassist.models.backends.base import Backend
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.process import CHILDREN, Answer, Limits, Room, memory_of_machine, segment_apart
from fmassist.models.result import ModelResult
from fmassist.models.verify_output import verified
from fmassist.outside_text import printable
from fmassist.volume import Volume

PYTHON = "FMASSIST_MODEL_PYTHON"
"""Environment variable: the interpreter that has the libraries of models, where that is not this one."""
LOOK_S = 30.0


class ApartBackend(Backend):
    """A model whose library is imported by a script of `children`, never here.

    The library's wishes for other versions of packages, its threads, its leaks and its crashes stay in that process.
    """

    package: str
    """What the script imports."""
    is_library = False
    """Whether the version that its script tells first is the model's own."""

    def missing(self) -> str | None:
        """None where the library is installed; otherwise how to get it."""
        if is_installed(self.package):
            return None
        return f"{self.package} is not installed: {self.card.install}"

    def run_apart(
        self,
        script: str,
        volume: Volume,
        request: Mapping[str, Any],
        *,
        progress: Progress | None,
        cancelled: Cancelled | None,
        limits: Limits | None = None,
        room: Room | None = None,
    ) -> Answer:
        """Runs a script of `children`. Arguments and errors as `segment_apart`."""
        return segment_apart(
            script,
            volume,
            request,
            model=self.card.title,
            limits=limits or limits_of_user(),
            python=interpreter(),
            room=room,
            progress=progress,
            cancelled=cancelled,
        )

    def require_library(self) -> None:
        """Check that the model can run here.

        Raises:
            InputError: something lacks; the line says what to do.
        """
        if (reason := self.missing()) is not None:
            raise InputError(f"{self.card.title} can't run", reason)

    def names_said(self, answer: Answer) -> dict[int, str]:
        """Labels that the library says it may give.

        Raises:
            InputError: it says none, or nonsense.
        """
        said = answer.said.get("names")
        try:
            found = {
                int(value): printable(name, most=100) for value, name in dict(said or {}).items() if int(value) > 0
            }
        except (TypeError, ValueError):
            found = {}
        if not found:
            raise InputError(f"{self.card.title} does not say what its labels mean", "its output is not used")
        return found

    def finished(self, answer: Answer, names: Mapping[int, str], volume: Geometry, *, sha256: str = "") -> ModelResult:
        """The script's answer, checked, as a result."""
        segmentation = verified(answer.labels, answer.geometry, volume=volume, names=names, model=self.card.title)
        versions = answer.said.get("versions")
        said = (
            {printable(k, most=60): printable(v, most=200) for k, v in versions.items()}
            if isinstance(versions, dict)
            else {}
        )
        device = printable(answer.said.get("device", "not said"), most=20)
        more = {f"{k}_version": v for k, v in said.items()}
        if isinstance(licence := answer.said.get("licence"), str) and licence:  # of the weights that a server has
            more["licence"] = printable(licence, most=200)
        more["confined"] = str(answer.said.get("fences") or "not at all: this system has no fences that FMAssist knows")
        if self.is_library and said:
            more["version"] = next(iter(said.values()))
        return self.result(segmentation, device=device, sha256=sha256, more=more)


def limits_of_user() -> Limits:
    """`Limits`, or what `FMASSIST_MODEL_SECONDS`, `_SILENT_SECONDS` and `_MEMORY_GB` say; at most the machine's memory.

    Raises:
        InputError: one of them is no positive number.
    """
    seconds = _number("FMASSIST_MODEL_SECONDS")
    silent = _number("FMASSIST_MODEL_SILENT_SECONDS")
    memory = _number("FMASSIST_MODEL_MEMORY_GB")
    plain = Limits()
    return Limits(
        seconds=plain.seconds if seconds is None else seconds,
        silent_seconds=plain.silent_seconds if silent is None else silent,
        memory_bytes=memory_of_machine() if memory is None else round(memory * 1e9),
    )


def _number(variable: str) -> float | None:
    text = os.environ.get(variable)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not number > 0 or math.isinf(number):
        raise InputError(f"{variable} is no positive number", "give one, or unset it")
    return number


def interpreter() -> str:
    """The Python in which models' libraries are installed."""
    return os.environ.get(PYTHON) or sys.executable


def is_installed(package: str) -> bool:
    """Whether that Python has a package or module. Nothing but its parents is imported to find out."""
    if interpreter() == sys.executable:
        try:
            return find_spec(package) is not None
        except ImportError:  # a parent lacks
            return False
    return _elsewhere(interpreter(), package)


@lru_cache(maxsize=64)
def _elsewhere(python: str, package: str) -> bool:
    try:
        asking = start(
            isolated(CHILDREN / "has_package.py", [package], python=python),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return asking.wait(timeout=LOOK_S) == 0
        finally:
            asking.kill()
            asking.wait()
    except (OSError, subprocess.TimeoutExpired):
        raise InputError(
            f"the Python that {PYTHON} names can't be started", "give the path of an interpreter"
        ) from None
