"""How unsure a model was of each segment, from its map of doubt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.volume import Segmentation

Array = NDArray[Any]

SCALE = 255
"""Doubt is stored as uint8, `round(255 × (1 − p))` with p the mean softmax probability of the voxel's label."""
UNSURE_BELOW = 0.75
"""A voxel is unsure where its label has less than three to one on all others together (estimate: a network of two
classes is never below one to one, and the borders of a structure lie between)."""


def confidence_of(segmentation: Segmentation, doubt: Array) -> tuple[dict[str, float], dict[str, float]]:
    """By segment name, the mean probability of its voxels, and the share of them that are unsure; empty ones left out.

    Softmax probabilities of a network are not calibrated: they rank voxels of one model, and say little across models.

    Args:
        segmentation: of one layer.
        doubt: uint8 on its grid, see `SCALE`.

    Raises:
        InputError: the map lies on another grid.
    """
    labels = segmentation.layers[0]
    if doubt.shape != labels.shape:
        raise InputError(f"the map of doubt has the shape {doubt.shape}, and the labels {labels.shape}")
    size = int(max((segment.label for segment in segmentation.segments), default=0)) + 1
    counts, sums, unsure = (np.zeros(size) for _ in range(3))
    limit = SCALE * (1 - UNSURE_BELOW)
    for k in range(labels.shape[2]):  # slice by slice: a count over the whole would hold it in floats
        here, above = labels[:, :, k].ravel(), doubt[:, :, k].ravel()
        counts += np.bincount(here, minlength=size)
        sums += np.bincount(here, weights=above, minlength=size)
        unsure += np.bincount(here[above > limit], minlength=size)
    found = [segment for segment in segmentation.segments if segment.layer == 0 and counts[segment.label]]
    return (
        {s.name: round(float(1 - sums[s.label] / counts[s.label] / SCALE), 4) for s in found},
        {s.name: round(float(unsure[s.label] / counts[s.label]), 4) for s in found},
    )
