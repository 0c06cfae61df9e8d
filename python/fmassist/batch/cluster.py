"""The same batch on many machines: Dask `distributed` hands the studies out, and each machine isolates them as usual.

Source: https://distributed.dask.org. Needs the extra `cluster`. Only studies' descriptions and rows travel; results go
into the batch's folder, which all machines must see under the same path.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from fmassist.batch.plan import Done, Plan, Row, Study
from fmassist.batch.run import Engine
from fmassist.errors import InputError

CONNECT = "60s"
CLOSE_S = 5
"""A scheduler that is gone is not waited for any longer."""
AT_ONCE = 4
"""Studies handed out for each place of work: enough that none waits, few enough that the scheduler's memory does not
grow with the batch."""
RETRIES = 3
"""A study goes to another machine so many times when its machine is lost; a study that ends its own process is retried
on the machine, as without Dask."""


def on_cluster(scheduler: str, jobs: int) -> Engine:
    """An engine over Dask.

    Args:
        scheduler: address of a running one (`tcp://…`), or `local` or `slurm` for one that is started for this batch.
        jobs: places of work to start, for the last two.

    Raises:
        InputError: Dask is not installed.
    """
    try:
        import distributed
    except ImportError:
        raise InputError("--scheduler needs Dask", "pip install 'fmassist[cluster]'") from None

    def engine(studies: Sequence[Study], plan: Plan) -> Iterator[tuple[Study, Done]]:
        with _cluster(scheduler, jobs) as address:
            try:
                client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
            except (OSError, TimeoutError, ValueError):
                raise InputError("the scheduler cannot be reached", "see its address, and that it runs") from None
            try:
                yield from _distributed(client, studies, plan)
            finally:
                client.close(timeout=CLOSE_S)

    return engine


def do_here(study: Study, plan: Plan) -> Done:
    """Runs on a machine of the cluster: one isolated process for each thread of it, kept for the next study."""
    if not hasattr(_HERE, "workers"):
        _HERE.workers = {}
    from fmassist.batch.pool import Worker

    worker = _HERE.workers.get(plan)
    if worker is None:
        for other in _HERE.workers.values():
            other.close()
        worker = Worker(plan)
        _HERE.workers = {plan: worker}
    done: Done = worker.do(study)
    return done


_HERE = threading.local()


def _distributed(client: Any, studies: Sequence[Study], plan: Plan) -> Iterator[tuple[Study, Done]]:
    import distributed

    waiting = iter(studies)
    by_key: dict[str, Study] = {}
    running = distributed.as_completed(loop=client.loop)

    def hand_out() -> None:
        """Fills up what is handed out once half of it is done: in one message, which costs more than what is in it."""
        most = AT_ONCE * max(1, sum(client.nthreads().values()))
        block = list(islice(waiting, most - len(by_key))) if len(by_key) <= most // 2 else []
        if block:
            futures = client.map(do_here, block, plan=plan, pure=False, retries=RETRIES)
            by_key.update(zip((future.key for future in futures), block, strict=True))
            running.update(futures)

    try:
        hand_out()
        for ended in running.batches():
            for future in ended:
                study = by_key.pop(future.key)
                yield study, _end(future, study)
                future.release()
            hand_out()
    except (distributed.client.ClosedClientError, OSError):
        raise _scheduler_lost() from None


def _scheduler_lost() -> InputError:
    return InputError("the scheduler was lost", "start it, and run the batch again: what is finished is kept")


def _end(future: Any, study: Study) -> Done:
    if future.status == "finished":
        done: Done = future.result()
        return done
    if future.status != "error":  # neither done nor failed: whoever knew of it is gone
        raise _scheduler_lost()
    error = type(future.exception()).__name__
    row = Row(study.id, "failed", reason=f"the machine that checked it was lost ({error}): run the batch again")
    return Done(row, f"failed: {row.reason}")


class _cluster:  # noqa: N801 - used as a function
    """The address of a scheduler, started for the block where it is `local` or `slurm`."""

    def __init__(self, scheduler: str, jobs: int) -> None:
        self._scheduler, self._jobs = scheduler, jobs
        self._made: Any = None
        self._safe: Any = None

    def __enter__(self) -> str:
        if self._scheduler == "local":
            import distributed

            from fmassist.isolated import spawning

            # Until the end: a process that is lost is started anew.
            self._safe = spawning()
            self._safe.__enter__()
            self._made = distributed.LocalCluster(
                n_workers=self._jobs, threads_per_worker=1, dashboard_address=None, processes=True
            )
        elif self._scheduler == "slurm":
            try:
                from dask_jobqueue import SLURMCluster
            except ImportError:
                raise InputError("--scheduler slurm needs dask-jobqueue", "pip install 'fmassist[cluster]'") from None
            self._made = SLURMCluster(cores=1, processes=1)
            self._made.scale(self._jobs)
        else:
            return self._scheduler
        return str(self._made.scheduler_address)

    def __exit__(self, *_: object) -> None:
        if self._made is not None:
            self._made.close()
        if self._safe is not None:
            self._safe.__exit__(None, None, None)
