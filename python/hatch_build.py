"""Puts `Resources/` and the licence into what is built, from a clone and from a source distribution alike.

In a clone they lie beside `python/`, in a source distribution they lie within it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ResourcesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the folder where the built package looks for it (`fmassist.resources`)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by Hatchling before each build."""
        if version == "editable":
            return  # an editable install reads the clone's own
        root = Path(self.root)
        for name, in_wheel in (("Resources", "fmassist/Resources"), ("LICENSE", "fmassist/LICENSE")):
            source = root / name if (root / name).exists() else root.parent / name
            target = in_wheel if self.target_name == "wheel" else name
            build_data["force_include"][str(source)] = target
