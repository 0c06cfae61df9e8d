"""Sums of overlapping windows, held only where a later window still adds to them.

Windows come in MONAI's order, the last axis fastest. A voxel's sum lies in one of three places, each smaller than what
it replaces: the window that is being added to, the part of the row of windows that the next row touches, and the part
of the layer of windows that the next layer touches. What no later window touches is settled, and leaves at once as a
label. Every voxel gets the same additions in the same order as in MONAI's `sliding_window_inference`, so its sum is the
same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmassist.models.inference.grid import Grid, Shape
from fmassist.models.inference.store import LayerStore

Settle = Callable[[Any, Shape], None]
"""Takes sums (channels, i, j, k), the last channel the sum of weights, and their first voxel."""


class Frontier:
    """The running sums.

    Args:
        grid: of the windows.
        weights: (i, j, k) of a window's voxels.
        channels: that the network gives.
        layers: keeps what the next layer of windows touches.
        settle: is given every voxel once, when no later window adds to it.
    """

    def __init__(self, grid: Grid, weights: Any, channels: int, layers: LayerStore, settle: Settle) -> None:
        import torch

        self._grid, self._weights, self._channels = grid, weights, channels
        self._layers, self._settle = layers, settle
        i, j, k = grid.roi
        kind: dict[str, Any] = {"dtype": torch.float32, "device": weights.device}
        self._sums = torch.zeros((channels + 1, i, j, k), **kind)
        self._row = torch.empty((channels + 1, i, grid.most_shared[1], grid.shape[2]), **kind)

    def add(self, window: Shape, scores: Any | None) -> None:
        """Adds a window. They come in the grid's order, each once.

        Args:
            window: its numbers along the axes.
            scores: (channels, i, j, k), overwritten; None for a window that was left out.
        """
        self._enter(window)
        if scores is not None:
            # In place, so that scores in half precision stay so until they are summed: as in MONAI.
            scores.mul_(self._weights)
            self._sums[:-1].add_(scores)
            self._sums[-1].add_(self._weights)
        self._leave(window)

    def _enter(self, window: Shape) -> None:
        """Moves the sums on to this window, and fetches what earlier rows and layers left in it."""
        grid, (a, b, c) = self._grid, window
        _, j, k = grid.start(window)
        kept = grid.shared(2, c)
        if kept:
            moved = grid.roi[2] - kept
            source = self._sums[..., moved:]
            self._sums[..., :kept].copy_(source if kept <= moved else source.clone())
        fresh = self._sums[..., kept:]
        low, high = k + kept, k + grid.roi[2]
        of_row, of_layer = grid.shared(1, b), grid.shared(0, a)
        if of_row:
            fresh[:, :, :of_row].copy_(self._row[:, :, :of_row, low:high])
        rest = fresh[:, :, of_row:]
        if of_layer:
            rest[:, :of_layer].copy_(self._layers.get(j + of_row, j + grid.roi[1], low, high, layer=a))
        rest[:, of_layer:].zero_()

    def _leave(self, window: Shape) -> None:
        """Takes out what no later window of this row touches."""
        grid, (a, b, c) = self._grid, window
        i, j, k = grid.start(window)
        done_i, done_j, end = grid.settled(0, a) - i, grid.settled(1, b) - j, grid.settled(2, c)
        part = self._sums[..., : end - k]
        if done_j < grid.roi[1]:
            self._row[:, :, : grid.roi[1] - done_j, k:end].copy_(part[:, :, done_j:])
        if done_i < grid.roi[0]:
            self._layers.put(part[:, done_i:, :done_j], j, k, layer=a + 1)
        self._settle(part[:, :done_i, :done_j], (i, j, k))


def bytes_of_frontier(grid: Grid, channels: int) -> tuple[int, int]:
    """Bytes of the window and the row, and bytes of the layer store."""
    i, j, k = grid.roi
    shared = grid.most_shared
    window = i * j * k
    row = i * shared[1] * grid.shape[2]
    layer = shared[0] * grid.shape[1] * grid.shape[2]
    return 4 * (channels + 1) * (window + row), 4 * (channels + 1) * layer
