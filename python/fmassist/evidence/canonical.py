"""The study's arrays with their axes put in the body's order, so that one pass serves every way of storing them.

Axes are only permuted, never flipped or resampled: the slowest becomes the one nearest to head–foot, the fastest the
one nearest to right–left. Facts are then computed in index space and carried to patient space by the affine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.facts import FACES
from fmassist.volume import Segmentation, Volume

AXIS_OF = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}


@dataclass(frozen=True)
class Canonical:
    """Permuted views.

    Args:
        layers: arrays of dense labels (0 is background), axes (head–foot, front–back, right–left), C order.
        image: the image alike, or None.
        index_to_ras_mm: 4×4 affine for indices in this order.
        keys: for each dense label from 1 on, (layer, label).
    """

    layers: tuple[NDArray[np.uint16], ...]
    image: NDArray[np.generic] | None
    index_to_ras_mm: NDArray[np.float64]
    keys: tuple[tuple[int, int], ...]

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Distance between voxel centres along each of the three axes."""
        return np.asarray(np.linalg.norm(self.index_to_ras_mm[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel."""
        return float(abs(np.linalg.det(self.index_to_ras_mm[:3, :3])) / 1000)

    def face(self, axis: int, *, high: bool) -> str:
        """The face of the field of view at the low or high end of an axis, by its nearest anatomical direction."""
        ras = 2 - axis
        grows = self.index_to_ras_mm[ras, axis] > 0
        return FACES[2 * ras + (0 if grows == high else 1)]

    def face_area_mm2(self, axis: int) -> float:
        """Area of one voxel's face across an axis."""
        a, b = (self.index_to_ras_mm[:3, other] for other in range(3) if other != axis)
        return float(np.linalg.norm(np.cross(a, b)))

    def to_ras_mm(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        """RAS mm of (…, 3) indices in this order."""
        return np.asarray(index @ self.index_to_ras_mm[:3, :3].T + self.index_to_ras_mm[:3, 3])


def canonical(segmentation: Segmentation, volume: Volume | None) -> Canonical:
    """Permute a study's arrays and number its labels densely, layer after layer."""
    codes = segmentation.geometry.axis_codes
    order = tuple(next(i for i, code in enumerate(codes) if AXIS_OF[code] == ras) for ras in (2, 1, 0))
    affine = np.eye(4)
    affine[:3, :3] = segmentation.geometry.index_to_ras_mm[:3, :3][:, order]
    affine[:3, 3] = segmentation.geometry.index_to_ras_mm[:3, 3]
    layers: list[NDArray[np.uint16]] = []
    keys: list[tuple[int, int]] = []
    for number, layer in enumerate(segmentation.layers):
        dense, values = _dense(np.transpose(layer, order), len(keys))
        named = [s.label for s in segmentation.segments if s.layer == number and s.label not in values]
        layers.append(dense)
        keys.extend((number, value) for value in values)
        keys.extend((number, label) for label in named)
    image = None if volume is None else np.ascontiguousarray(np.transpose(volume.voxels, order))
    return Canonical(tuple(layers), image, affine, tuple(keys))


def _dense(layer: NDArray[np.unsignedinteger], offset: int) -> tuple[NDArray[np.uint16], list[int]]:
    """Labels renumbered from `offset` + 1 on, and what each one was."""
    array = np.ascontiguousarray(layer)
    top = int(array.max(initial=0))
    seen = np.zeros(top + 1, dtype=bool)
    seen[array.ravel()] = True
    values = np.flatnonzero(seen)
    values = values[values > 0]
    table = np.zeros(top + 1, dtype=np.uint16)
    table[values] = np.arange(offset + 1, offset + 1 + len(values))
    if offset == 0 and array.dtype == np.uint16 and np.array_equal(values, np.arange(1, len(values) + 1)):
        return array, values.tolist()
    return table[array], values.tolist()
