"""What will be needed soon is imported and read in quiet moments, one part a turn of the event loop.

Python takes some milliseconds over every file that it imports for the first time; all of them at once would hold up the
window when the panel is opened, or when the first result arrives.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterable

import qt

from FMAssistLib.library import add_library_to_path

PANEL = (
    "parameters frames idle runs masks reading exchange process errand catalogue models_panel jobs studies boxes_panel "
    "context_panel meanings understanding meanings_table inputs_panel repairs storage surfaces voxels terminology gate "
    "views session worklist comparison preview looking decisions findings_tree structures_table verdict_panel anew "
    "display side_by_side results_panel signing running worklist_panel curators curators_panel panel"
)
"""Parts of the panel, so that each imports little that is new."""
LIBRARY = (
    "importlib.metadata numpy fmassist.errors fmassist.geometry fmassist.volume.volume fmassist.volume.reading "
    "fmassist.volume.nrrd fmassist.volume.read fmassist.volume.align fmassist.volume fmassist.review.audit "
    "fmassist.review fmassist.knowledge.source_lines"
)
"""What a result that arrives needs of the library; nothing that only the processes of their own need."""


def panel() -> None:
    """Imports the panel's parts; for when the application has started."""
    in_turns(importing(f"FMAssistLib.{name}") for name in PANEL.split())


def library() -> None:
    """Imports what a result needs, and reads where the rules stand; for when the panel is open."""
    from FMAssistLib import curators

    add_library_to_path()
    in_turns([*(importing(name) for name in LIBRARY.split()), *curators.warming()])


def importing(name: str) -> Callable[[], None]:
    """Imports a module; before the library's packages are installed, it is not there."""

    def work() -> None:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)

    return work


def in_turns(parts: Iterable[Callable[[], object]]) -> None:
    """Does one part a turn of the event loop."""
    left = iter(parts)

    def turn() -> None:
        part = next(left, None)
        if part is not None:
            part()
            qt.QTimer.singleShot(0, turn)

    qt.QTimer.singleShot(0, turn)
