"""Runs a batch on this machine, and keeps its tables."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fmassist.application.leftovers import tidy_all
from fmassist.batch.plan import Done, Plan, Study
from fmassist.batch.pool import Stopped, Worker
from fmassist.batch.records import FOLDER
from fmassist.batch.tables import write_summary
from fmassist.errors import InputError

SUMMARY_EVERY_S = 5.0
"""While the batch runs, its summary is at most this old: written after each study it would cost the square of them."""

Engine = Callable[[Sequence[Study], Plan], Iterator[tuple[Study, Done]]]
"""Does studies somewhere, and tells of each as it ends, in any order."""
Told = Callable[[Study, Done, int, int], None]
"""Called with a study, its end, how many are done, and of how many."""


def run_batch(
    studies: Sequence[Study],
    plan: Plan,
    *,
    engine: Engine,
    shard: tuple[int, int] | None = None,
    told: Told | None = None,
) -> list[Done]:
    """Does every study, and writes `summary.csv` and `summary.json`; they are whole at any time.

    Args:
        studies: what to do.
        plan: what holds for all of them.
        engine: where they are done.
        shard: (i, n): only every n-th study, from the i-th; the summary then bears that in its name.
        told: called after each study.

    Returns:
        How each study ended, in the order of the studies.

    Raises:
        InputError: the batch's folder cannot be written.
    """
    out = Path(plan.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the output folder cannot be made ({error.strerror})", "give another --out") from None
    tidy_all(out)
    tidy_all(out / FOLDER)
    mine = list(studies) if shard is None else list(studies)[shard[0] - 1 :: shard[1]]
    name = "summary" if shard is None else f"summary-{shard[0]}-of-{shard[1]}"
    ends: dict[str, Done] = {}
    written = 0.0
    for study, done in engine(mine, plan):
        ends[study.id] = done
        if told is not None:
            told(study, done, len(ends), len(mine))
        if time.monotonic() - written > SUMMARY_EVERY_S:
            write_summary(out, name, [ends[s.id].row for s in mine if s.id in ends])
            written = time.monotonic()
    write_summary(out, name, [ends[s.id].row for s in mine])
    return [ends[s.id] for s in mine]


def on_this_machine(jobs: int, worker_class: type[Worker] = Worker) -> Engine:
    """An engine of so many processes that stay."""

    def engine(studies: Sequence[Study], plan: Plan) -> Iterator[tuple[Study, Done]]:
        waiting: queue.Queue[Study] = queue.Queue()
        for study in studies:
            waiting.put(study)
        ended: queue.Queue[tuple[Study, Done] | BaseException] = queue.Queue()
        workers = [worker_class(plan) for _ in range(min(jobs, len(studies)))]
        threads = [threading.Thread(target=_drive, args=(worker, waiting, ended)) for worker in workers]
        for thread in threads:
            thread.start()
        whole = False
        try:
            for _ in studies:
                said = ended.get()
                if isinstance(said, BaseException):
                    raise said
                yield said
            whole = True
        finally:
            if not whole:  # somebody asked to stop, or something failed
                for worker in workers:
                    worker.stop()
            for thread in threads:
                thread.join()

    return engine


def _drive(worker: Worker, waiting: queue.Queue[Study], ended: queue.Queue[tuple[Study, Done] | BaseException]) -> None:
    """Gives a worker studies until there are none. One thread for its whole life: the process ends with it."""
    try:
        while True:
            study = waiting.get_nowait()
            ended.put((study, worker.do(study)))
    except (queue.Empty, Stopped):
        pass
    except BaseException as error:  # a fault of ours, which the main thread tells
        ended.put(error)
    finally:
        worker.close()
