"""Models whose library runs in a process of its own, in this Python or in the one that `FMASSIST_MODEL_PYTHON` names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.models.backends.base import Backend
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.process import Answer, Limits, segment_apart
from fmassist.models.result import ModelResult
from fmassist.models.verify_output import verified
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
    ) -> Answer:
        """Runs a script of `children`. Arguments and errors as `segment_apart`."""
        return segment_apart(
            script,
            volume,
            request,
            model=self.card.title,
            limits=limits,
            python=interpreter(),
            progress=progress,
            cancelled=cancelled,
        )

    def finished(self, answer: Answer, names: Mapping[int, str], volume: Geometry, *, sha256: str = "") -> ModelResult:
        """The script's answer, checked, as a result."""
        segmentation = verified(answer.labels, answer.geometry, volume=volume, names=names, model=self.card.title)
        versions = answer.said.get("versions")
        said = {str(k): str(v)[:200] for k, v in versions.items()} if isinstance(versions, dict) else {}
        device = str(answer.said.get("device", "not said"))[:20]
        return self.result(segmentation, device=device, sha256=sha256, **{f"{k}_version": v for k, v in said.items()})


def interpreter() -> str:
    """The Python in which models' libraries are installed."""
    return os.environ.get(PYTHON) or sys.executable


def is_installed(package: str) -> bool:
    """Whether that Python has a package. Nothing is imported to find out."""
    if interpreter() == sys.executable:
        return find_spec(package) is not None
    return _elsewhere(interpreter(), package)


@lru_cache(maxsize=64)
def _elsewhere(python: str, package: str) -> bool:
    looks = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
    try:
        asked = subprocess.run(  # noqa: S603
            [python, "-c", looks, package], capture_output=True, timeout=LOOK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise InputError(f"the Python that {PYTHON} names can't be started", "give the path of an interpreter") from None
    return asked.returncode == 0
