"""Which bundles can be run in bounded memory, and what remains of their own steps then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.models.inference.grid import Sliding
from fmassist.models.inference.members import Member, flips

Array = NDArray[Any]

ON_LABELS = (
    *("KeepLargestConnectedComponent", "RemoveSmallObjects", "FillHoles", "LabelFilter", "MapLabelValue"),
    *("EnsureType", "CastToType", "ToTensor", "ToDevice", "FromMetaTensor", "Identity"),
)
"""Steps that mean the same after an arg-max as the bundle's author meant them to."""


def sliding_of(inferer: Any) -> Sliding | None:
    """How a bundle's inferer lays its windows; None where it is none of MONAI's two over whole windows."""
    if type(inferer).__module__ != "monai.inferers.inferer":
        return None
    if type(inferer).__name__ not in ("SlidingWindowInferer", "SlidingWindowInfererAdapt") or inferer.with_coord:
        return None
    roi = inferer.roi_size
    sizes = tuple(int(n) if n is not None else -1 for n in roi) if isinstance(roi, Sequence) else (int(roi),) * 3
    overlap = inferer.overlap
    shares = tuple(map(float, overlap)) if isinstance(overlap, Sequence) else (float(overlap),) * 3
    if len(sizes) != 3 or len(shares) != 3:
        return None
    sigma = inferer.sigma_scale
    return Sliding(
        roi_size=sizes,
        overlap=shares,
        mode=str(getattr(inferer.mode, "value", inferer.mode)),
        sigma_scale=tuple(map(float, sigma)) if isinstance(sigma, Sequence) else float(sigma),
        padding_mode=str(getattr(inferer.padding_mode, "value", inferer.padding_mode)),
        cval=float(inferer.cval),
        batch=max(1, int(inferer.sw_batch_size)),
    )


def steps_on_labels(postprocessing: Any) -> list[Any] | None:
    """A bundle's postprocessing without softmax and arg-max, which are done, and without what puts labels back.

    Returns:
        None where it asks for anything but the highest class of each voxel, such as sigmoids and thresholds.
    """
    kept: list[Any] = []
    for step in getattr(postprocessing, "transforms", [postprocessing] if postprocessing is not None else []):
        name = type(step).__name__.rstrip("d")
        if name == "Activations":
            if any(step.sigmoid) or any(other is not None for other in step.other):
                return None
        elif name == "AsDiscrete":
            if any(part is not None for part in (*step.threshold, *step.to_onehot)):
                return None
        elif name in ON_LABELS:
            kept.append(step)
        elif name != "Invert":
            return None
    return kept


def members_of(asked: Sequence[str], affine: Array, networks: int) -> list[Member]:
    """Every network with every combination of flips.

    Args:
        asked: directions that are turned round, of R, A and S. R makes left of right: only for a model that was
            trained with mirror images, or that knows no sides.
        affine: index to RAS mm of the network's grid.
        networks: how many there are.

    Raises:
        InputError: a direction is none.
    """
    if unknown := set(asked) - set("RAS"):
        raise InputError(f"the model's description asks for flips along {sorted(unknown)}", "R, A and S can be turned")
    along = np.abs(np.asarray(affine)[:3, :3] / np.linalg.norm(np.asarray(affine)[:3, :3], axis=0)).argmax(axis=0)
    axes = [int(np.flatnonzero(along == "RAS".index(direction))[0]) for direction in asked]
    return [Member(number, flipped) for number in range(networks) for flipped in flips(axes)]
