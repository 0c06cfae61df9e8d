"""Many studies, measured: persistent workers against a process a study, their memory, the tables, the worklist, Dask.

`FMASSIST_BENCH_STUDIES` sets how many studies are checked (1,000 by default, which takes about half an hour on two
cores), and `FMASSIST_BENCH_TABLES` how many are gathered and shown (10,000 by default).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fmassist.batch.plan import Plan, Study
from fmassist.batch.pool import Worker
from fmassist.batch.run import on_this_machine, run_batch
from fmassist.bench.batch_tables import distributed_figures, table_figures, worklist_figures
from fmassist.bench.figures import Figure, Measured

STUDIES = int(os.environ.get("FMASSIST_BENCH_STUDIES", "1000"))
TABLES = int(os.environ.get("FMASSIST_BENCH_TABLES", "10000"))
KINDS = 20
"""Different persons that the studies are made of."""
COLD = 10
"""Studies that are checked the old way, each in a process of its own."""
Progress = Callable[[str, float], None]


def measure(*, data: Path | None = None, progress: Progress | None = None) -> Measured:
    """Checks synthetic studies with one worker and with two, and the old way; gathers, shows and distributes.

    Args:
        data: folder of label maps to check in place of synthetic ones.
        progress: called with a stage and the share done.
    """
    say = progress or (lambda *_: None)
    with TemporaryDirectory(prefix="fmassist-bench-") as scratch:
        folder = Path(scratch)
        labels = sorted(data.rglob("*.nii.gz")) if data is not None else _persons(folder / "labels", say)
        studies = [Study(f"study-{n:06d}", labels=str(labels[n % len(labels)])) for n in range(STUDIES)]
        figures = _workers(studies, folder, say)
        figures += table_figures(folder, TABLES, say)
        figures += worklist_figures(folder, TABLES, say)
        figures += distributed_figures(TABLES, say)
    return Measured(figures, details={"studies": STUDIES, "studies gathered": TABLES, "persons": len(labels)})


def _persons(folder: Path, say: Progress) -> list[Path]:
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


def _workers(studies: Sequence[Study], folder: Path, say: Progress) -> list[Figure]:
    cold = _old_way(studies[:COLD], folder, say)
    bare = _bare(studies[: max(COLD, 20)], say)
    held: list[int] = []
    one = _pool(studies[: max(20, len(studies) // 4)], folder / "one", 1, held, say)
    two = _pool(studies, folder / "two", 2, [], say)
    figures = [
        Figure(
            "two workers, studies a minute",
            60 / two,
            "1/min",
            peer="a process a study, two at a time",
            peer_value=60 / cold,
            ratio=cold / two,
            goal="at least 2.2 of the peer's",
            met=cold / two >= 2.2,
        ),
        Figure(
            "two workers against one",
            60 / two,
            "1/min",
            peer="one worker",
            peer_value=60 / one,
            ratio=one / two,
            goal="at least 1.8 of the peer's",
            met=one / two >= 1.8,
            note=f"{os.cpu_count()} cores",
        ),
        Figure(
            "one worker, time a study",
            one,
            "s",
            peer="the bare check in this process",
            peer_value=bare,
            ratio=one / bare,
            goal="at most 1.15 of the peer's",
            met=one / bare <= 1.15,
        ),
    ]
    return [*figures, *_flatness(held)]


def _flatness(held: Sequence[int]) -> list[Figure]:
    """Whether a worker's memory stays: its last hundred studies against its second hundred."""
    part = min(100, len(held) // 3)
    if part < 5:
        return []
    early, late = statistics.median(held[part : 2 * part]) / 1e6, statistics.median(held[-part:]) / 1e6
    return [
        Figure(
            "memory of a worker, its last studies",
            late,
            "MB",
            peer=f"its second {part} studies",
            peer_value=early,
            ratio=late / early,
            goal="within 5 % of the peer's",
            met=late / early <= 1.05,
        )
    ]


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


def _bare(studies: Sequence[Study], say: Progress) -> float:
    """Seconds a study in this process: read, check, write, and nothing else."""
    import fmassist as fma

    fma.check(str(studies[0].labels))  # imports and compiles
    begun = time.perf_counter()
    with TemporaryDirectory(prefix="fmassist-bench-") as scratch:
        for number, study in enumerate(studies):
            say("The bare check", number / len(studies))
            fma.check(str(study.labels)).write(Path(scratch) / study.id)
    return (time.perf_counter() - begun) / len(studies)


def _pool(studies: Sequence[Study], out: Path, jobs: int, held: list[int], say: Progress) -> float:
    """Seconds a study with so many workers, their start included; `held` gets a worker's bytes after each study."""

    class Watched(Worker):
        def do(self, study: Study) -> Any:
            done = super().do(study)
            held.append(self._bytes())
            return done

    def told(_study: Study, _done: object, count: int, of: int) -> None:
        say(f"{jobs} worker{'s' if jobs > 1 else ''}", count / of)

    begun = time.perf_counter()
    run_batch(studies, Plan(str(out)), engine=on_this_machine(jobs, Watched), told=told)
    return (time.perf_counter() - begun) / len(studies)
