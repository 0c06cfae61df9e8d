"""Where a structure should be, seen from the structures around it that have been found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.models.prompts.atlas import STEP_MM, Body, bodies
from fmassist.models.prompts.prompt import Box, Prompt
from fmassist.volume import Volume

Array = NDArray[Any]

NEAR_MM = 60.0
"""A neighbour at this distance counts 1/e of one that touches (estimate: the size of an organ)."""
SCALES = (0.85, 0.92, 1.0, 1.08, 1.17)
"""Of a body's height against a torso's: adults vary by about a sixth to either side."""
SIZES = (0.7, 1.4)
"""Of a body against a torso's across and from front to back (the same, with a margin for build)."""
ASTRAY_MM = 40.0
"""Mean distance of the neighbours' edges that is as bad as having none of them at the right height."""
LEAST_KNOWN = 3
"""Neighbours, below which nothing is expected."""


@dataclass(frozen=True)
class _Seen:
    """The structures found, slice by slice.

    Attributes:
        heights_mm: (n,) of the slices, from below, about `STEP_MM` apart.
        slices: structure to (n, 4) as `atlas.Body.slices`.
    """

    heights_mm: Array
    slices: Mapping[str, Array]


@dataclass(frozen=True)
class _Fit:
    """How a torso lies in the patient: height = scale · torso's + offset, the same across and from front to back."""

    unlike: float
    body: Body
    up: tuple[float, float]
    across: tuple[float, float]
    deep: tuple[float, float]


def expected(structures: Sequence[str], known: Mapping[str, Sequence[Box]], volume: Volume) -> list[Prompt]:
    """A box on each axial slice where each of `structures` should be.

    A torso is moved and stretched until the structures found around the wanted one lie in it at the same heights and
    in the same places, near ones first. Heights are tried one by one, for in a scan of a few centimetres nearly
    everything is cut and no structure's own ends are seen.

    Args:
        structures: TotalSegmentator's names.
        known: the boxes of what was found, one a slice, by the same names.
        volume: the image that the boxes are for.

    Returns:
        Prompts for those whose place is in the image and of whose neighbours enough are known.
    """
    heights, half = axial_slices(volume)
    seen = _seen(known, heights)
    prompts = []
    for structure in structures:
        fits = [fit for body in bodies() if structure in body.slices and (fit := _fit(structure, seen, body))]
        if not fits:
            continue
        boxes = _boxes(structure, min(fits, key=lambda fit: fit.unlike), volume, heights, half)
        if boxes:
            prompts.append(Prompt(structure, tuple(boxes)))
    return prompts


def _seen(known: Mapping[str, Sequence[Box]], heights: Array) -> _Seen:
    step = max(1, round(STEP_MM / max(float(np.median(np.diff(heights))), 1e-3))) if len(heights) > 1 else 1
    rows = heights[::step]
    slices = {}
    for name, boxes in known.items():
        table = np.full((len(rows), 4), np.nan)
        for low, high in boxes:
            at = np.flatnonzero((rows >= low[2] - 1e-3) & (rows <= high[2] + 1e-3))
            table[at, 0::2] = np.fmin(table[at, 0::2], low[:2])
            table[at, 1::2] = np.fmax(table[at, 1::2], high[:2])
        slices[name] = table
    return _Seen(rows, slices)


def _fit(structure: str, seen: _Seen, body: Body) -> _Fit | None:
    names = [name for name in seen.slices if name != structure and name in body.slices]
    if len(names) < LEAST_KNOWN:
        return None
    wanted = body.box(structure).mean(axis=0)
    boxes = [body.box(name) for name in names]
    gaps = np.array([np.linalg.norm(np.maximum(0, np.maximum(b[0] - wanted, wanted - b[1]))) for b in boxes])
    weights = np.exp(-gaps / NEAR_MM)[:, None]
    here = np.stack([seen.slices[name] for name in names])
    there = np.stack([body.slices[name] for name in names])
    span = seen.heights_mm - seen.heights_mm[0]
    best: _Fit | None = None
    for scale in SCALES:
        steps = span / scale / STEP_MM
        for first in range(-int(steps[-1] // 2), there.shape[1] - int(steps[-1] // 2)):
            rows = np.rint(first + steps).astype(int)
            inside = (rows >= 0) & (rows < there.shape[1])
            mapped = np.full(here.shape, np.nan)
            mapped[:, inside] = there[:, rows[inside]]
            fit = _compared(
                here, mapped, weights, body, scale, seen.heights_mm[0] - scale * (body.heights_mm[0] + STEP_MM * first)
            )
            if fit is not None and (best is None or fit.unlike < best.unlike):
                best = fit
    return best


def _compared(here: Array, there: Array, weights: Array, body: Body, scale: float, offset: float) -> _Fit | None:
    one, other = np.isfinite(here[..., 0]), np.isfinite(there[..., 0])
    both = one & other
    either = float((weights * (one | other)).sum())
    if not both.any() or both.any(axis=1).sum() < LEAST_KNOWN:
        return None
    w = np.broadcast_to(weights, both.shape)[both]
    across, x_off = _line(there[both][:, :2], here[both][:, :2], w)
    deep, y_off = _line(there[both][:, 2:], here[both][:, 2:], w)
    missed = 1 - float((weights * both).sum()) / either
    return _Fit(missed + (x_off + y_off) / 2 / ASTRAY_MM, body, (scale, offset), across, deep)


def _line(torso: Array, patient: Array, weights: Array) -> tuple[tuple[float, float], float]:
    """Scale and offset from one to the other, and the mean distance that is left."""
    w = np.repeat(weights, 2)
    a, b = torso.ravel(), patient.ravel()
    total = w.sum()
    a0, b0 = (w @ a) / total, (w @ b) / total
    scale = float(np.clip((w @ ((a - a0) * (b - b0))) / max(float(w @ (a - a0) ** 2), 1e-6), *SIZES))
    offset = float(b0 - scale * a0)
    return (scale, offset), float(w @ np.abs(scale * a + offset - b)) / float(total)


def _boxes(structure: str, fit: _Fit, volume: Volume, heights: Array, half: float) -> list[Box]:
    table, body = fit.body.slices[structure], fit.body
    ends = [[0, n - 1] for n in volume.geometry.shape]
    corners = volume.geometry.to_ras_mm([[a, b, c] for a in ends[0] for b in ends[1] for c in ends[2]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    boxes: list[Box] = []
    for height in heights:
        row = round(((height - fit.up[1]) / fit.up[0] - body.heights_mm[0]) / STEP_MM)
        if not 0 <= row < len(table) or not np.isfinite(table[row, 0]):
            continue
        x = np.clip(fit.across[0] * table[row, :2] + fit.across[1], low[0], high[0])
        y = np.clip(fit.deep[0] * table[row, 2:] + fit.deep[1], low[1], high[1])
        if x[1] - x[0] > 1 and y[1] - y[0] > 1:
            boxes.append((_plain(x[0], y[0], height - half), _plain(x[1], y[1], height + half)))
    return boxes


def axial_slices(volume: Volume) -> tuple[Array, float]:
    """Superior coordinate of each axial slice of the volume, from below, and half the distance of two."""
    geometry = volume.geometry
    axis = next(a for a, code in enumerate(geometry.axis_codes) if code in "SI")
    middle = [(n - 1) / 2 for n in geometry.shape]
    points = [[*middle] for _ in range(geometry.shape[axis])]
    for k, point in enumerate(points):
        point[axis] = k
    return np.sort(geometry.to_ras_mm(points)[:, 2]), geometry.spacing_mm[axis] / 2


def _plain(x: float, y: float, z: float) -> tuple[float, float, float]:
    return round(float(x), 2), round(float(y), 2), round(float(z), 2)
