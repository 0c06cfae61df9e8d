"""Errors of the grid: axes read wrongly, voxels of another size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fmassist.bench.injectors.draft import Draft, Injected
from fmassist.geometry import Geometry
from fmassist.volume import Segmentation, Volume

FLIPS = {(0,): "image_mirrored", (1,): "image_front_to_back", (2,): "image_upside_down"}


def study_turned(draft: Draft, kind: str) -> Injected:
    """Image and labels turned together: by 180° (severity 1), by 90° (2), or any other of the 48 readings (3)."""
    matrix = np.eye(3)
    if draft.severity == 1:
        kept = int(draft.rng.integers(3))
        matrix = np.diag([1.0 if axis == kept else -1.0 for axis in range(3)])
    else:
        one, other = ((0, 1), (0, 2), (1, 2))[int(draft.rng.integers(3))]
        matrix[[one, other]] = matrix[[other, one]]
        matrix[one] *= -1
        if draft.severity == 3:
            matrix = matrix @ np.diag(draft.rng.choice([-1.0, 1.0], size=3))
    causes = {"image_turned", "image_front_to_back", "image_upside_down", "image_mirrored"}
    if draft.severity == 1:
        causes.discard("image_turned")
    else:
        causes = {"image_turned"}
    return _on_grid(draft, kind, _about_middle(draft.geometry, matrix), causes)


def spacing_wrong(draft: Draft, kind: str) -> Injected:
    """Voxels twice or half as long as they are: along one axis (severities 1, 2), or along all (3)."""
    factor = 2.0 if draft.rng.random() < 0.5 else 0.5
    factors = np.full(3, factor)
    if draft.severity < 3:
        factors = np.ones(3)
        factors[int(draft.rng.integers(3))] = factor
    return _on_grid(draft, kind, _about_middle(draft.geometry, np.diag(factors)), {"wrong_spacing"})


def _about_middle(geometry: Geometry, matrix: np.ndarray) -> Geometry:
    """The grid after a linear change of patient space that keeps its middle."""
    middle = geometry.to_ras_mm((np.array([geometry.shape], dtype=float) - 1) / 2)[0]
    change = np.eye(4)
    change[:3, :3] = matrix
    change[:3, 3] = middle - matrix @ middle
    return Geometry(geometry.shape, change @ geometry.index_to_ras_mm)


def _on_grid(draft: Draft, kind: str, geometry: Geometry, causes: set[str]) -> Injected:
    spoilt = draft.segmentation()
    volume: Volume | None = None if draft.volume is None else replace(draft.volume, geometry=geometry)
    return Injected(
        Segmentation(spoilt.layers, geometry, spoilt.segments),
        volume,
        kind,
        draft.severity,
        frozenset(draft.present()),
        frozenset(causes),
    )
