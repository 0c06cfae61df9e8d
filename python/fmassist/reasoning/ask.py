"""A query of somebody's own, asked in a process that can be ended.

A query may join everything with everything, and the engine has no limit of its own. So what is not shipped is asked in
a copy of this process, which holds the same store (`fmassist.knowledge.apart`). What is shipped is known, and is asked
here (`Knowledge.runs_here`).

Where a process cannot be copied (Windows), the store is handed to a new one; there the time is limited, and memory only
by the number of answers.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyoxigraph import QuerySolutions, RdfFormat, Store

from fmassist.knowledge.apart import CAN_COPY, Ended, Limits, in_a_copy

LIMITS = Limits(seconds=10.0)
"""Of one query; the longest shipped one takes 0.1 s on a study of 117 labels."""
MOST_ROWS = 200_000
"""Answers; the most that a shipped query gives is some 10,000."""
Answers = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def ask(store: Store, query: str, limits: Limits | None = None) -> Answers:
    """The variables and the answers of a SELECT, from a process that is ended where it takes too much.

    Raises:
        Ended: it took too long, too much memory, or gave too many answers.
        ValueError: the query cannot run, or is no SELECT.
    """
    bounds = limits or LIMITS
    if CAN_COPY:
        found: Answers = in_a_copy(lambda: _answers(store, query), bounds)
        return found
    return _from_new_process(store, query, bounds)


def by_variable(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Each answer by variable."""
    return (dict(zip(names, row, strict=True)) for row in rows)


def _answers(store: Store, query: str) -> Answers:
    try:
        answer = store.query(query, use_default_graph_as_union=True)
        if not isinstance(answer, QuerySolutions):
            raise ValueError("it is no SELECT")
        rows: list[tuple[Any, ...]] = []
        for solution in answer:
            if len(rows) == MOST_ROWS:
                raise Ended(f"it gave more than {MOST_ROWS:,} answers")
            rows.append(tuple(solution))
    except (SyntaxError, OSError) as error:
        raise ValueError((str(error).splitlines() or ["it cannot run"])[0]) from None
    return tuple(variable.value for variable in answer.variables), rows


def _from_new_process(store: Store, query: str, limits: Limits) -> Answers:
    with tempfile.TemporaryDirectory(prefix="fmassist-") as name:
        folder = Path(name)
        with (folder / "facts.nq").open("wb") as stream:
            store.dump(stream, RdfFormat.N_QUADS)
        (folder / "query").write_text(query, encoding="utf-8")
        # The package lies somewhere that an isolated interpreter does not know.
        package = str(Path(__file__).resolve().parents[2])
        program = f"import sys; sys.path.insert(0, {package!r}); from fmassist.reasoning.ask import answer; answer()"
        try:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-I", "-c", program, name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=limits.seconds + 10,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Ended(f"it took more than {limits.seconds:g} s") from None
    try:
        kind, value = pickle.loads(done.stdout)  # noqa: S301 - our own process wrote it
    except (EOFError, pickle.UnpicklingError):
        raise Ended("it failed, perhaps for want of memory") from None
    if kind == "raised":
        raise value
    answers: Answers = value
    return answers


def answer() -> None:
    """In the new process: asks, and writes the answers to its output."""
    folder = Path(sys.argv[1])
    store = Store()
    store.bulk_load(path=str(folder / "facts.nq"), format=RdfFormat.N_QUADS)
    try:
        said: tuple[str, Any] = ("returned", _answers(store, (folder / "query").read_text(encoding="utf-8")))
    except (ValueError, Ended) as error:
        said = ("raised", error)
    pickle.dump(said, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
