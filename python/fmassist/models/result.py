"""What a model gives back: segments with meaning, how sure it is of each, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from fmassist.volume import Segmentation


@dataclass(frozen=True, eq=False)
class ModelResult:
    """A model's output on one volume.

    Args:
        segmentation: on the volume's own grid; segments bear the names of structures.
        confidence: the model's own estimate of how good each segment is, 0–1, by name; empty where it gives none.
        provenance: model, version, hash of the weights, device and precision.
        unsure: by name, the share of its voxels of which the model was not sure (see `fmassist.models.doubt`).
        doubt: uint8 on the segmentation's grid, 255 × (1 − mean softmax probability of the voxel's label); None where
            the model gives no probabilities.
    """

    segmentation: Segmentation
    confidence: dict[str, float] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, float] = field(default_factory=dict)
    doubt: NDArray[Any] | None = None
