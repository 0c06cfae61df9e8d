"""The study's arrays with their axes put in the body's order, so that one pass serves every way of storing them.

Axes are only permuted, never flipped or resampled: the slowest becomes the one nearest to head–foot, the fastest the
one nearest to right–left. Facts are then computed in index space and carried to patient space by the affine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.evidence.facts import FACES
from fmassist.evidence.runs import Layer, in_order, narrowed, read_runs
from fmassist.volume import Segmentation, Volume

Array = NDArray[Any]

AXIS_OF = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}
MAX_LABELS = 10_000
"""More labels than this in one study are no anatomy (the finest atlases have about 1,000)."""


@dataclass(frozen=True)
class Canonical:
    """The study in the body's order.

    Args:
        layers: labels and their runs.
        image: a view of the image in this order of axes, or None.
        index_to_ras_mm: 4×4 affine for indices in this order.
        keys: for each dense label from 1 on, (layer, label).
    """

    layers: tuple[Layer, ...]
    image: Array | None
    index_to_ras_mm: NDArray[np.float64]
    keys: tuple[tuple[int, int], ...]

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (head–foot, front–back, right–left)."""
        nk, nj, ni = self.layers[0].labels.shape
        return nk, nj, ni

    @cached_property
    def linear_mm(self) -> NDArray[np.float64]:
        """3×3 part of the affine."""
        return self.index_to_ras_mm[:3, :3]

    @cached_property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Distance between voxel centres along each of the three axes."""
        return np.asarray(np.linalg.norm(self.linear_mm, axis=0))

    @cached_property
    def voxel_ml(self) -> float:
        """Volume of a voxel."""
        return float(abs(np.linalg.det(self.linear_mm)) / 1000)

    @cached_property
    def face_areas_mm2(self) -> NDArray[np.float64]:
        """Area of one voxel's face across each axis."""
        others = ((1, 2), (0, 2), (0, 1))
        return np.array([np.linalg.norm(np.cross(self.linear_mm[:, a], self.linear_mm[:, b])) for a, b in others])

    def face(self, axis: int, *, high: bool) -> str:
        """The face of the field of view at the low or high end of an axis, by its nearest anatomical direction."""
        ras = 2 - axis
        grows = self.index_to_ras_mm[ras, axis] > 0
        return FACES[2 * ras + (0 if grows == high else 1)]

    def to_ras_mm(self, index: Array) -> NDArray[np.float64]:
        """RAS mm of (…, 3) indices in this order."""
        return np.asarray(index @ self.linear_mm.T + self.index_to_ras_mm[:3, 3])

    def boxes_ras_mm(self, boxes: Array) -> NDArray[np.float64]:
        """(n, 2, 3) lowest and highest corner of (n, 6) index boxes, voxel edges included.

        Of an oblique grid's box, those of the box around it: |A| takes half the edges to half its size.
        """
        low, high = boxes[..., :3] - 0.5, boxes[..., 3:] + 0.5
        middle = self.to_ras_mm((low + high) / 2)
        half = (high - low) / 2 @ np.abs(self.linear_mm).T
        return np.stack([middle - half, middle + half], axis=-2)


def canonical(segmentation: Segmentation, volume: Volume | None) -> Canonical:
    """Put a study's arrays in order, read its labels as runs, and number them layer after layer.

    Raises:
        InputError: labels that are negative, or too many of them.
    """
    codes = segmentation.geometry.axis_codes
    order = tuple(next(i for i, code in enumerate(codes) if AXIS_OF[code] == ras) for ras in (2, 1, 0))
    affine = np.eye(4)
    affine[:3, :3] = segmentation.geometry.index_to_ras_mm[:3, :3][:, order]
    affine[:3, 3] = segmentation.geometry.index_to_ras_mm[:3, 3]
    layers: list[tuple[Array, Array, tuple[Array, Array, Array]]] = []
    keys: list[tuple[int, int]] = []
    for number, layer in enumerate(segmentation.layers):
        small, meaning = narrowed(layer)
        labels = in_order(np.transpose(small, order))
        starts, stored, offsets = read_runs(labels)
        present = np.flatnonzero(np.bincount(stored)[1:]) + 1
        dense = np.zeros(int(np.iinfo(labels.dtype).max) + 1, dtype=np.int32)
        dense[present] = np.arange(len(keys) + 1, len(keys) + len(present) + 1)
        layers.append((labels, dense, (starts, dense[stored], offsets)))
        values = (present if meaning is None else meaning[present]).tolist()
        seen = set(values)
        keys.extend((number, value) for value in values)
        keys.extend((number, s.label) for s in segmentation.segments if s.layer == number and s.label not in seen)
    if len(keys) > MAX_LABELS:
        raise InputError(f"the segmentation holds {len(keys)} labels", "is this the image and not its labels?")
    image = None if volume is None else np.transpose(volume.voxels, order)
    return Canonical(tuple(_layer(part, len(keys)) for part in layers), image, affine, tuple(keys))


def _layer(part: tuple[Array, Array, tuple[Array, Array, Array]], count: int) -> Layer:
    labels, dense, runs = part
    stored = np.zeros(count + 1, dtype=np.int32)
    stored[dense[dense > 0]] = np.flatnonzero(dense)
    return Layer(labels, dense, stored, *runs)
