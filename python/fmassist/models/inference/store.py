"""What the next layer of windows touches: in memory where that is allowed, in temporary files otherwise."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Protocol

from fmassist.errors import InputError
from fmassist.models.inference.grid import Grid


class LayerStore(Protocol):
    """Sums (channels, i, j, k) that a layer of windows leaves to the next one."""

    def put(self, part: Any, j: int, k: int, *, layer: int) -> None:
        """Keeps sums for `layer`; `j` and `k` are where they lie across it."""

    def get(self, j0: int, j1: int, k0: int, k1: int, *, layer: int) -> Any:
        """What was kept for `layer`: (channels, shared voxels, j1 − j0, k1 − k0). Asked for before more is put."""

    def close(self) -> None:
        """Gives back what it took."""


class InMemory:
    """One tensor; each layer's sums lie where those of the layer before were read.

    Args:
        grid: of the windows.
        channels: of the sums.
        device: that they stay on.
    """

    def __init__(self, grid: Grid, channels: int, device: Any) -> None:
        import torch

        self._grid = grid
        shape = (channels, grid.most_shared[0], *grid.shape[1:])
        self._kept = torch.empty(shape, dtype=torch.float32, device=device)

    def put(self, part: Any, j: int, k: int, *, layer: int) -> None:  # noqa: ARG002 - there is one place for all
        """See `LayerStore`."""
        _, thick, height, width = part.shape
        self._kept[:, :thick, j : j + height, k : k + width].copy_(part)

    def get(self, j0: int, j1: int, k0: int, k1: int, *, layer: int) -> Any:
        """See `LayerStore`."""
        return self._kept[:, : self._grid.shared(0, layer), j0:j1, k0:k1]

    def close(self) -> None:
        """See `LayerStore`."""
        del self._kept


class OnDisk:
    """Two files without a name, one read while the other is written; they go when they are closed.

    Args:
        grid: of the windows.
        channels: of the sums.
        device: that they come back to.

    Raises:
        InputError: the disk has no room for them.
    """

    def __init__(self, grid: Grid, channels: int, device: Any) -> None:
        self._grid, self._channels, self._device = grid, channels, device
        folder = roomy_folder()
        thick, height, width = grid.most_shared[0], *grid.shape[1:]
        wanted = 2 * 4 * channels * thick * height * width
        if shutil.disk_usage(folder).free < wanted:
            raise InputError(
                f"{wanted / 1e9:.0f} GB of temporary disk space are needed to segment this volume",
                "free some, set TMPDIR to another disk, or crop the volume",
            )
        self._files = [tempfile.TemporaryFile(dir=folder, buffering=0) for _ in range(2)]  # noqa: SIM115 - see close

    def put(self, part: Any, j: int, k: int, *, layer: int) -> None:
        """See `LayerStore`."""
        # One row along j after the other, and in it k, so that a part is a few long runs of bytes.
        rows = part.permute(2, 3, 0, 1).contiguous().cpu().numpy()
        for number, row in enumerate(rows):
            self._whole(layer, j + number, k, memoryview(row).cast("B"), write=True)

    def get(self, j0: int, j1: int, k0: int, k1: int, *, layer: int) -> Any:
        """See `LayerStore`."""
        import torch

        rows = torch.empty((j1 - j0, k1 - k0, self._channels, self._grid.shared(0, layer)), dtype=torch.float32)
        for number, row in enumerate(rows.numpy()):
            self._whole(layer, j0 + number, k0, memoryview(row).cast("B"), write=False)
        return rows.permute(2, 3, 0, 1).to(self._device)

    def close(self) -> None:
        """See `LayerStore`."""
        for file in self._files:
            file.close()

    def _whole(self, layer: int, j: int, k: int, run: memoryview, *, write: bool) -> None:
        file = self._files[layer % 2]
        file.seek((j * self._grid.shape[2] + k) * self._channels * self._grid.shared(0, layer) * 4)
        try:
            while run:
                done = file.write(run) if write else file.readinto(run)
                if not done:
                    raise OSError
                run = run[done:]
        except OSError:
            raise InputError(
                "the temporary files of the segmentation can't be kept: the disk is full, or was taken away",
                "free some space, set TMPDIR to another disk, or crop the volume",
            ) from None


def roomy_folder() -> Path:
    """Where large temporary files go: not `/tmp` on Linux, which may itself be memory (file-hierarchy(7))."""
    if sys.platform.startswith("linux") and "TMPDIR" not in os.environ:
        large = Path("/var/tmp")  # noqa: S108 - files are made without a name
        if os.access(large, os.W_OK):
            return large
    return Path(tempfile.gettempdir())
