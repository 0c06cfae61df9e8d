"""Checking many studies, measured: workers that stay against a process a study, one against two, and their memory."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fmassist.batch.plan import Plan, Study
from fmassist.batch.pool import RENEW_AFTER, Worker
from fmassist.batch.run import on_this_machine, run_batch
from fmassist.bench.figures import Figure, not_measured

KINDS = 8
"""Different persons that the studies are made of."""
ROUNDS = 5
"""Of the bare check over all persons."""
COLD = 20
"""Studies that are checked the old way, each in a process of its own."""
ALONE = 0.2
"""The share of the studies that one worker does."""
AMORTISED = 1_000
"""Studies over which a worker's start is shared out."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Bare:
    """The bare check: seconds a study, read, checked and written, in one process and with nothing else."""

    seconds: float


@dataclass
class _Run:
    """One batch's run: seconds in all, seconds until the first study was done, and what each process held."""

    seconds: float = 0.0
    first: float = 0.0
    held: dict[int, list[int]] = field(default_factory=dict)


def persons(folder: Path, say: Progress) -> list[Path]:
    """Label maps of synthetic abdomens, each other than the others."""
    import numpy as np

    from fmassist.knowledge.label_map import load_label_map
    from fmassist.phantom import torso
    from fmassist.volume.nifti import write_nifti

    numbers = {name: value for value, name in load_label_map("totalsegmentator:total").names.items()}
    folder.mkdir()
    paths = []
    for seed in range(KINDS):
        say("Making synthetic studies", seed / KINDS)
        case = torso(seed=seed, spacing_mm=(4.0, 4.0, 4.0), field_of_view="abdomen")
        labels = np.zeros(case.volume.geometry.shape, dtype=np.uint8)
        for segment in case.segmentation.segments:
            if segment.name in numbers:
                labels[case.segmentation.mask(segment)] = numbers[segment.name]
        paths.append(folder / f"{seed}.nii.gz")
        write_nifti(paths[-1], labels, case.volume.geometry)
    return paths


def bare_check(labels: Sequence[Path], say: Progress) -> Bare:
    """The bare check, over all persons a few times, once everything is loaded."""
    import fmassist as fma

    fma.check(str(labels[0]))
    count = ROUNDS * min(len(labels), KINDS)
    with TemporaryDirectory(prefix="fmassist-bench-") as scratch:
        begun = time.perf_counter()
        for number in range(count):
            say("The bare check", number / count)
            fma.check(str(labels[number % len(labels)])).write(Path(scratch) / str(number))
        return Bare((time.perf_counter() - begun) / count)


def worker_figures(labels: Sequence[Path], count: int, bare: Bare, folder: Path, say: Progress) -> list[Figure]:
    """Workers that stay, against the bare check and against a process a study."""
    studies = [Study(f"study-{n:06d}", labels=str(labels[n % len(labels)])) for n in range(count)]
    goals = {
        "two workers, studies a minute": "at least 2.2 of the peer's",
        "two workers against one": "at least 1.8 of the peer's",
        "one worker, time a study, its start shared out over 1,000": "at most 1.15 of the peer's",
    }
    if len(studies) < 10:
        return [not_measured(name, "", goal, "left out: FMASSIST_BENCH_STUDIES") for name, goal in goals.items()]
    cold = _old_way(studies[:COLD], folder, say)
    alone = studies[: max(10, round(ALONE * count))]
    one = _pool(alone, folder / "one", 1, say)
    steady = (one.seconds - one.first) / (len(alone) - 1)
    shared = steady + math.ceil(AMORTISED / RENEW_AFTER) * (one.first - steady) / AMORTISED
    two = _pool(studies, folder / "two", 2, say)
    each = two.seconds / len(studies)
    a, b, c = goals
    old_way = "a process a study, two at a time"
    note = f"{len(studies)} studies; of the peer {min(COLD, count)}"
    figures = [
        Figure(a, 60 / each, "1/min", old_way, 60 / cold, cold / each, goals[a], cold / each >= 2.2, note),
        _two_against_one(b, goals[b], each, one.seconds / len(alone), len(alone)),
        Figure(
            c,
            shared,
            "s",
            "the bare check in this process",
            bare.seconds,
            shared / bare.seconds,
            goals[c],
            shared / bare.seconds <= 1.15,
            f"{steady:.3f} s a study, and {one.first - steady:.1f} s to start every {RENEW_AFTER}",
        ),
    ]
    return [*figures, *_flatness(two.held)]


def _two_against_one(name: str, goal: str, two: float, one: float, count: int) -> Figure:
    note = f"{os.cpu_count()} cores; one worker over {count} studies, starts included"
    return Figure(name, 60 / two, "1/min", "one worker", 60 / one, one / two, goal, one / two >= 1.8, note)


def _flatness(held: dict[int, list[int]]) -> list[Figure]:
    """Whether a worker's memory stays: of the process that did most, its last hundred studies against the second."""
    name, goal = "memory of a worker, its last studies", "within 5 % of the peer's"
    longest = max(held.values(), key=len, default=[])
    part = min(100, len(longest) // 3)
    if part < 5:
        return [not_measured(name, "MB", goal, "too few studies: FMASSIST_BENCH_STUDIES")]
    early, late = statistics.median(longest[part : 2 * part]) / 1e6, statistics.median(longest[-part:]) / 1e6
    note = f"of {len(longest)} that one process did"
    peer = f"its second {part} studies"
    return [Figure(name, late, "MB", peer, early, late / early, goal, late / early <= 1.05, note)]


def _old_way(studies: Sequence[Study], folder: Path, say: Progress) -> float:
    """Seconds a study where each is checked by a process of its own, two at a time."""
    from fmassist.isolated import isolated, start

    begun = time.perf_counter()
    waiting = list(studies)
    running: list[subprocess.Popen[bytes]] = []
    while waiting or running:
        while waiting and len(running) < 2:
            study = waiting.pop()
            out = str(folder / "cold" / study.id)
            child = isolated("fmassist", ["check", "--labels", str(study.labels), "--out", out])
            running.append(start(child, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        running[0].wait()
        running = [process for process in running if process.poll() is None]
        say("A process a study", 1 - (len(waiting) + len(running)) / len(studies))
    return (time.perf_counter() - begun) / len(studies)


def _pool(studies: Sequence[Study], out: Path, jobs: int, say: Progress) -> _Run:
    """A batch with so many workers."""
    run = _Run()

    class Watched(Worker):
        def do(self, study: Study) -> Any:
            done = super().do(study)
            if self._process is not None:
                run.held.setdefault(self._process.pid, []).append(self._bytes())
            return done

    def told(_study: Study, _done: object, count: int, of: int) -> None:
        if count == 1:
            run.first = time.perf_counter() - begun
        say(f"{jobs} worker{'s' if jobs > 1 else ''}", count / of)

    begun = time.perf_counter()
    ends = run_batch(studies, Plan(str(out)), engine=on_this_machine(jobs, Watched), told=told)
    run.seconds = time.perf_counter() - begun
    failed = [done.row.reason for done in ends if done.row.outcome == "failed"]
    if failed:
        raise RuntimeError(f"{len(failed)} studies of the bench failed: {failed[0]}")
    return run
