"""Where the windows lie: exactly where MONAI's `sliding_window_inference` puts them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Sliding:
    """How windows are laid and blended. The words are those of MONAI's `SlidingWindowInferer`.

    Args:
        roi_size: of a window in voxels; what is not positive stands for the image's own size.
        overlap: share of a window that the next one covers again along each axis, 0 up to 1.
        mode: `constant` or `gaussian`, the weight of a window's voxels.
        sigma_scale: of the Gaussian, in window lengths.
        padding_mode: of an image that is smaller than a window, as `torch.nn.functional.pad` has it.
        cval: that `constant` padding fills in.
        batch: windows at once.
    """

    roi_size: tuple[int, ...]
    overlap: tuple[float, float, float] = (0.25, 0.25, 0.25)
    mode: str = "constant"
    sigma_scale: float | tuple[float, ...] = 0.125
    padding_mode: str = "constant"
    cval: float = 0.0
    batch: int = 1


@dataclass(frozen=True)
class Grid:
    """Windows over one image.

    Args:
        shape: of the image, padded to one window at least.
        roi: of a window.
        starts: first voxels of the windows, for each axis.
        before: voxels of padding before the image, for each axis.
        size: of the image itself.
    """

    shape: Shape
    roi: Shape
    starts: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    before: Shape
    size: Shape

    def __len__(self) -> int:
        return math.prod(len(along) for along in self.starts)

    def __iter__(self) -> Iterator[Shape]:
        """Numbers of the windows along each axis, the last one fastest: MONAI's order."""
        i, j, k = (range(len(along)) for along in self.starts)
        return ((a, b, c) for a in i for b in j for c in k)

    def start(self, window: Shape) -> Shape:
        """First voxel of a window, in the padded image."""
        a, b, c = window
        return self.starts[0][a], self.starts[1][b], self.starts[2][c]

    def settled(self, axis: int, number: int) -> int:
        """Where the voxels begin that a window after this one still adds to."""
        along = self.starts[axis]
        return along[number + 1] if number + 1 < len(along) else self.shape[axis]

    def shared(self, axis: int, number: int) -> int:
        """Voxels that a window has in common with the one before it."""
        return self.starts[axis][number - 1] + self.roi[axis] - self.starts[axis][number] if number else 0

    @property
    def most_shared(self) -> Shape:
        """The largest `shared` along each axis."""
        i, j, k = (max(self.shared(axis, n) for n in range(len(self.starts[axis]))) for axis in range(3))
        return i, j, k


def make_grid(size: Sequence[int], sliding: Sliding) -> Grid:
    """The windows over an image of this size.

    Raises:
        ValueError: the window or the overlap can't be.
    """
    if len(size) != 3 or len(sliding.roi_size) != 3 or not all(0 <= share < 1 for share in sliding.overlap):
        raise ValueError("windows over volumes have three axes and an overlap of 0 up to 1")
    roi = tuple(r if r is not None and r > 0 else n for r, n in zip(sliding.roi_size, size, strict=True))
    shape = tuple(max(r, n) for r, n in zip(roi, size, strict=True))
    starts = tuple(_starts(n, r, share) for n, r, share in zip(shape, roi, sliding.overlap, strict=True))
    before = tuple((s - n) // 2 for s, n in zip(shape, size, strict=True))
    return Grid(shape, roi, starts, before, tuple(size))  # type: ignore[arg-type]


def padded(image: Any, grid: Grid, sliding: Sliding) -> Any:
    """A tensor (1, channels, i, j, k) of at least one window; the image itself where it is large enough."""
    import torch

    sides = [(b, s - n - b) for b, s, n in zip(grid.before, grid.shape, grid.size, strict=True)]
    if not any(side for pair in sides for side in pair):
        return image
    flat = [side for pair in reversed(sides) for side in pair]
    fill = {"value": sliding.cval} if sliding.padding_mode == "constant" else {}
    return torch.nn.functional.pad(image, flat, mode=sliding.padding_mode, **fill)


def importance(grid: Grid, sliding: Sliding, device: str) -> Any:
    """Weights (i, j, k) of a window's voxels, float32: MONAI's own."""
    from monai.data.utils import compute_importance_map

    return compute_importance_map(grid.roi, mode=sliding.mode, sigma_scale=sliding.sigma_scale, device=device)


def _starts(size: int, roi: int, overlap: float) -> tuple[int, ...]:
    step = roi if roi == size else max(1, int(roi * (1 - overlap)))
    count = 1 + math.ceil((size - roi) / step)
    return tuple(min(number * step, size - roi) for number in range(count))
