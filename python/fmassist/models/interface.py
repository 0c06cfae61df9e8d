"""The one interface behind which every model stands, whatever runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fmassist.models.card import GIGABYTE, Card
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume

Progress = Callable[[str, float], None]
"""Called with a stage and the share of it that is done, 0 to 1."""
Cancelled = Callable[[], bool]
"""Asked now and then; True ends the work with `fmassist.errors.Cancelled`."""


@dataclass(frozen=True)
class Needs:
    """What one volume will take, estimated before anything starts.

    Args:
        memory_bytes: of main memory.
        gpu_bytes: of a GPU's memory; 0 where none is used.
        device: that the model would choose by itself.
        basis: how the numbers were come by.
    """

    memory_bytes: int
    gpu_bytes: int
    device: str
    basis: str

    def __str__(self) -> str:
        said = f"{self.memory_bytes / GIGABYTE:.1f} GB of memory"
        if self.gpu_bytes and self.device != "cpu":
            said += f", {self.gpu_bytes / GIGABYTE:.1f} GB on the GPU"
        return f"{said} ({self.basis})"


@runtime_checkable
class Model(Protocol):
    """A model, loaded or not. Nothing heavy is imported before `segment`."""

    def describe(self) -> Card:
        """Its card."""

    def available(self) -> str | None:
        """None where it can run here; otherwise the reason in one line, with what to do."""

    def needs(self, volume: Volume) -> Needs:
        """What `volume` will take, without loading anything."""

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Segments `volume`. The result lies on the volume's own grid and was checked (see `verify_output`).

        Args:
            volume: to segment.
            prompts: what to look for, for a model that takes prompts; empty otherwise.
            progress: told of each stage.
            cancelled: asked between steps.
            device: `"cpu"`, `"cuda"`, or None for the best there is.

        Raises:
            InputError: it cannot run here, a prompt is of a kind that it does not take, or what it gave is unusable.
            Cancelled: `cancelled` said so; nothing is left behind.
        """


def estimate(card: Card, volume: Volume, *, cuda: bool | None = None) -> Needs:
    """Needs after the card's own formula.

    Args:
        card: of the model.
        volume: to segment.
        cuda: whether a GPU is there; None to look, without importing torch.
    """
    import math

    voxels = math.prod(volume.geometry.shape)
    device = "cuda" if (has_gpu() if cuda is None else cuda) and "cuda" in card.needs.devices else "cpu"
    return Needs(
        memory_bytes=round(card.needs.memory_bytes + card.needs.bytes_per_voxel * voxels),
        gpu_bytes=card.needs.gpu_bytes if device == "cuda" else 0,
        device=device,
        basis=card.needs.basis,
    )


def has_gpu() -> bool:
    """Whether an NVIDIA driver is there; asking torch would take seconds."""
    import shutil
    from pathlib import Path

    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
