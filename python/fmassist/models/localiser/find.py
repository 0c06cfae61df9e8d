"""Boxes of the structures that a CT shows, from the network's rough map of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.models.litemedsam.weights import require_torch
from fmassist.models.localiser.network import BODY_HU, LEAST, OFFSETS_MM, PIXEL_MM, build, to_channels
from fmassist.models.localiser.ribs import STEP_MM, find_ribs
from fmassist.models.prompts.prompt import Box, Point, Prompt
from fmassist.resources import resource

Array = NDArray[Any]

ROOM = (88, 64)
"""Pixels that the network saw at once while it learnt; smaller bodies get air around them."""
LIKELY = 0.3
"""Chance that a structure must have somewhere, before smoothing, to be looked at."""
LEAST_PIXELS = 3
"""Of a piece on a slice, smaller ones get no box: 75 mm²."""
LEAST_ML = 1.0
"""Of a structure: half an adrenal gland."""
SURE = 0.75
"""Chance of another structure above which bone is none of a rib."""
MARGIN_MM = 1.5
"""Around every box."""


@dataclass(frozen=True)
class Map:
    """What the network says of a scan.

    Attributes:
        names: of the structures that are there somewhere.
        chances: (structures, x, y, z) half precision, each against the likeliest other one: above ½ it is there.
        ribs: (2, 12, x, y, z) chance of each rib, left ones first.
        origin_mm: RAS coordinates of the first cell.
    """

    names: tuple[str, ...]
    chances: Array
    ribs: Array
    origin_mm: Array


@cache
def _network() -> tuple[Any, tuple[str, ...]]:
    """The network and the names of its classes, background first."""
    require_torch()
    from safetensors import safe_open

    with safe_open(str(resource("models", "ct_localiser.safetensors")), framework="pt") as file:
        names = tuple(json.loads(file.metadata()["names"]))
        state = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 - it is no dictionary
    network = build(len(names))
    network.load_state_dict(state, strict=True)
    return network.eval(), names


def rough_map(image: Array, origin_mm: Array) -> Map:
    """What the network says of an image.

    Args:
        image: HU [x, y, z] on a RAS-aligned grid of `PIXEL_MM`.
        origin_mm: RAS coordinates of its first voxel.
    """
    import torch

    network, names = _network()
    cut, origin = _around_the_body(image, origin_mm)
    heights = np.arange(cut.shape[2])
    said = []
    with torch.inference_mode():
        for k in heights:
            at = np.clip(k + np.array(OFFSETS_MM) / PIXEL_MM, 0, heights[-1])
            low = np.floor(at).astype(int)
            high = np.minimum(low + 1, heights[-1])
            part = (at - low).astype(np.float32)
            seen = cut[:, :, low] * (1 - part) + cut[:, :, high] * part
            stack = torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1), dtype=np.float32))[None]
            said.append(network(to_channels(stack))[0].softmax(dim=0).to(torch.float16).numpy())
    chances = np.stack(said, axis=-1)
    likely = chances.max(axis=(1, 2, 3)) > LIKELY
    rows = [n for n, name in enumerate(names) if n == 0 or likely[n] or name.startswith("rib_")]
    smooth = _smoothed(chances[rows].astype(np.float32))
    row_of = {names[n]: row for row, n in enumerate(rows)}
    ribs = np.stack([smooth[[row_of[f"rib_{side}_{n}"] for n in range(1, 13)]] for side in ("left", "right")])
    first = smooth.argmax(axis=0)[None]
    best = np.take_along_axis(smooth, first, axis=0)
    rest = smooth.copy()
    np.put_along_axis(rest, first, 0, axis=0)
    second = rest.max(axis=0)
    there = [row for row, n in enumerate(rows) if n and likely[n]]
    kept = np.empty((len(there), *smooth.shape[1:]), np.float16)
    for place, row in enumerate(there):
        other = np.where(first[0] == row, second, best[0])
        kept[place] = smooth[row] / np.maximum(smooth[row] + other, 1e-4)
    return Map(tuple(names[rows[row]] for row in there), kept, ribs, origin)


def _smoothed(chances: Array) -> Array:
    """Neighbouring slices speak for each other: ¼, ½, ¼ (they were asked one by one)."""
    padded = np.concatenate([chances[..., :1], chances, chances[..., -1:]], axis=-1)
    return np.asarray(padded[..., :-2] * 0.25 + padded[..., 1:-1] * 0.5 + padded[..., 2:] * 0.25)


def _around_the_body(image: Array, origin_mm: Array) -> tuple[Array, Array]:
    """The image cut to the body, with air around it where that is less than the network is used to."""
    body = (image > BODY_HU).mean(axis=2)
    pads, begins = [], []
    for axis, room in enumerate(ROOM):
        rows = np.flatnonzero(body.mean(axis=1 - axis) > 0.04)
        low, high = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, image.shape[axis])
        length = max(room, LEAST, high - low + 4)
        begin = (low + high - length) // 2
        begins.append(begin)
        pads.append((max(0, -begin), max(0, begin + length - image.shape[axis])))
        end = begin + length
        image = image.take(np.arange(max(0, begin), min(end, image.shape[axis])), axis=axis)
    padded = np.pad(image, [*pads, (0, 0)], constant_values=-1000.0)
    return np.maximum(padded, -1000.0), np.asarray(origin_mm) + PIXEL_MM * np.array([*begins, 0])


def prompts_from_map(found: Map, heights_mm: Array, half_mm: float) -> list[Prompt]:
    """One prompt for each structure, with a box around each of its pieces on each slice.

    Args:
        heights_mm: superior coordinates of the volume's axial slices.
        half_mm: half the distance of two slices.
    """
    from scipy import ndimage

    prompts = []
    for name, chance in zip(found.names, found.chances, strict=True):
        if name.startswith("rib_"):
            continue  # see prompts_for_ribs
        solid = _without_crumbs(chance > 0.5)
        if solid.sum() * (PIXEL_MM / 10) ** 3 < LEAST_ML:
            continue
        boxes: list[Box] = []
        for height in heights_mm:
            at = (height - found.origin_mm[2]) / PIXEL_MM
            low = int(np.clip(np.floor(at), 0, chance.shape[2] - 1))
            high = min(low + 1, chance.shape[2] - 1)
            part = float(np.clip(at - low, 0, 1))
            near = ndimage.binary_dilation(solid[:, :, low] | solid[:, :, high])
            plane = (chance[:, :, low] * (1 - part) + chance[:, :, high] * part).astype(np.float32) * near
            pieces, count = ndimage.label(plane > 0.5, structure=np.ones((3, 3)))
            for piece in range(1, count + 1):
                mask = pieces == piece
                if mask.sum() >= LEAST_PIXELS:
                    boxes.append(_box(np.where(mask | (pieces == 0), plane, 0), mask, found.origin_mm, height, half_mm))
        if boxes:
            prompts.append(Prompt(name, tuple(boxes)))
    return prompts


def prompts_for_ribs(found: Map, image: Array, origin_mm: Array, heights_mm: Array, half_mm: float) -> list[Prompt]:
    """One prompt for each rib, see `ribs`.

    Args:
        image: HU [x, y, z] on a RAS-aligned grid of `ribs.STEP_MM`.
        origin_mm: RAS coordinates of its first voxel.
        heights_mm: superior coordinates of the volume's axial slices.
        half_mm: half the distance of two slices.
    """
    from scipy import ndimage

    near = [
        np.clip(np.rint((origin_mm[a] + STEP_MM * np.arange(n) - found.origin_mm[a]) / PIXEL_MM), 0, m - 1).astype(int)
        for a, (n, m) in enumerate(zip(image.shape, found.ribs.shape[2:], strict=True))
    ]
    cells = np.ix_(*near)
    solid = found.chances > 0.5
    rows = {name: n for n, name in enumerate(found.names)}
    others = [n for name, n in rows.items() if not name.startswith("rib_")]
    arms = [n for name, n in rows.items() if name.startswith("humerus")]
    spine = _any(solid, [n for name, n in rows.items() if name.startswith(("vertebrae", "spinal"))])
    count = np.maximum(spine.sum(axis=(0, 1)), 1)
    across = found.origin_mm[0] + PIXEL_MM * np.arange(spine.shape[0])
    midline = np.where(spine.any(axis=(0, 1)), (spine.sum(axis=1) * across[:, None]).sum(axis=0) / count, np.nan)
    # A rib is as thin as a cell is wide: its votes may lie in the next one.
    votes = ndimage.maximum_filter(found.ribs.astype(np.float32), (1, 1, 3, 3, 3))
    ribs = find_ribs(
        image,
        _any(found.chances > SURE, others)[cells],
        _any(solid, arms)[cells],
        votes[:, :, near[0]][:, :, :, near[1]][..., near[2]],
        midline[near[2]],
        origin_mm,
    )
    prompts = []
    for rib in ribs:
        boxes: list[Box] = []
        for height in heights_mm:
            k = int(np.clip(np.rint((height - origin_mm[2]) / STEP_MM), 0, image.shape[2] - 1))
            pieces, _ = ndimage.label(rib.mask[:, :, k], structure=np.ones((3, 3)))
            for i, j in ndimage.find_objects(pieces):
                low = origin_mm[:2] + STEP_MM * (np.array([i.start, j.start]) - 0.5) - MARGIN_MM
                high = origin_mm[:2] + STEP_MM * (np.array([i.stop, j.stop]) - 0.5) + MARGIN_MM
                boxes.append((_plain(low[0], low[1], height - half_mm), _plain(high[0], high[1], height + half_mm)))
        if boxes:
            prompts.append(Prompt(rib.name, tuple(boxes)))
    return prompts


def _any(masks: Array, rows: list[int]) -> Array:
    return np.asarray(masks[rows].any(axis=0))


def _without_crumbs(solid: Array) -> Array:
    """Pieces that are at least a fifth of the largest one."""
    from scipy import ndimage

    pieces, count = ndimage.label(solid, structure=np.ones((3, 3, 3)))
    if count < 2:
        return solid
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray(np.isin(pieces, np.flatnonzero(sizes >= 0.2 * sizes.max())))


def _box(plane: Array, mask: Array, origin_mm: Array, height: float, half: float) -> Box:
    """Around a piece, its edges where the chance crosses ½ between two pixels."""
    ends = []
    for axis in (0, 1):
        rows = np.flatnonzero(mask.any(axis=1 - axis))
        profile = plane.max(axis=1 - axis)
        low, high = int(rows[0]), int(rows[-1])
        before = float(profile[low - 1]) if low > 0 else 0.0
        after = float(profile[high + 1]) if high + 1 < len(profile) else 0.0
        start = low - _crossing(float(profile[low]), before)
        stop = high + _crossing(float(profile[high]), after)
        ends.append((origin_mm[axis] + PIXEL_MM * start - MARGIN_MM, origin_mm[axis] + PIXEL_MM * stop + MARGIN_MM))
    (x0, x1), (y0, y1) = ends
    return _plain(x0, y0, height - half), _plain(x1, y1, height + half)


def _plain(x: float, y: float, z: float) -> Point:
    return round(float(x), 2), round(float(y), 2), round(float(z), 2)


def _crossing(inside: float, outside: float) -> float:
    """How far beyond the last pixel's middle the chance falls to ½, in pixels."""
    if outside >= 0.5:
        return 0.5
    return float(np.clip((inside - 0.5) / max(inside - outside, 1e-3), 0, 1))
