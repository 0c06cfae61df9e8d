"""A bundle's parts as objects: from what is data by our own interpreter, from a trusted bundle by MONAI's parser."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Protocol

from fmassist.errors import FMAssistError, InputError
from fmassist.models.backends.bundle_config import Plan
from fmassist.models.backends.bundle_made import Maker
from fmassist.models.backends.bundle_words import DROPPED


class Parts(Protocol):
    """What a bundle is made of."""

    def part(self, name: str) -> Any:
        """A part as an object; None where the bundle has none."""

    def load_path(self) -> str | None:
        """Where the bundle says that its weights lie; None where it says nothing that can be used."""

    def close(self) -> None:
        """Lets go of what was taken for it."""


class DataParts:
    """Parts of a bundle whose configuration is data. MONAI's parser never sees it.

    Args:
        plan: read, without objections.
        device: to compute on.
    """

    def __init__(self, plan: Plan, device: str) -> None:
        self._read = plan.read
        self._maker = Maker(device)

    def part(self, name: str) -> Any:
        """See `Parts.part`."""
        value = self._read.get(name)
        return None if value is DROPPED else made(name, lambda: self._maker.make(value))

    def load_path(self) -> str | None:
        """See `Parts.load_path`."""
        return self._read.get("load_path")

    def close(self) -> None:
        """There is nothing."""


class TrustedParts:
    """Parts of a bundle that the user trusts, made by MONAI's parser, which may run what the configuration says.

    Args:
        plan: with objections that somebody said yes to.
        folder: a private copy of the bundle (see `fmassist.models.consent.trusted_copy`).
        device: to compute on.
    """

    def __init__(self, plan: Plan, folder: Path, device: str) -> None:
        import copy
        import glob

        import monai
        import numpy as np
        import torch
        from monai.bundle import ConfigParser

        if _wants_debugger(plan.config):
            raise InputError("the bundle asks for a debugger, which FMAssist never opens", "take _debug_ out of it")
        self._folder = str(folder)
        known = {"monai": monai, "torch": torch, "np": np, "numpy": np, "copy": copy, "glob": glob, "os": os}
        settled = {**plan.config, "bundle_root": self._folder, "device": torch.device(device)}
        # Last: a file of the bundle must not take the place of one of Python's or of a library's.
        sys.path.append(self._folder)
        try:
            self._parser = ConfigParser(settled, globals=known)
        except BaseException:
            self.close()
            raise

    def part(self, name: str) -> Any:
        """See `Parts.part`."""
        if name not in self._parser.get():
            return None
        return made(name, lambda: self._parser.get_parsed_content(name))

    def load_path(self) -> str | None:
        """See `Parts.load_path`."""
        if "checkpointloader" not in self._parser.get():
            return None
        try:
            return str(self._parser.get_parsed_content("checkpointloader#load_path"))
        except Exception:
            return None

    def close(self) -> None:
        """Forgets the bundle's modules, so that another bundle's of the same name are not taken for them."""
        while self._folder in sys.path:
            sys.path.remove(self._folder)
        inside = self._folder + os.sep
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(inside):
                del sys.modules[name]


def _wants_debugger(content: Any) -> bool:
    if isinstance(content, dict):
        wants = content.get("_debug_") or content.get("_mode_") == "debug"
        return bool(wants) or any(map(_wants_debugger, content.values()))
    return isinstance(content, list) and any(map(_wants_debugger, content))


def made(name: str, how: Any) -> Any:
    """What `how` makes.

    Raises:
        InputError: it can't.
    """
    try:
        return how()
    except (FMAssistError, MemoryError):
        raise
    except Exception as error:
        require_packages(error)
        raise InputError(
            f"MONAI can't make the bundle's {name}", "its inference.json may be for another version"
        ) from None


def require_packages(error: BaseException | None) -> None:
    """Says so where MONAI fails for want of a package that it imports only when it needs it."""
    while error is not None:
        if type(error).__name__ == "OptionalImportError":
            lacks = re.search(r"No module named '([\w.]+)'", str(error))
            name = lacks[1].split(".")[0] if lacks else "a package of MONAI's"
            raise InputError(f"the bundle needs {name}, which is not installed", f"pip install {name}") from None
        error = error.__cause__ or error.__context__
