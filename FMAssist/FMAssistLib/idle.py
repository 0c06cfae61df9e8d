"""Work on the scene in small pieces, between which the window stays alive.

Whatever may take longer than a moment on a large scan is written as a generator that yields after each piece of some
milliseconds, and returns its result. The panel lets `Idle` drive it from Qt's event loop; scripts, the batch and tests
use `finish`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import qt

T = TypeVar("T")
Steps = Generator[Any, None, T]
"""Pieces of work; what is yielded says nothing, what is returned is the result."""

TURN_MS = 12
"""How long the window may wait in one turn, if the pieces themselves are short: less than a frame at 60 Hz."""
PIECE_VOXELS = 2_000_000
"""Looked at in one piece: some milliseconds of plain array work."""


def finish(steps: Steps[T]) -> T:
    """Does all pieces at once and returns the result."""
    results: list[T] = []
    for _piece in _keeping(steps, results):
        pass
    return results[0]


def _keeping(steps: Steps[T], results: list[T]) -> Steps[None]:
    results.append((yield from steps))


def slabs(count: int, voxels_each: int) -> list[slice]:
    """Ranges of slices that hold about `PIECE_VOXELS` each."""
    step = max(1, PIECE_VOXELS // max(1, voxels_each))
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


_END = object()


class Idle:
    """Drives one generator at a time from the event loop."""

    def __init__(self) -> None:
        self._steps: Steps[Any] | None = None
        self._results: list[Any] = []
        self._done: Callable[[Any], None] = lambda _value: None
        self._failed: Callable[[Exception], None] = lambda _error: None
        self._timer = qt.QTimer()
        self._timer.interval = 0
        self._timer.timeout.connect(self._turn)

    @property
    def busy(self) -> bool:
        """Whether pieces are left."""
        return self._steps is not None

    def run(
        self,
        steps: Steps[T],
        done: Callable[[T], None] = lambda _value: None,
        failed: Callable[[Exception], None] = lambda _error: None,
    ) -> None:
        """Starts the work, in place of what was under way.

        Args:
            steps: the pieces.
            done: called with the result.
            failed: called with what was raised instead.
        """
        self.cancel()
        self._results = []
        self._steps, self._done, self._failed = _keeping(steps, self._results), done, failed
        self._timer.start()

    def cancel(self) -> None:
        """Drops what is left, without telling anybody."""
        self._timer.stop()
        steps, self._steps = self._steps, None
        # A piece may itself be the cause of the cancel, by an event that it sends; it ends when it has come back.
        if steps is not None and not steps.gi_running:
            steps.close()

    def _turn(self, *_arguments: object) -> None:
        steps = self._steps
        until = time.monotonic() + TURN_MS / 1000
        try:
            while steps is not None and steps is self._steps:
                if next(steps, _END) is _END and steps is self._steps:
                    self._end()
                    self._done(self._results[0])
                elif time.monotonic() >= until:
                    break
        except Exception as error:  # noqa: BLE001, RUF100 - whoever started it tells the user
            self._end()
            self._failed(error)

    def _end(self) -> None:
        self._timer.stop()
        self._steps = None
