"""Dask's scheduler, measured: so many studies, each of which takes as long as a check does and computes nothing.

Scheduler and workers run in processes of their own. Each worker has many places that sleep for the time of a check, so
that two cores stand for a cluster, and what is measured is the scheduler.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Done, Plan, Row, Study
from fmassist.bench.figures import Figure, not_measured
from fmassist.json_file import read_json

PLACES = 200
"""Studies at the same time on each of the two workers."""
START_S = 60.0
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Passed:
    """So many studies that went through: wall seconds, and the scheduler's seconds of CPU and bytes afterwards."""

    count: int
    seconds: float
    cpu: float
    held: int


def cluster_figures(folder: Path, count: int, check_s: float, say: Progress) -> list[Figure]:
    """A hundredth, a tenth and all of so many studies; and the law that they follow."""
    sizes = sorted({max(10, count // 100), max(10, count // 10), count})
    why = "left out: FMASSIST_BENCH_CLUSTER" if count < 100 else "" if Path("/proc/self/stat").exists() else "no /proc"
    try:
        import distributed  # noqa: F401 - only whether it is there
    except ImportError:
        why = "Dask is not installed: pip install 'fmassist[cluster]'"
    if why:
        return [not_measured(f"Dask over {count:,} studies", "1/s", None, why)]
    with _cluster(folder) as (address, scheduler):
        passed = [_through(address, scheduler, size, check_s, say) for size in sizes]
    figures = [
        Figure(f"Dask over {p.count:,} studies", p.count / p.seconds, "1/s", note=f"{p.seconds:.1f} s") for p in passed
    ]
    return [*figures, *_law(passed, check_s)]


def _law(passed: list[Passed], check_s: float) -> list[Figure]:
    """Seconds and bytes of the scheduler a study, from the smallest run to the largest."""
    first, last = passed[0], passed[-1]
    more = sum(p.count for p in passed[1:])
    cpu = (last.cpu - first.cpu) / more
    held = (last.held - first.held) / more
    wall = (last.seconds - first.seconds) / max(1, last.count - first.count)
    limit = f"at checks of {check_s:.2f} s it keeps at most {check_s / cpu:,.0f} places of work busy"
    return [
        Figure("Dask's scheduler, CPU a study", 1000 * cpu, "ms", note=f"the law: {limit}, however many there are"),
        Figure(
            "Dask, wall time a study more",
            1000 * wall,
            "ms",
            note=f"here, where scheduler, batch and workers share {os.cpu_count()} cores",
        ),
        Figure(
            "Dask's scheduler, memory",
            last.held / 1e6,
            "MB",
            note=f"{held:,.0f} bytes a study more: the batch hands out few at once, and forgets what is done",
        ),
    ]


def nap(seconds: float, study: Study, plan: Plan) -> Done:  # noqa: ARG001 - stands in for the check
    """A check that takes so long and does nothing."""
    time.sleep(seconds)  # this is what is measured: a check of that length
    return Done(Row(study.id, "plausible"), "made")


def _through(address: str, scheduler: int, count: int, check_s: float, say: Progress) -> Passed:
    from fmassist.batch import cluster

    studies = [Study(f"study-{n:06d}", labels="none") for n in range(count)]
    kept = cluster.do_here
    cluster.do_here = partial(nap, check_s)
    try:
        begun = time.perf_counter()
        for number, _ in enumerate(cluster.on_cluster(address, 2)(studies, Plan("/none"))):
            if number % 500 == 0:
                say(f"Dask over {count:,} studies", number / count)
        seconds = time.perf_counter() - begun
    finally:
        cluster.do_here = kept
    pages = int(Path(f"/proc/{scheduler}/statm").read_text().split()[1])
    return Passed(count, seconds, _cpu(scheduler), pages * os.sysconf("SC_PAGE_SIZE"))


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, int]]:
    """A scheduler's address and process, with two workers."""
    info = folder / "scheduler.json"
    flags: list[Any] = ["--no-dashboard", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", info]
    processes = [_dask("scheduler", *flags)]
    try:
        until = time.monotonic() + START_S
        while not info.is_file():
            if time.monotonic() > until or processes[0].poll() is not None:
                raise RuntimeError("Dask's scheduler did not start")
            time.sleep(0.05)  # its file says when it is there
        place: list[Any] = ["--scheduler-file", info, "--nthreads", PLACES, "--nworkers", 1, "--no-nanny"]
        place += ["--no-dashboard", "--local-directory"]
        processes += [_dask("worker", *place, folder / f"worker-{n}") for n in range(2)]
        address = str(read_json(info, "the scheduler's file", "start it")["address"])
        import distributed

        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=START_S)
        yield address, processes[0].pid
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def _dask(part: str, *flags: object) -> subprocess.Popen[bytes]:
    code = f"import sys; from distributed.cli import dask_{part} as m; sys.exit(m.main())"
    command = [sys.executable, "-I", "-c", code, *map(str, flags)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
