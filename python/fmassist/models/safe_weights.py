"""Weights from a file, and nothing but weights: a file that would run code while it is read is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fmassist.errors import InputError

SAFE_TORCH = (2, 10)
"""Older versions run code from files that claim to hold weights only (CVE-2025-32434, CVE-2026-24747)."""
MAX_HEADER = 100 * 1024**2
NESTED = ("model", "state_dict", "network_weights", "model_state_dict")
"""Names under which checkpoints of MONAI, Lightning and nnU-Net keep the network's own weights."""


def require_torch() -> Any:
    """The torch module.

    Raises:
        InputError: it is missing, or so old that loading weights could run code.
    """
    try:
        import torch
    except ImportError:
        raise InputError("PyTorch is not installed", "pip install 'fmassist[model]'") from None
    require_safe_version(torch.__version__)
    return torch


def require_safe_version(version: str) -> None:
    """Refuse versions of torch that run code from files of weights.

    Raises:
        InputError: it is older than 2.10, or says no version.
    """
    try:
        found = tuple(int(part) for part in version.split("+")[0].split(".")[:2])
    except ValueError:
        found = (0, 0)
    if found < SAFE_TORCH:
        raise InputError(f"PyTorch {version} is too old to load weights safely", "install 2.10 or later")


def load_state(path: Path) -> dict[str, Any]:
    """Tensors by name, on the CPU.

    A safetensors file holds nothing but tensors. Anything else is read with `weights_only=True`, without a
    fallback: a pickle that needs more is refused, whatever it claims to need it for.

    Raises:
        InputError: the file is missing, damaged, holds code, or holds no tensors.
    """
    torch = require_torch()
    if not path.is_file():
        raise InputError("the model's weights are missing", "get them again")
    state: Any
    if _is_safetensors(path):
        state = _safetensors(path)
    else:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception:
            raise InputError(
                "the weights can't be loaded without running code from their file, or are damaged",
                "ask their author for .safetensors; FMAssist has no way round this",
            ) from None
    for name in NESTED:
        if isinstance(state, dict) and isinstance(state.get(name), dict):
            state = state[name]
            break
    if not isinstance(state, dict) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise InputError("the weights file holds no network's weights", "give the file that the model's authors name")
    return dict(state)


def fill(network: Any, state: dict[str, Any]) -> Any:
    """The network with these weights, every one of them in its place, in evaluation mode.

    Raises:
        InputError: a weight lacks, is too many, or has another shape.
    """
    # What nn.DataParallel puts before every name.
    if all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): value for name, value in state.items()}
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError:
        raise InputError("the weights do not belong to this network", "get both from one place") from None
    return network.eval()


def _is_safetensors(path: Path) -> bool:
    """By its first bytes, since some files bear another name: the length of a JSON header, and its brace."""
    with path.open("rb") as stream:
        start = stream.read(9)
    return len(start) == 9 and start[8:] == b"{" and 2 <= int.from_bytes(start[:8], "little") <= MAX_HEADER


def _safetensors(path: Path) -> dict[str, Any]:
    try:
        from safetensors.torch import load_file
    except ImportError:
        raise InputError("safetensors is not installed", "pip install 'fmassist[model]'") from None
    try:
        return dict(load_file(path))
    except Exception:
        raise InputError("the .safetensors file is damaged", "get it again") from None
