"""What a file reader hands on before anybody has said whether it is an image or labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry

MAX_VOXELS = 2**31
"""More than any clinical scan holds: 1,024 × 1,024 × 1,500 is 1.6·10⁹."""

WORKING_COPIES = 3
"""Arrays of the volume's size that reading and checking need at once; an estimate (file, conversion, masks)."""

MAX_SPACING_MM = 100.0
MIN_SPACING_MM = 1e-3
MIN_EXTENT_MM, MAX_EXTENT_MM = 1.0, 1e4
"""Longest side of a grid. Nothing of a patient is imaged in less than 1 mm or more than 10 m: estimates; a person in
metres taken for millimetres has 2 mm at most, in micrometres 0.002 mm."""
LEAST_OF_A_SCAN = 16
"""Voxels along a side from which that is asked: a handful of voxels is no scan."""
MAX_DISTANCE_MM = 1e5
"""A voxel of 10 cm or 1 µm, or a place 100 m from the origin, means a wrong unit or a damaged header; estimates,
each a factor of 10 or more beyond what scanners write."""


@dataclass(frozen=True, eq=False)
class Raster:
    """Voxels as stored, on their grid.

    Args:
        voxels: `[i, j, k]`, or `[component, i, j, k]` where the file holds several values for each voxel.
        geometry: the grid.
        fields: the file's own key/value pairs, where its format has them.
        step: by how much two values that follow each other in the file's number type differ, where the file scales
            whole numbers; else 0 or 1.
        label_names: the names that the file gives to its values, where it does.
    """

    voxels: NDArray[Any] = field(repr=False)
    geometry: Geometry
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    step: float = 0.0
    label_names: Mapping[int, str] = field(default_factory=dict, repr=False)


def require_room(sizes: Sequence[int], itemsize: int) -> int:
    """Number of bytes that an array needs, once its sizes are known to be sane and to fit into memory.

    Headers are believed only after this: nothing is allocated before.

    Args:
        sizes: as the header declares them, every axis.
        itemsize: bytes for one value.

    Raises:
        InputError: an axis is empty, or the array is beyond all measure or beyond the memory at hand.
    """
    shown = " × ".join(str(n) for n in sizes)
    if any(n < 1 for n in sizes):
        raise InputError(f"its header declares {shown} voxels, so it is empty", "export it anew")
    count = math.prod(sizes)
    if count > MAX_VOXELS:
        raise InputError(
            f"its header declares {shown} voxels, more than the {MAX_VOXELS:,} that are accepted",
            "crop or resample it, or export it anew if that number is wrong",
        )
    need, free = count * itemsize * WORKING_COPIES, _free_memory()
    if free is not None and need > free:
        raise InputError(
            f"it needs about {need / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free",
            "crop or resample it, or use a larger machine",
        )
    return count * itemsize


def require_sane_grid(geometry: Geometry) -> Geometry:
    """`geometry`, unless its spacing or its place cannot be in millimetres.

    Raises:
        InputError: a spacing or a position is out of all measure.
    """
    spacing = geometry.spacing_mm
    if max(spacing) > MAX_SPACING_MM or min(spacing) < MIN_SPACING_MM:
        shown = " × ".join(f"{s:.3g}" for s in spacing)
        raise InputError(f"its voxels measure {shown} mm, which cannot be", "export it with its spacing in millimetres")
    longest = max(s * n for s, n in zip(spacing, geometry.shape, strict=True))
    if not MIN_EXTENT_MM <= longest <= MAX_EXTENT_MM and max(geometry.shape) >= LEAST_OF_A_SCAN:
        shown = f"{longest:.2g} mm" if longest < MIN_EXTENT_MM else f"{longest / 1000:.0f} m"
        raise InputError(
            f"the whole of it would measure {shown}: its header gives another unit than its numbers are in",
            "write the spacing, or the unit, anew in millimetres",
        )
    corners = geometry.to_ras_mm([[0, 0, 0], [n - 1 for n in geometry.shape]])
    if np.abs(corners).max() > MAX_DISTANCE_MM:
        raise InputError("it lies more than 100 m from its origin", "export it with a valid position")
    return geometry


def _free_memory() -> int | None:
    """Bytes that can be had without swapping, where the system tells (Linux)."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None
