"""What the parts of the panel ask of each other, so that each can be tried with something else behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class RunsJobs(Protocol):
    """Runs models and checks, one at a time; `logic.Runner` does."""

    session: Any
    last_change: Any
    on_progress: Callable[[Any], None]
    on_finished: Callable[[Any, str], None]

    @property
    def running(self) -> bool:
        """Whether a run is under way."""

    def start(self, job: Any) -> bool:
        """Starts a run and returns at once."""

    def cancel(self, why: str = "") -> None:
        """Stops the run."""


class Installs(Protocol):
    """Sees that what a run needs is there; the module `dependencies` does."""

    def ensure(self, model: Any = None) -> bool:
        """Whether the run can start; asks before installing."""
