"""The same network on the same device, faster: memory layout, half precision, compiling."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

COMPILED_FROM = 40
"""Windows from which compiling, which takes about a minute, pays on a GPU (estimate)."""


@dataclass(frozen=True)
class Speed:
    """What is done to a network.

    Args:
        half: half precision, as the evaluators of MONAI's bundles have it on a GPU (`amp`).
        channels_last: channels together in memory, which convolutions on a GPU's tensor cores and in oneDNN want.
        compiled: by `torch.compile`.
    """

    half: bool = False
    channels_last: bool = False
    compiled: bool = False

    @property
    def words(self) -> str:
        """For the provenance."""
        said = ["half precision" if self.half else "float32"]
        said += ["channels-last"] if self.channels_last else []
        said += ["compiled"] if self.compiled else []
        return ", ".join(said)


def speed_for(device: str, windows: int) -> Speed:
    """What pays on a device.

    On a CPU half precision is slower where the processor has no instructions for it, and compiling needs a compiler
    that a user's machine may lack; channels-last changes sums in the last bits only.

    Args:
        device: `cpu` or `cuda`.
        windows: that are to be computed.
    """
    if device != "cuda":
        return Speed(channels_last=True)
    return Speed(half=True, channels_last=True, compiled=windows >= COMPILED_FROM and find_spec("triton") is not None)


def made_fast(network: Any, speed: Speed) -> Any:
    """The network, ready. It may be called with one batch of windows and gives what it gave before."""
    import torch

    if speed.channels_last and isinstance(network, torch.nn.Module):
        network = network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    if not speed.compiled:
        return network
    return Compiled(network)


class Compiled:
    """A compiled network that falls back on itself where its compilation fails."""

    def __init__(self, network: Any) -> None:
        import torch

        self._network = network
        self._compiled: Any | None = torch.compile(network)

    def __call__(self, windows: Any) -> Any:
        """Scores of a batch of windows."""
        if self._compiled is not None:
            from fmassist.models.inference.stepdown import is_out_of_memory

            try:
                return self._compiled(windows)
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                # A compiler that lacks or chokes is no reason to stop: if it was the network, it fails again here.
                self._compiled = None
        return self._network(windows)

    def to(self, *where: Any, **how: Any) -> Any:
        """The network itself, elsewhere: what was compiled was compiled for one device."""
        with contextlib.suppress(AttributeError):
            return self._network.to(*where, **how)
        return self._network
