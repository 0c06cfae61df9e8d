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


class Desk(Protocol):
    """The panel as its parts see it: one result on the desk, and what everything on it shares; `panel.Panel` is it."""

    parameters: Any
    inputs: Any
    verdict: Any
    curators: Any
    work: Any

    @property
    def session(self) -> Any:
        """The result shown, or None."""

    @property
    def held(self) -> bool:
        """Whether what is under way has to be done before the result may be changed or left."""

    @property
    def reviewer(self) -> str:
        """The reviewer's name, or empty."""

    def show(self, session: Any) -> None:
        """Puts a result on the desk, or none."""

    def take(self, session: Any) -> None:
        """Takes a result that has just come, with its scan and its first open finding."""

    def refresh(self) -> None:
        """Brings everything up to date."""
