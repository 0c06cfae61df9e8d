"""The same network, computed with less work: what changes is arithmetic, not meaning.

- Batch normalisation is folded into the convolutions before it.
- On a CPU its layers are fused, and the last of them run in bfloat16 where the processor computes in it (`fused`).
"""

from __future__ import annotations

from typing import Any


def has_fast_bfloat16() -> bool:
    """Whether this CPU computes natively in bfloat16, and not by detours that are slower than float32."""
    import torch

    native = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    flags = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(native is not None and native() and (flags is None or flags()))


def make_fast(encoder: Any, *, bfloat16: bool, on_cpu: bool = True) -> Any:
    """The image encoder: folded, in channels-last, and on a CPU with fused layers, in bfloat16 where that is safe."""
    import torch

    from fmassist.models.litemedsam.fused import fuse_for_cpu

    _fold(encoder)
    encoder = encoder.to(memory_format=torch.channels_last)
    return fuse_for_cpu(encoder, bfloat16=bfloat16) if on_cpu else encoder


def _fold(module: Any) -> None:
    for name, child in module.named_children():
        if type(child).__name__ == "Conv2d_BN":
            setattr(module, name, child.fuse())
        else:
            _fold(child)
