"""Labels put on the grid of the image they belong to, without resampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, LatticeMap, lattice_map
from fmassist.volume.segmentation import Segmentation
from fmassist.volume.volume import Volume


def labels_on_image(segmentation: Segmentation, volume: Volume) -> Segmentation:
    """`segmentation` indexed as `volume` is.

    Programs store labels with other axis orders or flips than their image, and Slicer crops them to what is drawn.
    As long as their voxels are the image's own voxels, putting them in place loses nothing; anything else would mean
    resampling, which is for a person to decide.

    Raises:
        InputError: the voxel centres differ by more than 0.1 mm, or labelled voxels lie outside the image.
    """
    if segmentation.geometry.shape == volume.geometry.shape and segmentation.geometry.matches(volume.geometry):
        return replace(segmentation, geometry=volume.geometry)
    place = lattice_map(segmentation.geometry, volume.geometry)
    if place is None:
        raise InputError(
            f"the labels do not lie on the volume's voxels: {_difference(segmentation.geometry, volume.geometry)}",
            "give the volume they were made on, or resample them onto this one (nearest neighbour)",
        )
    layers = tuple(placed(layer, place, volume.geometry.shape) for layer in segmentation.layers)
    return replace(segmentation, layers=layers, geometry=volume.geometry)


def placed(layer: NDArray[Any], place: LatticeMap, shape: tuple[int, int, int]) -> NDArray[Any]:
    """`layer` as a grid of `shape` holds it.

    Args:
        layer: array `[i, j, k]`, 0 where nothing is.
        place: how its grid lies on the other.
        shape: the other grid's.

    Raises:
        InputError: labelled voxels lie outside.
    """
    turned = layer.transpose(place.axes)[tuple(slice(None, None, -1 if flip else 1) for flip in place.flipped)]
    if place.start == (0, 0, 0) and turned.shape == shape:
        return np.asfortranarray(turned)
    from_, to = [], []
    for start, length, room in zip(place.start, turned.shape, shape, strict=True):
        first, end = max(start, 0), max(min(start + length, room), 0)
        end = max(end, first)
        to.append(slice(first, end))
        from_.append(slice(first - start, end - start))
    inside = turned[tuple(from_)]
    outside = np.count_nonzero(turned) - np.count_nonzero(inside)
    if outside:
        raise InputError(
            f"{outside:,} labelled voxels lie outside the volume",
            "give the volume that the labels were made on",
        )
    placed = np.zeros(shape, dtype=layer.dtype, order="F")
    placed[tuple(to)] = inside
    return placed


def _difference(labels: Geometry, image: Geometry) -> str:
    """Both grids in the terms a user can compare with what the viewer shows."""
    apart = float(np.linalg.norm(_centre_ras_mm(labels) - _centre_ras_mm(image)))
    return f"labels {_said(labels)}, volume {_said(image)}, centres {apart:.1f} mm apart"


def _said(geometry: Geometry) -> str:
    shape = " × ".join(str(n) for n in geometry.shape)
    spacing = " × ".join(f"{s:.3g}" for s in geometry.spacing_mm)
    origin = ", ".join(f"{x:.1f}" for x in geometry.index_to_ras_mm[:3, 3])
    return f"{shape} voxels of {spacing} mm, {geometry.axis_codes}, first voxel at RAS ({origin}) mm"


def _centre_ras_mm(geometry: Geometry) -> NDArray[np.float64]:
    return geometry.to_ras_mm((np.array(geometry.shape) - 1) / 2)
