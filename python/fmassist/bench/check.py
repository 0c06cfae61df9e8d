"""`fmassist bench check`: what a user waits for, from a cold start, against an earlier state of the program.

Every figure is of a process of its own, as a user starts it. `FMASSIST_BENCH_PEER` names another clone of the project,
such as the commit before; it then does the same work with the same Python in the same run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.bench.figures import Figure, Measured, not_measured

Progress = Callable[[str, float], None]
REPEATS = 3
"""Of the quick figures; the fastest counts, since whatever else the machine does only slows."""
CPU = "s of processor time"
"""Of user and system together: what else the machine does counts little in it."""
PEER = "FMASSIST_BENCH_PEER"
LARGE = (512, 512, 1200)
"""Voxels of the large case: a trunk of 1.2 m in slices of 1 mm."""
MANY = 2000
"""Segments of the case with many, each a cube whose name is that of a known structure."""


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_gb: float


@dataclass(frozen=True)
class Case:
    """One thing that a user starts.

    Attributes:
        arguments: of Python.
        measure: which attribute of `Cost` counts.
        at_most: the goal, in the figure's unit.
        fresh: whether nothing is compiled yet, as on a machine that sees the program for the first time.
    """

    name: str
    arguments: Sequence[str]
    measure: str
    unit: str
    at_most: float
    repeats: int = REPEATS
    fresh: bool = False


def measure(data: Path | None = None, progress: Progress | None = None) -> Measured:
    """All figures; without `data` the cold check is of the synthetic torso."""
    tell = progress or (lambda _stage, _share: None)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        tell("making the cases", 0.0)
        cases = list(_cases(Path(scratch), data))
        for n, case in enumerate(cases):
            tell(case.name, n / len(cases))
            figures.append(_figure(case, Path(scratch)))
    return Measured(figures)


def _cases(scratch: Path, data: Path | None) -> Sequence[Case]:
    small = _check(*_small(scratch, data), scratch / "small")
    large = _check(*_large(scratch), scratch / "large")
    many = _check(_many(scratch), None, scratch / "many")
    return (
        Case("import fmassist", ("-c", "import fmassist"), "cpu_s", CPU, 0.15),
        Case("fmassist --help", ("-m", "fmassist", "--help"), "cpu_s", CPU, 0.3),
        Case("a check from a cold start", small, "cpu_s", CPU, 1.1),
        Case("the first check on a machine", small, "cpu_s", CPU, 4.0, repeats=1, fresh=True),
        Case("512×512×1200 with its image", large, "cpu_s", CPU, 9.0, repeats=1),
        Case("512×512×1200 with its image, memory", large, "peak_gb", "GB", 1.2, repeats=1),
        Case(f"{MANY} segments of known structures", many, "cpu_s", CPU, 10.0, repeats=1),
    )


def _check(labels: Path, image: Path | None, out: Path) -> tuple[str, ...]:
    seen = ("--image", str(image)) if image is not None else ()
    return ("-m", "fmassist", "check", "--labels", str(labels), *seen, "--out", str(out), "--overwrite")


def _figure(case: Case, scratch: Path) -> Figure:
    goal = f"at most {case.at_most:g} {case.unit}"
    ours = _best(case, None, scratch)
    if ours is None:
        return not_measured(case.name, case.unit, goal, "the process ended with a fault")
    value = getattr(ours, case.measure)
    peer = os.environ.get(PEER)
    theirs = _best(case, Path(peer) / "python", scratch) if peer else None
    if theirs is None:
        why = "no earlier clone was named" if not peer else "the earlier clone ended with a fault"
        return Figure(case.name, value, case.unit, goal=goal, met=value <= case.at_most, note=f"{why} ({PEER})")
    before = getattr(theirs, case.measure)
    return Figure(case.name, value, case.unit, "the earlier clone", before, value / before, goal, value <= case.at_most)


def _best(case: Case, library: Path | None, scratch: Path) -> Cost | None:
    if not case.fresh:
        _run(case, library, scratch)  # compiles and fills the caches of files
    costs = [_run(case, library, scratch) for _ in range(case.repeats)]
    known = [cost for cost in costs if cost is not None]
    return min(known, key=lambda cost: float(getattr(cost, case.measure))) if known else None


def _run(case: Case, library: Path | None, scratch: Path) -> Cost | None:
    """The cost of one process; None where it ended with a fault."""
    environment = dict(os.environ)
    arguments = list(case.arguments)
    if library is not None:
        environment["PYTHONPATH"] = str(library)
        # Neither version replaces what the other one wrote.
        if "--out" in arguments:
            arguments[arguments.index("--out") + 1] += "-earlier"
    if case.fresh:
        environment["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(dir=scratch)
        environment["FMASSIST_CACHE"] = tempfile.mkdtemp(dir=scratch)
    ended = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-c", _TIMED, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=scratch,
        check=False,
    )
    if ended.returncode:
        return None
    wall, cpu, peak = (float(word) for word in ended.stdout.split())
    return Cost(wall, cpu, peak)


_TIMED = """
import os, resource, subprocess, sys, time
begun = time.perf_counter()
code = subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
wall = time.perf_counter() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / (1e6 if sys.platform == "linux" else 1e9))
sys.exit(code not in (0, 3))
"""
"""Run in a process of its own, whose only child is what is measured."""


def _small(scratch: Path, data: Path | None) -> tuple[Path, Path]:
    if data is not None:
        folder = data.absolute() / "ct_abdomen"
        return folder / "totalsegmentator.nii.gz", folder / "ct.nii.gz"
    from fmassist.phantom import torso
    from fmassist.volume import write_segmentation, write_volume

    person = torso(seed=3, spacing_mm=(3.0, 3.0, 3.0), field_of_view="abdomen_pelvis")
    labels, image = scratch / "small.seg.nrrd", scratch / "small.nii.gz"
    write_segmentation(person.segmentation, labels)
    write_volume(person.volume, image)
    return labels, image


def _large(scratch: Path) -> tuple[Path, Path]:
    """A torso whose voxels are repeated until it fills the large grid."""
    from fmassist.phantom import torso

    person = torso(seed=3, spacing_mm=(4.0, 4.0, 4.0))
    labels, image = scratch / "large.nii.gz", scratch / "large_image.nii.gz"
    _write_large(person.segmentation.layers[0].astype(np.uint8), labels)
    _write_large(person.volume.voxels.astype(np.int16), image)
    return labels, image


def _write_large(voxels: NDArray[Any], path: Path) -> None:
    import SimpleITK as sitk

    sizes = list(zip(LARGE, voxels.shape, strict=True))
    index = [np.arange(wanted) * have // wanted for wanted, have in sizes]
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels[np.ix_(*index)].T))
    image.SetSpacing([4.0 * have / wanted for wanted, have in sizes])
    image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    sitk.WriteImage(image, str(path), useCompression=True, compressionLevel=1)


def _many(scratch: Path) -> Path:
    """Cubes side by side, whose names are those of known structures, each several times over."""
    from fmassist.geometry import Geometry
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.volume import Segment, Segmentation, write_segmentation

    names = sorted(load_label_map("totalsegmentator:total").names.values())
    side = int(np.ceil(MANY ** (1 / 3)))
    grid = np.arange(side**3, dtype=np.uint16).reshape((side,) * 3) + 1
    layer = np.kron(np.where(grid <= MANY, grid, 0), np.ones((5, 5, 5), dtype=np.uint16)).astype(np.uint16)
    layer[::5], layer[:, ::5], layer[:, :, ::5] = 0, 0, 0
    segments = tuple(Segment(label=n, name=names[n % len(names)]) for n in range(1, MANY + 1))
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    path = scratch / "many.seg.nrrd"
    write_segmentation(Segmentation((layer,), Geometry(layer.shape, affine), segments), path)
    return path
