"""Where models and what the user said about them are kept on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def models_folder() -> Path:
    """`FMASSIST_MODELS`, or the user's data folder (XDG Base Directory Specification 0.8; APPDATA on Windows)."""
    given = os.environ.get("FMASSIST_MODELS")
    if given:
        return Path(given).expanduser()
    return _base("XDG_DATA_HOME", Path(".local") / "share") / "fmassist" / "models"


def settings_folder() -> Path:
    """`FMASSIST_SETTINGS`, or the user's configuration folder."""
    given = os.environ.get("FMASSIST_SETTINGS")
    if given:
        return Path(given).expanduser()
    return _base("XDG_CONFIG_HOME", Path(".config")) / "fmassist"


def _base(variable: str, below_home: Path) -> Path:
    if os.name == "nt" and os.environ.get("APPDATA"):
        return Path(os.environ["APPDATA"])
    given = os.environ.get(variable)
    return Path(given) if given else Path.home() / below_home
