"""Progress on the terminal, or as one JSON object a line for a program that started this one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float], None]
"""Called with a stage and the share of it that is done, 0 to 1."""


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on stderr where that is a terminal, nothing where it is not.

    With `FMASSIST_PROGRESS=json` each change is a line `{"stage": …, "fraction": …}` on stdout (for 3D Slicer).
    """
    if wants_json():
        yield _json_lines()
        return
    if not sys.stderr.isatty():
        yield lambda _stage, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        last = [""]

        def show(stage: str, share: float) -> None:
            if stage != last[0]:
                last[0] = stage
                bar.reset(task, description=stage)
            bar.update(task, completed=share)

        yield show


def wants_json() -> bool:
    """Whether stdout belongs to a program that reads progress from it."""
    return os.environ.get("FMASSIST_PROGRESS") == "json"


def _json_lines() -> Progress:
    last: list[object] = ["", -1]

    def show(stage: str, share: float) -> None:
        if stage == last[0] and round(share * 200) == last[1]:
            return  # half a percent is as fine as a bar shows
        last[:] = [stage, round(share * 200)]
        print(json.dumps({"stage": stage, "fraction": round(share, 4)}), flush=True)  # noqa: T201

    return show
