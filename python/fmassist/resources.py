"""Where the knowledge lies: the same `Resources/` from a clone, from an installed wheel and inside Slicer."""

from __future__ import annotations

from pathlib import Path

from fmassist.errors import FMAssistError


def resource(*parts: str) -> Path:
    """Path of a file or folder under `Resources/`.

    A wheel carries the folder inside the package, a clone has it two levels up, and a Slicer install puts it
    beside the package, so each is tried in turn.

    Raises:
        FMAssistError: the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for root in (package / "Resources", package.parent.parent / "Resources", package.parent / "Resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FMAssistError(f"this installation lacks Resources/{'/'.join(parts)}: reinstall FMAssist")
