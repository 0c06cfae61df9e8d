"""MeshNet: a stack of dilated 3×3×3 convolutions (Fedorov et al. 2017, arXiv 1612.00940), and how to run it in slabs.

The layer lists and weights of brainchop's models (neuroneural/brainchop-models) fit this class as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fmassist.errors import Cancelled
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress

ACTIVATIONS = {"relu": nn.ReLU, "elu": nn.ELU, "gelu": nn.GELU}


class MeshNet(nn.Module):
    """Convolutions of growing and falling dilation at full resolution; the last one, 1×1×1, scores the classes.

    Args:
        channels: of the hidden layers.
        classes: of the output.
        dilations: of the hidden layers, each with a kernel of 3 and padding of its dilation.
        activation: `relu`, `elu` or `gelu`, after each hidden layer.
    """

    def __init__(self, *, channels: int, classes: int, dilations: Sequence[int], activation: str = "relu") -> None:
        super().__init__()
        self.dilations = [int(dilation) for dilation in dilations]
        self.classes = classes
        layers: list[nn.Module] = []
        for number, dilation in enumerate(self.dilations):
            conv = nn.Conv3d(1 if number == 0 else channels, channels, 3, padding=dilation, dilation=dilation)
            layers.append(nn.Sequential(conv, ACTIVATIONS[activation](inplace=True)))
        self.hidden = nn.ModuleList(layers)
        self.head = nn.Conv3d(channels, classes, 1)

    @property
    def reach(self) -> int:
        """Voxels that an output depends on, to each side."""
        return sum(self.dilations)

    def forward(self, image: Tensor) -> Tensor:
        """Scores (n, classes, i, j, k) of an image (n, 1, i, j, k)."""
        for layer in self.hidden:
            image = layer(image)
        return self.head(image)  # type: ignore[no-any-return]


class ArgmaxSlabs:
    """Labels of a whole volume from a MeshNet in the memory of a slab; the same that the whole volume at once gives.

    Slabs of the image pass through the layers one after the other. Each layer keeps as many slices of what it was
    given as it reaches back, so that nothing is computed twice and nothing is cut short within the volume. Classes are
    scored a few at a time and only the best kept. Around the part of the image that is not zero, nothing is computed
    and everything is background.

    Args:
        thickness: of a slab along the first axis, in voxels.
        classes_at_once: scored together.
        margin: voxels around what is not zero that are computed as well.
    """

    def __init__(self, thickness: int = 16, classes_at_once: int = 8, margin: int = 4) -> None:
        self.thickness = thickness
        self.classes_at_once = classes_at_once
        self.margin = margin

    def __call__(self, image: Tensor, network: Any) -> Tensor:
        """Labels (1, 1, i, j, k) of an image (1, 1, i, j, k)."""
        return self.labels_and_doubt(image, network)[0]

    def labels_and_doubt(
        self,
        image: Tensor,
        network: Any,
        *,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Labels, and uint8 doubt (see `fmassist.models.doubt`), both (1, 1, i, j, k), of an image of that shape.

        Args:
            image: to segment.
            network: a `MeshNet`.
            progress: told of each slab.
            cancelled: asked before each slab.

        Raises:
            Cancelled: `cancelled` said so.
        """
        shape = image.shape[2:]
        kind = torch.uint8 if network.classes < 256 else torch.int32
        labels = torch.zeros((1, 1, *shape), dtype=kind)
        doubt = torch.zeros((1, 1, *shape), dtype=torch.uint8)
        image = image.as_tensor() if hasattr(image, "as_tensor") else image
        spans = [self._span(image[0, 0], axis) for axis in range(3)]
        if any(low >= high for low, high in spans):
            return labels, doubt
        reach = network.reach
        # What lies beyond the slab's sides is within reach of it; beyond the volume's there is nothing.
        wide = [(max(0, low - reach), min(size, high + reach)) for (low, high), size in zip(spans, shape, strict=True)]
        (first, last), across, along = spans[0], wide[1], wide[2]
        inner = (
            slice(spans[1][0] - across[0], spans[1][1] - across[0]),
            slice(spans[2][0] - along[0], spans[2][1] - along[0]),
        )
        part = image[:, :, :, slice(*across), slice(*along)]
        start = first
        for features in self._features(part, network, first, last, cancelled):
            end = start + features.shape[2]
            best, sure = self._best(features[:, :, :, inner[0], inner[1]], network)
            place = (0, 0, slice(start, end), slice(*spans[1]), slice(*spans[2]))
            labels[place] = best.to(kind).cpu()
            doubt[place] = torch.round(255 * (1 - sure)).to(torch.uint8).cpu()
            start = end
            if progress is not None:
                progress("segmenting", (end - first) / (last - first))
        return labels, doubt

    def _span(self, image: Tensor, axis: int) -> tuple[int, int]:
        others = tuple(a for a in range(3) if a != axis)
        found = torch.nonzero((image > 0).any(dim=others[1]).any(dim=others[0])).flatten()
        if not len(found):
            return 0, 0
        return max(0, int(found[0]) - self.margin), min(image.shape[axis], int(found[-1]) + 1 + self.margin)

    def _features(
        self, image: Tensor, network: Any, first: int, last: int, cancelled: IsCancelled | None
    ) -> Iterator[Tensor]:
        """What the last hidden layer gives for the voxels from `first` up to `last` along the first axis, in slabs."""
        size, left = image.shape[2], network.reach
        low, high = max(0, first - left), min(size, last + left)
        layers = []
        for layer, dilation in zip(network.hidden, network.dilations, strict=True):
            given = max(0, first - left), min(size, last + left)
            left -= dilation
            layers.append(_Passing(layer, dilation, size, given, (max(0, first - left), min(size, last + left))))
        for start in range(low, high, self.thickness):
            if cancelled is not None and cancelled():
                raise Cancelled("cancelled")
            part: Tensor | None = image[:, :, start : min(start + self.thickness, high)]
            for passing in layers:
                part = passing(part)
                if part is None:
                    break
            if part is not None:
                yield part

    def _best(self, features: Tensor, network: Any) -> tuple[Tensor, Tensor]:
        """The class of the highest score, and its softmax probability."""
        weight, bias = network.head.weight, network.head.bias
        best = torch.full(features.shape[2:], float("-inf"), device=features.device)
        labels = torch.zeros(features.shape[2:], dtype=torch.int32, device=features.device)
        # The sum of exp(score − best) over the classes so far, carried on whenever the best rises.
        total = torch.zeros_like(best)
        for first in range(0, network.classes, self.classes_at_once):
            part = slice(first, first + self.classes_at_once)
            scores = functional.conv3d(features, weight[part], bias[part])[0]
            highest, which = scores.max(dim=0)
            better = highest > best
            labels[better] = (which[better] + first).to(torch.int32)
            risen = torch.maximum(best, highest)
            total.mul_((best - risen).exp_()).add_(scores.sub_(risen).exp_().sum(dim=0))
            best = risen
        return labels, total.reciprocal_()


class _Passing:
    """One layer, through which slabs of a volume pass in order.

    Args:
        layer: a convolution and its activation.
        dilation: of the convolution, with a kernel of 3.
        size: of the volume along the first axis; beyond it there are zeros.
        given: first slice that will be put in, and the one after the last.
        wanted: first slice that will come out, and the one after the last.
    """

    def __init__(self, layer: Any, dilation: int, size: int, given: tuple[int, int], wanted: tuple[int, int]) -> None:
        self._conv, self._activation = layer[0], layer[1]
        self._dilation, self._size = dilation, size
        self._low, self._end = given
        self._next, self._stop = wanted
        self._kept: Tensor | None = None

    def __call__(self, part: Tensor | None) -> Tensor | None:
        """The slices that can be computed now that `part` is there as well; None where there are none."""
        assert part is not None
        kept = part if self._kept is None else torch.cat([self._kept, part], dim=2)
        high = self._low + kept.shape[2]
        stop = self._stop if high == self._end else min(self._stop, high - self._dilation)
        if stop <= self._next:
            self._kept = kept
            return None
        before, after = self._next - self._dilation, stop + self._dilation
        used = kept[:, :, max(before, 0) - self._low : min(after, self._size) - self._low]
        if before < 0 or after > self._size:
            used = functional.pad(used, (0, 0, 0, 0, max(0, -before), max(0, after - self._size)))
        beside = (0, self._dilation, self._dilation)
        made = functional.conv3d(used, self._conv.weight, self._conv.bias, padding=beside, dilation=self._dilation)
        drop = max(0, stop - self._dilation - self._low)
        self._kept = kept[:, :, drop:].clone()
        self._low, self._next = self._low + drop, stop
        result: Tensor = self._activation(made)
        return result
