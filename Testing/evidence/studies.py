"""Small studies, and the same study stored in other ways."""

from __future__ import annotations

import numpy as np

from fmassist.geometry import Geometry
from fmassist.volume import Segment, Segmentation, Volume


def segmentation(array: np.ndarray, spacing=(1.0, 1.0, 1.0), affine: np.ndarray | None = None) -> Segmentation:
    """One layer, a name for each label in it."""
    geometry = Geometry(array.shape, np.diag([*spacing, 1.0]) if affine is None else affine)
    names = tuple(Segment(int(v), f"structure {v}") for v in np.unique(array) if v)
    return Segmentation((array,), geometry, names)


def turned(array: np.ndarray, geometry: Geometry, order: tuple[int, ...], flips: tuple[bool, ...]):
    """The same voxels with their index axes permuted and flipped, and the geometry that goes with it."""
    array = array.transpose(order)
    affine = geometry.index_to_ras_mm.copy()
    affine[:3, :3] = affine[:3, :3][:, order]
    for axis, flip in enumerate(flips):
        if flip:
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
    return array, Geometry(array.shape, affine)


def stored_otherwise(labels: Segmentation, volume: Volume | None, order: tuple[int, ...], flips: tuple[bool, ...]):
    """The same anatomy in another of the 48 orientations."""
    layers = tuple(turned(layer, labels.geometry, order, flips)[0] for layer in labels.layers)
    geometry = turned(labels.layers[0], labels.geometry, order, flips)[1]
    image = None
    if volume is not None:
        image = Volume(*turned(volume.voxels, volume.geometry, order, flips), modality=volume.modality)
    return Segmentation(layers, geometry, labels.segments), image
