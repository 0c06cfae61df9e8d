"""From slices to what the network was trained on, and from its masks back to slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 256
"""Side of the network's input."""
CT_WINDOW_HU = (-160.0, 240.0)
"""Width 400, level 40: the soft-tissue window of MedSAM's own preprocessing (bowang-lab/MedSAM, pre_CT_MR.py)."""
MR_PERCENTILES = (0.5, 99.5)
"""Of the voxels above zero, as in the same file."""


@dataclass(frozen=True)
class Fit:
    """How a slice of `rows` × `columns` lies in the network's square: scaled by one factor, padded right and below."""

    rows: int
    columns: int

    @property
    def scale(self) -> float:
        """Network pixels for one slice pixel."""
        return SIZE / max(self.rows, self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the slice in the square."""
        return int(self.rows * self.scale + 0.5), int(self.columns * self.scale + 0.5)


def window(voxels: NDArray[Any], *, is_ct: bool) -> NDArray[np.float32]:
    """Intensities as 0–255."""
    image = np.asarray(voxels, dtype=np.float32)
    if is_ct:
        low, high = CT_WINDOW_HU
    else:
        positive = image[image > 0]
        low, high = (float(v) for v in np.percentile(positive, MR_PERCENTILES)) if positive.size else (0.0, 1.0)
    stretched: NDArray[np.float32] = np.clip((image - low) / max(high - low, 1e-6), 0.0, 1.0) * np.float32(255)
    return stretched


def to_network(slices: NDArray[np.float32], fit: Fit) -> Any:
    """A batch of slices (n, rows, columns) as (n, 3, 256, 256), each stretched to 0–1."""
    import torch
    from torch.nn import functional

    batch = torch.from_numpy(np.ascontiguousarray(slices))[:, None]
    batch = functional.interpolate(batch, size=fit.size, mode="bilinear", align_corners=False, antialias=fit.scale < 1)
    low, high = batch.amin(dim=(1, 2, 3), keepdim=True), batch.amax(dim=(1, 2, 3), keepdim=True)
    batch = (batch - low) / (high - low).clamp(min=1e-8)
    batch = functional.pad(batch, (0, SIZE - fit.size[1], 0, SIZE - fit.size[0]))
    return batch.expand(-1, 3, -1, -1)


def to_slices(logits: Any, fit: Fit) -> NDArray[np.float32]:
    """Mask logits (n, 1, 256, 256) as (n, rows, columns)."""
    from torch.nn import functional

    cut = logits.float()[..., : fit.size[0], : fit.size[1]]
    full = functional.interpolate(cut, size=(fit.rows, fit.columns), mode="bilinear", align_corners=False)
    return np.asarray(full[:, 0].cpu().numpy(), dtype=np.float32)
