"""`fmassist bench evidence`: time and memory of the complete evidence, against libraries and against a loop.

All ways measure the same study in the same process, one after the other, each several times; the best time counts,
since everything that disturbs a run makes it longer. The compiled passes are warm: what compiling costs once is a
figure of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fmassist.bench.evidence_case import SHAPE, Case, load, relabelled, resampled
from fmassist.bench.evidence_memory import ALONE, peak_mega_bytes
from fmassist.bench.evidence_peers import composition, loop_over
from fmassist.bench.figures import Figure, Measured, Plot, against
from fmassist.isolated import spawning

Progress = Callable[[str, float], None]

REPEATS = 5
LOOP_LABELS = 3
"""Labels on which the loop is timed. Each of its passes goes over the whole volume, whatever the label."""
FACTORS = ((1 / 8, 0.5), (1.0, 1.0), (4.0, 4 ** (1 / 3)))
"""Times the voxels, and times the length of each edge."""
LINEAR = 1.25
"""Time per voxel at 4 times the voxels may be this much of that at once (room for what the caches no longer hold)."""


def measure(
    data: Path | None = None, progress: Progress | None = None, *, shape: tuple[int, int, int] = SHAPE
) -> Measured:
    """All figures on `ct_abdomen` at 512×424×470; without it on the synthetic torso.

    Args:
        data: folder that holds `ct_abdomen`.
        progress: called with a stage and the share done.
        shape: another size, for a quick run.
    """
    tell = progress or (lambda _stage, _share: None)
    tell("building the case", 0.0)
    small = load(data)
    case = resampled(small, shape)
    _ours(small)  # loads what is compiled
    tell("this program", 0.1)
    ours = _best(case)
    tell("SimpleITK and cc3d", 0.15)
    runs = [composition(case) for _ in range(3)]
    parts = {name: min(run[name] for run in runs) for name in runs[0]}
    theirs = sum(seconds for name, seconds in parts.items() if name != "arrays to SimpleITK")
    tell("a loop over labels", 0.3)
    values = [segment.label for segment in case.segmentation.segments]
    timed = values[:: max(1, len(values) // LOOP_LABELS)][:LOOP_LABELS]
    loop = loop_over(case, timed) / len(timed) * len(values)
    tell("memory", 0.5)
    memory = {way: peak_mega_bytes(case, way) for way in ALONE}
    tell("growth with voxels", 0.6)
    growth = {factor: _best(grown) for factor, grown in _grown(small, shape)}
    tell("growth with labels", 0.8)
    by_count = _best_of_each({more.count: more for more in (relabelled(case, count) for count in (20, 117, 1000))})
    tell("from nothing", 0.9)
    fresh = from_nothing()
    few, many, most = by_count
    per_voxel = growth[4.0] / 4 / growth[1.0]
    best = "SimpleITK + cc3d"
    figures = [
        _with_note(
            against("complete evidence", ours, "s", best, theirs, at_most=0.4), f"{case.title}; compiled before"
        ),
        _loop_figure(ours, loop, len(timed), len(values)),
        _memory_figure(case, memory),
        Figure(
            "time per voxel at 4 times the voxels",
            per_voxel,
            "of that at once",
            goal=f"linear: at most {LINEAR}",
            met=per_voxel <= LINEAR,
            note=", ".join(f"{seconds:.2f} s at {factor:g}×" for factor, seconds in growth.items()),
        ),
        Figure(
            f"time at {many} labels",
            by_count[many],
            "s",
            f"at {few} labels",
            by_count[few],
            by_count[many] / by_count[few],
            "at most 1.3 of that at 20",
            by_count[many] <= 1.3 * by_count[few],
            "the same voxels, structures joined or cut",
        ),
        Figure(f"time at {most} labels", by_count[most], "s", goal="runs", met=True, note="the same voxels, cut"),
        Figure(
            "first check on a machine",
            fresh["cold"],
            "s",
            note="a new process that compiles, import and all; a tiny study",
        ),
        Figure(
            "first check in a process",
            fresh["warm"],
            "s",
            note="a new process, compiled before, import and all; a tiny study",
        ),
    ]
    return Measured(
        figures,
        plots=[
            Plot(
                "evidence_growth",
                "Time of the complete evidence",
                "million voxels",
                "s",
                {"evidence": ([case.labels.size * f / 1e6 for f in growth], list(growth.values()))},
            )
        ],
        details={"case": case.title, "mega_bytes": case.mega_bytes, "composition_seconds": runs, "memory_mb": memory},
        tables={"The composition's parts": [("part", "s"), *parts.items()]},
    )


def from_nothing() -> dict[str, float]:
    """Seconds of one small measurement, import and all, in a new process: with nothing compiled yet, and again."""
    program = "import fmassist.bench.evidence_memory as m; m.tiny()"
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cold", "warm"):
            start = time.perf_counter()
            with spawning():
                settings = os.environ | {"NUMBA_CACHE_DIR": folder}
                subprocess.run([sys.executable, "-c", program], env=settings, check=True)  # noqa: S603
            found[name] = time.perf_counter() - start
    return found


def _ours(case: Case) -> Any:
    from fmassist.evidence.measure import measure as measure_evidence

    return measure_evidence(case.segmentation, case.volume)


def _best(case: Case) -> float:
    return min(_timed(case) for _ in range(REPEATS))


def _best_of_each(cases: Mapping[int, Case]) -> dict[int, float]:
    """The best time of each, measured in turns, so that what disturbs the machine disturbs all alike."""
    times: dict[int, list[float]] = {name: [] for name in cases}
    for _ in range(2 * REPEATS):
        for name, case in cases.items():
            times[name].append(_timed(case))
    return {name: min(seconds) for name, seconds in times.items()}


def _timed(case: Case) -> float:
    start = time.perf_counter()
    _ours(case)
    return time.perf_counter() - start


def _grown(small: Case, shape: tuple[int, int, int]) -> Iterator[tuple[float, Case]]:
    for factor, edge in FACTORS:
        yield factor, resampled(small, (round(shape[0] * edge), round(shape[1] * edge), round(shape[2] * edge)))


def _with_note(figure: Figure, note: str) -> Figure:
    return replace(figure, note=note)


def _loop_figure(ours: float, loop: float, timed: int, count: int) -> Figure:
    return Figure(
        "times faster than a loop over labels",
        loop / ours,
        "×",
        "NumPy and SciPy, label by label",
        loop,
        None,
        "at least 30",
        loop / ours >= 30,
        f"the peer's value in s, extrapolated from {timed} of {count} labels",
    )


def _memory_figure(case: Case, memory: dict[str, float]) -> Figure:
    share = memory["evidence"] / case.mega_bytes
    return Figure(
        "peak memory, the arrays included",
        share,
        "× labels and image",
        "SimpleITK + cc3d",
        memory["composition"] / case.mega_bytes,
        memory["evidence"] / memory["composition"],
        "at most 3",
        share <= 3,
        f"labels and image are {case.mega_bytes:.0f} MB; a process of its own",
    )
