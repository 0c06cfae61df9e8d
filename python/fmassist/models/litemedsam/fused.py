"""The image encoder on a CPU in fewer passes over memory: the same sums, made where the caches hold them.

TinyViT's first layers have 256 channels at full resolution: a pass over them is 67 MB, and most of the encoder's time
goes into such passes. Here each convolution and linear layer is oneDNN's own, with its weights packed once and the
GELU after it computed on what is still in registers; the widest block works through the slice in strips of rows; and
attention within windows is one call (`scaled_dot_product_attention`), which never writes its weights out.

Where the processor computes in bfloat16, the linear layers of the last five blocks do: it saves a tenth of the
encoder's time, and masks stay within a Dice of .998 of float32 on `ct_abdomen`. The whole encoder in bfloat16 takes
0.35 of upstream's time, but masks fall to .989.

The operators are those that torch's own compiler emits (`torch.ops.mkldnn`); they are not public, so a build without
them, or one whose results differ, keeps the layers as they are.
"""

from __future__ import annotations

import math
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ROWS = 32
"""Rows of a strip: 256 channels of them are 8 MB."""
TRIALS = (
    ("patch_embed", (1, 3, 8, 8)),
    ("layers.0.blocks.0", (1, 64, 40, 24)),  # more rows than a strip has
    ("layers.0.downsample", (1, 64, 16, 16)),
    ("layers.1.blocks.0.attn", (2, 49, 128)),
    ("layers.1.blocks.0.mlp", (1, 49, 128)),
    ("layers.1.blocks.0.local_conv", (1, 128, 9, 9)),
    ("layers.3.blocks.0.attn", (2, 49, 320)),
    ("layers.3.blocks.0.mlp", (1, 49, 320)),
    ("neck", (1, 320, 8, 8)),
)
"""One layer of each kind, with the shape of an input that takes no time."""
LAST_BLOCKS = ("layers.2.blocks.3", "layers.2.blocks.4", "layers.2.blocks.5", "layers.3")
TOLERANCE, TOLERANCE_IN_BFLOAT16 = 1e-3, 0.03
"""Largest difference to the layers as they were, relative to the largest value (estimates: rounding in another order
gives 1e-5, and in bfloat16 0.007)."""


def fuse_for_cpu(encoder: Any, *, bfloat16: bool = False) -> Any:
    """The encoder with fused layers, or as it was where they can't be made or don't agree with it.

    Args:
        encoder: TinyViT in float32 on the CPU, batch normalisation already folded. It stays as it is.
        bfloat16: whether the last blocks compute in it.
    """
    import copy

    import torch

    if not _is_possible():
        return encoder
    try:
        fused = copy.deepcopy(encoder)
        with torch.inference_mode():
            _replace(fused, bfloat16_below=LAST_BLOCKS if bfloat16 else ())
            agrees = all(_agree(encoder, fused, name, shape, bfloat16=bfloat16) for name, shape in TRIALS)
    except (RuntimeError, NotImplementedError, TypeError, AttributeError):
        # What a build's private operators say when they were changed.
        return encoder
    return fused if agrees else encoder


def _agree(encoder: Any, fused: Any, name: str, shape: tuple[int, ...], *, bfloat16: bool) -> bool:
    """Whether a layer gives the same of a small input in both."""
    import torch

    trial = torch.linspace(-1, 1, math.prod(shape)).reshape(shape)
    if len(shape) == 4:
        trial = trial.contiguous(memory_format=torch.channels_last)
    # Blocks add to what they are given.
    wanted, found = (whole.get_submodule(name)(trial.clone()) for whole in (encoder, fused))
    allowed = TOLERANCE_IN_BFLOAT16 if bfloat16 and name.startswith(LAST_BLOCKS) else TOLERANCE
    return bool((found - wanted).abs().max() <= allowed * wanted.abs().max())


def _is_possible() -> bool:
    import torch

    wanted = (
        "_linear_pointwise",
        "_convolution_pointwise",
        "_reorder_linear_weight",
        "_reorder_convolution_weight",
    )
    has_onednn = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    return has_onednn and all(hasattr(torch.ops.mkldnn, name) for name in wanted)


def _replace(module: Any, bfloat16_below: tuple[str, ...] = (), at: str = "") -> None:
    """Every layer below a module, by what it is in TinyViT; linear layers below some names compute in bfloat16."""
    import torch
    from torch import nn

    within = torch.bfloat16 if at.startswith(bfloat16_below) and bfloat16_below else torch.float32
    for name, child in list(module.named_children()):
        kind = type(child).__name__
        if kind == "MBConv":
            child.conv1, child.conv2, child.conv3 = (
                _conv(child.conv1, "gelu"),
                _conv(child.conv2, "gelu"),
                _conv(child.conv3),
            )
            child.forward = MethodType(_in_strips, child)
        elif kind == "PatchMerging":
            child.conv1, child.conv2, child.conv3 = (
                _conv(child.conv1, "gelu"),
                _conv(child.conv2, "gelu"),
                _conv(child.conv3),
            )
            child.act = nn.Identity()
        elif kind == "PatchEmbed":
            child.seq = nn.Sequential(_conv(child.seq[0], "gelu"), _conv(child.seq[2]))
        elif kind == "Mlp":
            child.fc1, child.act = _linear(child.fc1, within, within, "gelu"), nn.Identity()
            child.fc2 = _linear(child.fc2, within, torch.float32)
        elif kind == "Attention":
            child.qkv = _linear(child.qkv, within, within)
            child.proj = _linear(child.proj, within, torch.float32)
            child.forward = MethodType(_attention, child)
        elif isinstance(child, nn.Conv2d):
            setattr(module, name, _conv(child))
        else:
            _replace(child, bfloat16_below, f"{at}.{name}" if at else name)


def _conv(layer: Any, then: str = "none") -> Any:
    """A convolution with what follows it; `padding` may be given anew for a strip."""
    import torch
    from torch import nn

    class FusedConvolution(nn.Module):
        """See `_conv`."""

        def __init__(self) -> None:
            super().__init__()
            self.how = (list(layer.stride), list(layer.dilation), layer.groups)
            self.padding = list(layer.padding)
            size = [1, layer.in_channels, ROWS, 256]
            packed = torch.ops.mkldnn._reorder_convolution_weight(layer.weight.detach(), self.padding, *self.how, size)
            self.packed, self.bias = packed, layer.bias

        def forward(self, x: torch.Tensor, padding: list[int] | None = None) -> Any:
            return torch.ops.mkldnn._convolution_pointwise(
                x, self.packed, self.bias, padding or self.padding, *self.how, then, [], "none"
            )

    return FusedConvolution()


def _linear(layer: Any, within: Any, out: Any, then: str = "none") -> Any:
    """A linear layer with what follows it, computed `within` one type and given on as another."""
    import torch
    from torch import nn

    class FusedLinear(nn.Module):
        """See `_linear`."""

        def __init__(self) -> None:
            super().__init__()
            self.packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach().to(within), 4096)
            self.bias = layer.bias.detach().to(within)

        def forward(self, x: torch.Tensor) -> Any:
            made = torch.ops.mkldnn._linear_pointwise(x.to(within), self.packed, self.bias, then, [], "none")
            return made.to(out)

    return FusedLinear()


def _in_strips(block: Any, x: torch.Tensor) -> torch.Tensor:
    """TinyViT's MBConv, strip by strip: one row more on each side for the 3 × 3 convolution, zeros at the ends."""
    import torch
    from torch.nn import functional

    height = x.shape[2]
    out = torch.empty_like(x)
    for first in range(0, height, ROWS):
        last = min(first + ROWS, height)
        above, below = max(0, first - 1), min(height, last + 1)
        wide = block.conv1(x[:, :, above:below])
        if above == first or below == last:
            wide = functional.pad(wide, (0, 0, int(above == first), int(below == last)))
        strip = block.conv3(block.conv2(wide, [0, 1]))
        strip += x[:, :, first:last]
        out[:, :, first:last] = functional.gelu(strip)
    return out


def _attention(block: Any, x: torch.Tensor) -> Any:
    """TinyViT's attention of windows `[window, place, channel]`, with its table of biases as the mask."""
    from torch.nn import functional

    windows, places, _ = x.shape
    parts = block.qkv(block.norm(x)).view(windows, places, block.num_heads, -1)
    query, key, value = (p.transpose(1, 2) for p in parts.split([block.key_dim, block.key_dim, block.d], dim=3))
    bias = block.ab[None].expand(windows, -1, -1, -1).to(parts.dtype)
    seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=block.scale)
    return block.proj(seen.transpose(1, 2).reshape(windows, places, block.dh))
