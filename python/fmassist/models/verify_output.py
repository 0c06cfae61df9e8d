"""What a model gave, checked before anyone else sees it: shape, place, whole numbers, labels that it may give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, lattice_map
from fmassist.volume import Segment, Segmentation

Array = NDArray[Any]

MAX_LABEL = 65535
TOLERANCE_MM = 0.1
"""How far a corner may be off: what NIfTI's float32 loses (see `fmassist.geometry.lattice`)."""


def verified(
    labels: Array,
    geometry: Geometry,
    *,
    volume: Geometry,
    names: Mapping[int, str],
    model: str,
    only_present: bool = False,
) -> Segmentation:
    """The model's output as a segmentation on the volume's grid.

    An output that lies on the same voxels in another index order is turned, as its own geometry says. Nothing else is
    put right: a model that answers wrongly in one respect is not trusted in another.

    Args:
        labels: array `[i, j, k]` of labels on `geometry`.
        geometry: where the model says that its output lies.
        volume: the grid that it was given.
        names: every label that it may give, without 0.
        model: its name, for the message.
        only_present: list the labels that occur only, instead of all that it knows.

    Raises:
        InputError: the output has another shape, lies elsewhere, is mirrored, holds values that are no whole numbers
            or no labels of the model.
    """
    if labels.ndim != 3 or labels.shape != geometry.shape:
        raise InputError(f"{model} gave an array of shape {labels.shape} for a volume of {volume.shape}", _REPORT)
    whole = _whole(labels, model)
    placed = _placed(whole, geometry, volume, model)
    found = _values(placed)
    unknown = [value for value in found if value and value not in names]
    if unknown:
        said = ", ".join(map(str, unknown[:5])) + (" …" if len(unknown) > 5 else "")
        raise InputError(f"{model} gave labels that it does not know ({said})", _REPORT)
    if any(not 0 < value <= MAX_LABEL for value in names):
        raise InputError(f"{model} declares labels outside 1 to {MAX_LABEL}", _REPORT)
    keep = [value for value in sorted(names) if not only_present or value in found]
    kind = np.uint8 if max(keep, default=0) < 256 else np.uint16
    segments = tuple(Segment(label=value, name=names[value]) for value in keep)
    return Segmentation((np.ascontiguousarray(placed.astype(kind)),), volume, segments)


def require_honest(segmentation: Segmentation, volume: Geometry, *, model: str) -> None:
    """The last look at a result, whoever made it: it lies where the volume does, and holds labels of its segments only.

    Raises:
        InputError: it does not.
    """
    if segmentation.geometry.shape != volume.shape:
        raise InputError(
            f"{model} gave an array of shape {segmentation.geometry.shape} for a volume of {volume.shape}", _REPORT
        )
    if not segmentation.geometry.matches(volume, tolerance_mm=TOLERANCE_MM):
        _placed(segmentation.layers[0], segmentation.geometry, volume, model)  # says how it lies
        raise InputError(f"{model} gave an output that lies in another order of axes than the volume", _REPORT)
    for number, layer in enumerate(segmentation.layers):
        known = {segment.label for segment in segmentation.segments if segment.layer == number}
        unknown = sorted(_values(_whole(layer, model)) - known - {0})
        if unknown:
            raise InputError(f"{model} gave labels that it does not know ({unknown[0]})", _REPORT)


_REPORT = "its output is not used; another version of the model or its back end may do better"


def _whole(labels: Array, model: str) -> Array:
    if labels.dtype.kind == "b":
        return labels.astype(np.uint8)
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all():
            raise InputError(f"{model} gave values that are not finite", _REPORT)
        if not np.array_equal(labels, np.rint(labels)):
            raise InputError(f"{model} gave values between labels", _REPORT)
    elif labels.dtype.kind not in "iu":
        raise InputError(f"{model} gave something that is no numbers", _REPORT)
    if labels.size and (labels.min() < 0 or labels.max() > MAX_LABEL):
        raise InputError(f"{model} gave labels outside 0 to {MAX_LABEL}", _REPORT)
    return labels.astype(np.uint16, copy=False)


def _placed(labels: Array, geometry: Geometry, volume: Geometry, model: str) -> Array:
    if geometry.matches(volume, tolerance_mm=TOLERANCE_MM):
        return labels
    lie = lattice_map(geometry, volume)
    if lie is None or lie.start != (0, 0, 0) or tuple(labels.shape[a] for a in lie.axes) != volume.shape:
        if sorted(labels.shape) != sorted(volume.shape):
            raise InputError(f"{model} gave an array of shape {labels.shape} for a volume of {volume.shape}", _REPORT)
        mirrored = np.linalg.det(geometry.index_to_ras_mm[:3, :3]) * np.linalg.det(volume.index_to_ras_mm[:3, :3]) < 0
        where = "mirrored" if mirrored and geometry.shape == volume.shape else "in another place than the volume"
        raise InputError(f"{model} gave an output that lies {where}", _REPORT)
    turned = labels.transpose(lie.axes)
    return np.asarray(turned[tuple(slice(None, None, -1 if flip else 1) for flip in lie.flipped)])


def _values(labels: Array) -> set[int]:
    """Labels that occur; a count over the range is faster than a sort of every voxel."""
    present = np.zeros(MAX_LABEL + 1, dtype=bool)
    for k in range(labels.shape[2]):
        present[labels[:, :, k]] = True
    return set(np.flatnonzero(present).tolist())
