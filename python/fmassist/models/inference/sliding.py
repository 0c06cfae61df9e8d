"""Labels of a volume from a network and windows: MONAI's labels, without MONAI's memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled, InputError
from fmassist.models.inference.frontier import Frontier, bytes_of_frontier
from fmassist.models.inference.grid import Grid, Shape, Sliding, importance, make_grid, padded
from fmassist.models.inference.members import Member, Members
from fmassist.models.inference.stepdown import Network, Runner, is_out_of_memory
from fmassist.models.inference.store import InMemory, LayerStore, OnDisk
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress

Array = NDArray[Any]
Wanted = Callable[[Shape, Shape], bool]
"""Whether a window, from its first voxel up to its last but one, in the image's own voxels, is worth computing."""

SUMS_BYTES = 2 * 10**9
"""Most memory that sums take before those of a layer go to temporary files. With an image of 512×512×600 in float32
(0.6 GB), its labels and a network of common size, all of it stays below 6 GB."""

PIECE = 1_000_000
"""Sums that become labels together."""


class OneChannelError(InputError):
    """The network gives one channel: labels or one structure's scores, which no arg-max can tell apart."""


@dataclass(frozen=True, eq=False)
class Segmented:
    """What the windows gave.

    Args:
        labels: uint8 or uint16 `[i, j, k]`, the class with the highest score.
        doubt: uint8 `[i, j, k]`, 255 × (1 − probability of the label); None where nobody asked.
        notes: what had to be done with less, such as on the CPU.
        device: that the network ran on in the end.
    """

    labels: Array
    doubt: Array | None
    notes: tuple[str, ...] = field(default=())
    device: str = "cpu"


def segment_windows(
    image: Any,
    network: Network | Sequence[Network],
    sliding: Sliding,
    *,
    members: Sequence[Member] = (),
    with_doubt: bool = False,
    device: str = "cpu",
    half: bool = False,
    wanted: Wanted | None = None,
    sums_bytes: int = SUMS_BYTES,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Segmented:
    """Labels as of MONAI's `sliding_window_inference` and an arg-max over classes, to the last voxel.

    Memory grows with what neighbouring layers of windows share, classes × shared voxels × a cross-section, and where
    that is more than `sums_bytes`, it lies in temporary files.

    With several members (see `Member`), their softmax probabilities are averaged in the same sums, and the label is
    the class of the highest mean. With one, scores are summed, as MONAI does.

    Args:
        image: tensor (1, channels, i, j, k).
        network: from (n, channels, *window) to (n, classes, *window), or several of them for `members`.
        sliding: how windows are laid and blended.
        members: flips and networks that are averaged; none for the network as it is.
        with_doubt: whether to give the map of doubt as well.
        device: that the network is on.
        half: whether to compute in half precision.
        wanted: asked of each window; one that is not wanted counts as background.
        sums_bytes: of memory for sums.
        progress: told of each batch of windows, and of every step down.
        cancelled: asked before each batch.

    Raises:
        InputError: not enough memory or disk; scores that are not finite, or of another shape.
        OneChannelError: the network gives one channel.
        Cancelled: `cancelled` said so.
    """
    import torch

    if image.ndim != 5 or image.shape[0] != 1:
        raise InputError(f"windows are laid over one volume at a time, and this has the shape {tuple(image.shape)}")
    image = image.as_tensor() if hasattr(image, "as_tensor") else image
    grid = make_grid(image.shape[2:], sliding)
    tell = progress or (lambda _stage, _share: None)
    share = [0.0]
    networks: list[Any] = list(network) if isinstance(network, (list, tuple)) else [network]
    runner = Runner(networks, device=device, batch=sliding.batch, half=half, say=lambda line: tell(line, share[0]))
    several = Members(members)
    made = _Labels(grid, with_doubt=with_doubt, are_probabilities=several.averages)
    whole = padded(image, grid, sliding)
    windows = list(grid)
    sums: _Sums | None = None
    try:
        with torch.inference_mode():
            at = 0
            while at < len(windows):
                if cancelled is not None and cancelled():
                    raise Cancelled("cancelled")
                batch = windows[at : at + runner.batch]
                asked = [w for w in batch if wanted is None or _is_wanted(grid, w, wanted)]
                scores = several.scores(runner, _cut(whole, grid, asked)) if asked else None
                if scores is not None:
                    _require_scores(scores, grid)
                    if sums is None:
                        sums = _Sums(grid, sliding, scores, sums_bytes, made, runner)
                        sums.skip(windows[:at])
                if sums is not None:
                    given = iter(scores if scores is not None else ())
                    for window in batch:
                        sums.add(window, next(given) if window in asked else None)
                at += len(batch)
                share[0] = at / len(windows)
                tell("segmenting", share[0])
    finally:
        if sums is not None:
            sums.close()
    return Segmented(made.labels(), made.doubt(), tuple(runner.notes), runner.device)


def _is_wanted(grid: Grid, window: Shape, wanted: Wanted) -> bool:
    first = [s - b for s, b in zip(grid.start(window), grid.before, strict=True)]
    low = tuple(max(0, f) for f in first)
    high = tuple(min(n, f + r) for f, r, n in zip(first, grid.roi, grid.size, strict=True))
    return wanted(low, high)  # type: ignore[arg-type]


def _cut(image: Any, grid: Grid, windows: Sequence[Shape]) -> Any:
    import torch

    def one(window: Shape) -> Any:
        i, j, k = grid.start(window)
        a, b, c = grid.roi
        return image[:, :, i : i + a, j : j + b, k : k + c]

    return one(windows[0]) if len(windows) == 1 else torch.cat([one(window) for window in windows])


def _require_scores(scores: Any, grid: Grid) -> None:
    if scores.ndim != 5 or tuple(scores.shape[2:]) != grid.roi:
        raise InputError(
            f"the network gave an array of shape {tuple(scores.shape)} for a window of {grid.roi}",
            "its output is not used",
        )
    if scores.shape[1] == 1:
        raise OneChannelError("the network gives one channel")


class _Sums:
    """A frontier on the best place that has room for it."""

    def __init__(
        self, grid: Grid, sliding: Sliding, scores: Any, sums_bytes: int, made: _Labels, runner: Runner
    ) -> None:
        self._channels = scores.shape[1]
        made.start(self._channels)
        near, layer = bytes_of_frontier(grid, self._channels)
        self.device = str(scores.device)
        if self.device != "cpu" and not _fits_gpu(near + layer):
            self.device = "cpu"
        try:
            self._make(grid, sliding, made, sums_bytes if self.device == "cpu" else near + layer)
        except Exception as error:
            if self.device == "cpu" or not is_out_of_memory(error):
                raise
            self.device = "cpu"
            runner.notes.append("the GPU's memory ran out: sums on the CPU")
            self._make(grid, sliding, made, sums_bytes)

    def _make(self, grid: Grid, sliding: Sliding, made: _Labels, allowed: int) -> None:
        near, layer = bytes_of_frontier(grid, self._channels)
        kind = InMemory if near + layer <= allowed else OnDisk
        self._layers: LayerStore = kind(grid, self._channels + 1, self.device)
        weights = importance(grid, sliding, self.device)
        self._frontier = Frontier(grid, weights, self._channels, self._layers, made.settle)

    def skip(self, windows: Sequence[Shape]) -> None:
        """Those that were left out before the first one was computed."""
        for window in windows:
            self._frontier.add(window, None)

    def add(self, window: Shape, scores: Any | None) -> None:
        """Adds one window."""
        self._frontier.add(window, None if scores is None else scores.to(self.device))

    def close(self) -> None:
        """Gives memory and files back."""
        self._layers.close()


def _fits_gpu(size: int) -> bool:
    """Whether sums of this size leave the network room: at most four tenths of what is free (estimate)."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    return bool(size <= 0.4 * free)


class _Labels:
    """Labels and doubt of the image, from sums as they settle."""

    def __init__(self, grid: Grid, *, with_doubt: bool, are_probabilities: bool) -> None:
        self._grid, self._with_doubt, self._are_probabilities = grid, with_doubt, are_probabilities
        self._labels: Array = np.zeros(grid.size, np.uint8)
        self._doubt: Array | None = np.zeros(grid.size, np.uint8) if with_doubt else None

    def start(self, channels: int) -> None:
        """Makes room for the labels of so many classes."""
        if channels > 256:
            self._labels = np.zeros(self._grid.size, np.uint16)

    def labels(self) -> Array:
        """Labels `[i, j, k]`."""
        return self._labels

    def doubt(self) -> Array | None:
        """Doubt `[i, j, k]`."""
        return self._doubt

    def settle(self, sums: Any, first: Shape) -> None:
        """See `fmassist.models.inference.frontier.Settle`."""
        # In pieces, since what is made on the way to a label takes as much memory again.
        thick = max(1, PIECE // max(1, sums[:, 0].numel()))
        for number in range(0, sums.shape[1], thick):
            self._settle(sums[:, number : number + thick], (first[0] + number, first[1], first[2]))

    def _settle(self, sums: Any, first: Shape) -> None:
        import torch

        before, size = self._grid.before, self._grid.size
        low = [max(0, b - f) for f, b in zip(first, before, strict=True)]
        high = [min(n, s + b - f) for f, b, s, n in zip(first, before, size, sums.shape[1:], strict=True)]
        if any(h <= w for w, h in zip(low, high, strict=True)):
            return
        inner = tuple(slice(w, h) for w, h in zip(low, high, strict=True))
        place = tuple(slice(f + w - b, f + h - b) for f, w, h, b in zip(first, low, high, before, strict=True))
        part = sums[(slice(None), *inner)]
        weight = part[-1]
        scores = part[:-1].div_(weight)  # in place: nobody asks for these sums again
        best, which = scores.max(dim=0)
        left_out = weight == 0
        if not bool((torch.isfinite(best) | left_out).all()):
            raise InputError("the network gave values that are not finite", "its output is not used")
        which[left_out] = 0
        self._labels[place] = which.cpu().numpy()
        if self._doubt is not None:
            # Softmax of the highest score: 1 by the sum of what all scores are to it.
            sure = best if self._are_probabilities else 1 / scores.sub_(best).exp_().sum(dim=0)
            sure[left_out] = 1.0
            self._doubt[place] = torch.round(255 * (1 - sure)).clamp_(0, 255).to(torch.uint8).cpu().numpy()
