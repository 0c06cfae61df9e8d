"""The network: a small U-Net that says of every 5 mm of an axial slice which structure it belongs to.

A U-Net (Ronneberger et al. 2015, arXiv 1505.04597) on slices. It sees the slices below and above too, out to 24 mm, for
one slice alone does not tell a level; and where each place lies across and from front to back of the body, for
convolutions know no place.
"""

from __future__ import annotations

from typing import Any

Tensor = Any

PIXEL_MM = 5.0
"""Spacing of what the network sees and says."""
OFFSETS_MM = (-24.0, -10.0, 0.0, 10.0, 24.0)
"""Heights of the slices that it sees, from the one that it speaks of; those outside the scan are its last slice."""
WIDTHS = (16, 32, 64, 96, 128)
"""Features at 5, 10, 20, 40 and 80 mm."""
WINDOWS_HU = ((-160.0, 240.0), (-1000.0, 1000.0))
"""Soft tissue, and everything from air to bone; each becomes −1 to 1."""
LEAST = 2 ** (len(WIDTHS) - 1)
"""Pixels along a side that the network needs at least."""
CHANNELS = len(OFFSETS_MM) * len(WINDOWS_HU) + 2


def build(classes: int) -> Any:
    """The network with random weights.

    Args:
        classes: how many structures it tells apart, the background included.

    Returns:
        From (n, `CHANNELS`, x, y) to logits (n, classes, x, y).
    """
    import torch
    from torch import nn
    from torch.nn import functional

    def block(inward: int, outward: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(inward, outward, 3, padding=1, bias=False),
            nn.InstanceNorm2d(outward, affine=True),
            nn.LeakyReLU(0.01, inplace=True),
        )

    class Localiser(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            w = WIDTHS
            self.down = nn.ModuleList(
                nn.Sequential(block(CHANNELS if n == 0 else w[n - 1], w[n]), block(w[n], w[n])) for n in range(len(w))
            )
            # The last step up keeps more features: all structures are told apart from them.
            outward = (w[0] * 3 // 2, *w[1:-1])
            self.up = nn.ModuleList(
                block(w[n] + (w[n + 1] if n == len(w) - 2 else outward[n + 1]), outward[n]) for n in range(len(w) - 1)
            )
            self.say = nn.Conv2d(outward[0], classes, 1)

        def forward(self, seen: Tensor) -> Tensor:
            kept: list[Tensor] = []
            for n, step in enumerate(self.down):
                kept.append(step(seen if n == 0 else functional.max_pool2d(kept[-1], 2)))
            up = kept[-1]
            for n in range(len(self.up) - 1, -1, -1):
                grown = functional.interpolate(up, size=kept[n].shape[2:], mode="bilinear", align_corners=False)
                up = self.up[n](torch.cat([kept[n], grown], dim=1))
            return self.say(up)

    return Localiser()


def to_channels(hu: Tensor) -> Tensor:
    """What the network sees (n, `CHANNELS`, x, y) of slices in HU (n, len(OFFSETS_MM), x, y)."""
    import torch

    windows = [((hu - low) / (high - low) * 2 - 1).clamp(-1, 1) for low, high in WINDOWS_HU]
    return torch.cat([*windows, *places(hu)], dim=1)


BODY_HU = -300.0
LEAST_SHARE = 0.08
"""Of a row's length within the body, from which the row counts: a table or a cable is less."""


def places(hu: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel lies across and from front to back of the body, −1 to 1 within it: (n, 1, x, y) each."""
    import torch

    body = (hu > BODY_HU).float().mean(dim=1)
    n, width, depth = body.shape
    across = _within(body.mean(dim=2), width).view(n, 1, width, 1).expand(n, 1, width, depth)
    deep = _within(body.mean(dim=1), depth).view(n, 1, 1, depth).expand(n, 1, width, depth)
    return torch.clamp(across, -2, 2), torch.clamp(deep, -2, 2)


def _within(shares: Tensor, length: int) -> Tensor:
    import torch

    at = torch.arange(length, dtype=torch.float32)
    there = shares > LEAST_SHARE
    low = torch.where(there, at, torch.tensor(float(length))).amin(dim=1)
    high = torch.where(there, at, torch.tensor(-1.0)).amax(dim=1)
    empty = high <= low
    low, high = torch.where(empty, 0.0, low), torch.where(empty, float(length - 1), high)
    return (at[None] - (low + high)[:, None] / 2) / ((high - low)[:, None] / 2)
