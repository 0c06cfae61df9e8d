"""Shortest distances between labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.pieces import Pieces
from fmassist.evidence.runs import Layer
from fmassist.evidence.threads import at_once, over_slabs

Array = NDArray[Any]
Pair = tuple[int, int]

BRICK = 8
"""Voxels along a brick: few enough to compare those of two bricks one by one."""
BLOCK = 32
"""Voxels along a block of bricks: some hundred blocks for a large organ."""


def measure_distances(
    study: Canonical, pieces: Pieces, pairs: Collection[Pair], overlaps: Mapping[Pair, int]
) -> dict[Pair, float]:
    """Between nearest voxel centres in mm; 0 of two that overlap.

    Of two that touch it is the narrowest spacing across which they do; all others are searched for.
    """
    found: dict[Pair, float] = {}
    left: list[Pair] = []
    spacing = study.spacing_mm.tolist()
    for pair in pairs:
        if overlaps.get(pair):
            found[pair] = 0.0
        elif pair in pieces.contacts:
            found[pair] = min(mm for n, mm in zip(pieces.contacts[pair], spacing, strict=True) if n)
        else:
            left.append(pair)
    if left:
        found.update(zip(left, _searched(study, left), strict=True))
    return found


def _searched(study: Canonical, pairs: list[Pair]) -> list[float]:
    from fmassist.evidence.kernels.distance import shortest

    label, boxes = _bricks(study, pairs)
    starts = np.searchsorted(label, np.arange(len(study.keys) + 2))
    metric = study.linear_mm.T @ study.linear_mm
    spacing = study.spacing_mm
    # On a grid whose axes are not square to each other, a gap along one of them counts for less.
    least = float(np.linalg.eigvalsh(metric / np.outer(spacing, spacing))[0])
    square = least > 1 - 1e-6
    weights = spacing**2 * (1.0 if square else least)
    # Voxels of one layer that share no face share an edge at best.
    edge_on = float(np.sort(spacing**2)[:2].sum()) * (1 + 1e-9) if square else 0.0

    def of(dense: int) -> tuple[Array, int, Array]:
        layer = study.layers[study.keys[dense - 1][0]]
        return layer.labels, int(layer.stored[dense]), boxes[starts[dense] : starts[dense + 1]]

    def work(pair: Pair) -> float:
        same_layer = study.keys[pair[0] - 1][0] == study.keys[pair[1] - 1][0]
        return shortest(of(pair[0]), of(pair[1]), metric, weights, BRICK, BLOCK, edge_on if same_layer else 0.0)

    return at_once(work, pairs)


def _bricks(study: Canonical, pairs: list[Pair]) -> tuple[Array, Array]:
    """Tight boxes of the labels of these pairs, brick by brick, ordered by label, those of one block together."""
    from fmassist.evidence.kernels.distance import find_bricks

    nk, nj, ni = study.shape
    wanted = np.zeros(len(study.keys) + 1, dtype=np.bool_)
    wanted[list({dense for pair in pairs for dense in pair})] = True

    def work(layer: Layer, first: int, last: int) -> tuple[Array, Array]:
        starts, values, offsets = layer.runs
        return find_bricks(starts, values, offsets, nj, ni, BRICK, wanted, first, last)

    parts = [part for layer in study.layers for part in over_slabs(-(-nk // BRICK), partial(work, layer))]
    label, boxes = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    block = boxes[:, :3].astype(np.int64) // BLOCK
    cell = (block[:, 0] * (nj // BLOCK + 1) + block[:, 1]) * (ni // BLOCK + 1) + block[:, 2]
    order = np.lexsort((cell, label))
    return label[order], boxes[order]
