"""What the terminal says of a batch: what was redone and what failed as it ends, and the whole at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from fmassist.batch.plan import Done, Study


class Teller:
    """Says of each study what a person must know: that an earlier result was not believed, or that it failed."""

    def __init__(self, progress: Callable[[str, float], None]) -> None:
        self._progress = progress

    def __call__(self, study: Study, done: Done, count: int, of: int) -> None:
        """Says how a study ended, where that is worth a line, and moves the bar."""
        from fmassist.cli.progress import wants_json

        if done.said.startswith(("redone", "failed")) and not wants_json():
            typer.echo(f"{study.id}: {done.said}")
        self._progress("Checking studies", count / of)


def told_end(ends: Sequence[Done], out: Path, part: tuple[int, int] | None) -> int:
    """Says how the batch ended, and returns the exit code."""
    from fmassist.cli.progress import wants_json

    counts = Counter(done.row.outcome for done in ends)
    kept = sum(done.said == "kept" for done in ends)
    name = "summary.csv" if part is None else f"summary-{part[0]}-of-{part[1]}.csv"
    if not wants_json():
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        typer.echo(f"{len(ends)} studies: {said}" + (f" ({kept} of them finished before)" if kept else ""))
        typer.echo(f"summary: {out / name}")
    if counts["failed"]:
        return 2
    return 0 if set(counts) <= {"plausible"} else 3
