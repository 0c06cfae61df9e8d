"""The same network, computed with less work: what changes is arithmetic, not meaning.

- Batch normalisation is folded into the convolutions before it.
- The encoder runs in bfloat16 where the processor or the GPU computes in it; masks stay within a Dice of .995 of
  float32 (measured by `fmassist bench litemedsam`). On a CPU that does not, its layers are fused (`fused`).
"""

from __future__ import annotations

from typing import Any


def has_fast_bfloat16(device: str) -> bool:
    """Whether bfloat16 is computed natively there, and not by detours that are slower than float32."""
    import torch

    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported())
    native = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    flags = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(native is not None and native() and (flags is None or flags()))


def make_fast(encoder: Any, *, bfloat16: bool, on_cpu: bool = True) -> Any:
    """The image encoder: folded, in channels-last, and in bfloat16 where wanted, else with fused layers on a CPU."""
    import torch

    from fmassist.models.litemedsam.fused import fuse_for_cpu

    _fold(encoder)
    if bfloat16:
        encoder = encoder.to(torch.bfloat16)
    encoder = encoder.to(memory_format=torch.channels_last)
    return fuse_for_cpu(encoder) if on_cpu and not bfloat16 else encoder


def _fold(module: Any) -> None:
    for name, child in module.named_children():
        if type(child).__name__ == "Conv2d_BN":
            setattr(module, name, child.fuse())
        else:
            _fold(child)
