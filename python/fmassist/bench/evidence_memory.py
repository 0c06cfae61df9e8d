"""The most memory that one way of measuring needs, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fmassist.bench.evidence_case import Case
from fmassist.bench.memory import peak_gb
from fmassist.geometry import Geometry
from fmassist.isolated import spawning
from fmassist.volume import Segment, Segmentation, Volume


def peak_mega_bytes(case: Case, way: str) -> float:
    """Growth of the resident memory over loading and measuring the case, MB (10⁶ bytes).

    Args:
        case: the study.
        way: a key of `ALONE`.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "labels.npy", case.labels)
        np.save(folder / "voxels.npy", case.volume.voxels)
        np.save(folder / "affine.npy", case.segmentation.geometry.index_to_ras_mm)
        program = f"import sys; from {__name__} import alone; print(alone({way!r}, sys.argv[1]))"
        command = [sys.executable, "-c", program, name]
        with spawning():
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout.split()[-1])


def alone(way: str, folder: str) -> float:
    """In the process of its own: warm up on a tiny study, then load the case and measure it."""
    measure = ALONE[way]
    measure(_tiny())
    before = _now_gb()
    files = Path(folder)
    labels, voxels = np.load(files / "labels.npy"), np.load(files / "voxels.npy")
    geometry = Geometry(labels.shape, np.load(files / "affine.npy"))
    named = tuple(Segment(int(v), f"label {v}") for v in np.flatnonzero(np.bincount(labels[::7].ravel())) if v)
    measure(Case("", Segmentation((labels,), geometry, named), Volume(voxels, geometry, modality="CT")))
    return (peak_gb() - before) * 1000


def tiny() -> None:
    """The evidence of a study of a few voxels: what remains is the time of starting."""
    _evidence(_tiny())


def _tiny() -> Case:
    labels = np.zeros((24, 24, 24), dtype=np.uint8, order="F")
    labels[4:12, 4:20, 4:20] = 1
    labels[12:20, 4:20, 4:20] = 2
    labels[2, 2, 2] = 3
    voxels = np.asfortranarray(np.where(labels > 0, 40, -1000).astype(np.int16))
    geometry = Geometry(labels.shape, np.eye(4))
    named = tuple(Segment(n, f"label {n}") for n in (1, 2, 3))
    return Case("tiny", Segmentation((labels,), geometry, named), Volume(voxels, geometry, modality="CT"))


def _evidence(case: Case) -> None:
    from fmassist.evidence.measure import measure

    measure(case.segmentation, case.volume)


def _composition(case: Case) -> None:
    from fmassist.bench.evidence_peers import composition

    composition(case)


def _now_gb() -> float:
    """Resident memory now; where the system does not tell it, the peak so far, which makes the growth look smaller."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return peak_gb()
    import resource

    return pages * resource.getpagesize() / 1e9


ALONE: dict[str, Callable[[Case], None]] = {"evidence": _evidence, "composition": _composition}
