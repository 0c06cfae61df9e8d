"""What the localiser learns from: a labelled CT and synthetic torsos, each time another person, scanner and contrast.

One real abdomen and parametric torsos are few. Each sample is bent, scaled, turned and cut as other people's scans
are, and its tissues are given other HU: of a scan without contrast, in the arterial or the venous phase, with food,
water, gas or contrast in the bowel. Arms are laid beside the trunk of some, for those who could not raise them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.models.localiser.network import BODY_HU, OFFSETS_MM, PIXEL_MM
from fmassist.phantom.labels import LABELS

Array = NDArray[Any]
Tensor = Any

IGNORE = 255
"""Cells outside the source: nothing is learnt of them."""
BEND_MM = 5.0
"""Standard deviation of the places at the nodes, 60 mm apart, by which a body is bent."""
SIZE = (88, 64)
"""Pixels of a sample across and from front to back: 440 × 320 mm."""

Range = tuple[float, float]
PHASES: tuple[dict[str, Range], ...] = (
    {},
    {
        "aorta|iliac_artery": (120, 320),
        "heart": (60, 220),
        "kidney": (40, 140),
        "spleen": (20, 90),
        "liver": (0, 25),
        "pancreas": (20, 70),
        "inferior_vena_cava": (0, 60),
        "portal_vein": (0, 80),
        "adrenal": (20, 60),
    },
    {
        "aorta|iliac_artery": (80, 170),
        "heart": (60, 140),
        "kidney": (90, 180),
        "spleen": (50, 95),
        "liver": (35, 75),
        "pancreas": (30, 70),
        "inferior_vena_cava|iliac_vena": (50, 130),
        "portal_vein": (80, 160),
        "adrenal": (20, 60),
        "autochthon|gluteus|iliopsoas": (0, 20),
    },
)
"""HU added by contrast in no, the arterial and the venous phase (estimates from textbook enhancement curves)."""
LUMEN: Range = (-120.0, 260.0)
"""HU added to stomach and bowel, for what is in them."""


@dataclass(frozen=True)
class Source:
    """One labelled body on a RAS-aligned grid.

    Attributes:
        hu: (1, 1, x, y, z) float, HU + 1000, so that what lies outside it is air.
        labels: (1, 1, x, y, z) values of `LABELS`, as float.
        origin_mm: first voxel's RAS coordinates.
        spacing_mm: along each axis.
        real: whether it is a person.
    """

    hu: Tensor
    labels: Tensor
    origin_mm: Array
    spacing_mm: Array
    real: bool


def source(hu: Array, labels: Array, origin_mm: Array, spacing_mm: Array, *, real: bool) -> Source:
    """A source from RAS-aligned arrays."""
    import torch

    image = torch.from_numpy(np.ascontiguousarray(hu, dtype=np.float32))[None, None] + 1000.0
    return Source(
        image,
        torch.from_numpy(labels.astype(np.float32))[None, None],
        np.asarray(origin_mm),
        np.asarray(spacing_mm),
        real,
    )


def draw(body: Source, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """One sample of a body: a slice with those around it.

    Returns:
        HU (1, len(OFFSETS_MM), x, y), labels (1, x, y) with `IGNORE` outside the body's scan.
    """
    import torch
    from torch.nn import functional

    points, tall = _points(body, rng)
    size = np.array(body.labels.shape[2:])
    normal = ((points - body.origin_mm) / body.spacing_mm * 2 + 1) / size - 1
    grid = torch.from_numpy(normal.astype(np.float32))[None].flip(-1)
    hu = functional.grid_sample(body.hu, grid, mode="bilinear", padding_mode="zeros", align_corners=False) - 1000.0
    there = functional.grid_sample(body.labels, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    hu = (hu + _enhancement(rng)[there.int()])[0].permute(0, 3, 1, 2).contiguous()
    middle = OFFSETS_MM.index(0.0)
    picked = there[0, :, :, :, middle].long()
    picked[(grid[:, :, :, middle].abs() > 1).any(dim=-1)] = IGNORE
    if rng.random() < 0.4:
        _lay_arms(hu, picked, tall, rng)
    sigma = rng.uniform(0, 0.9)
    if sigma > 0.3:
        hu = _blurred(hu, sigma)
    hu = hu * rng.uniform(0.95, 1.05) + rng.normal(0, 8) + torch.randn(hu.shape) * float(rng.uniform(0, 25))
    return hu, picked


def _points(body: Source, rng: np.random.Generator) -> tuple[Array, Array]:
    """RAS mm in the source of each pixel of the slices (x, y, slice, 3), and their heights from the middle one."""
    import torch
    from torch.nn import functional

    tall = np.array(OFFSETS_MM)
    if rng.random() < 0.6:  # the scan ends nearby
        tall = np.clip(tall, -rng.uniform(0, 50), rng.uniform(0, 50))
    axes = [*((np.arange(n) - (n - 1) / 2) * PIXEL_MM for n in SIZE), tall]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.float32)
    nodes = torch.from_numpy(rng.normal(0, BEND_MM, (1, 3, *(round(n * PIXEL_MM / 60) + 1 for n in SIZE)))).float()
    bend = functional.interpolate(nodes, size=SIZE, mode="bicubic", align_corners=True)[0].permute(1, 2, 0).numpy()
    scale = rng.uniform(0.85, 1.18) * rng.uniform(0.93, 1.07, 3)
    turned = (grid / scale) @ _rotation(np.deg2rad(rng.normal(0, (3, 2, 4), 3))).T + bend[:, :, None]
    size = np.array(body.labels.shape[2:]) * body.spacing_mm
    centre = body.origin_mm + size / 2 + rng.normal(0, (12, 12, 0))
    centre[2] = body.origin_mm[2] + rng.uniform(0.02, 0.98) * size[2]
    # Slices beyond the source would be air: the sample's scan ends where the source does.
    points = turned + centre
    low, high = body.origin_mm[2], body.origin_mm[2] + size[2] - body.spacing_mm[2]
    points[..., 2] = np.clip(points[..., 2], low, high)
    return np.asarray(points), tall


def _rotation(angles: Array) -> Array:
    (a, b, c), (d, e, f) = np.cos(angles), np.sin(angles)
    x = np.array([[1, 0, 0], [0, a, -d], [0, d, a]])
    y = np.array([[b, 0, e], [0, 1, 0], [-e, 0, b]])
    z = np.array([[c, -f, 0], [f, c, 0], [0, 0, 1]])
    return np.asarray((x @ y @ z).astype(np.float32))


def _enhancement(rng: np.random.Generator) -> Tensor:
    """HU to add, by label: another phase, and bowel filled otherwise."""
    import torch

    table = np.zeros(256, np.float32)
    phase = PHASES[int(rng.integers(len(PHASES)))]
    for pattern, (low, high) in phase.items():
        added = rng.uniform(low, high)
        for name, value in LABELS.items():
            if any(name.startswith(part) for part in pattern.split("|")):
                table[value] = added
    for name in ("stomach", "duodenum", "small_bowel", "colon"):
        if rng.random() < 0.5:
            table[LABELS[name]] = rng.uniform(*LUMEN)
    table[1:118] += rng.normal(0, 8, 117)
    return torch.from_numpy(table)


def _lay_arms(hu: Tensor, labels: Tensor, tall: Array, rng: np.random.Generator) -> None:
    """An upper arm on each side, as of those who can't raise them."""
    import torch

    x, y = (torch.arange(n).float() * PIXEL_MM for n in SIZE)
    middle = hu[0, OFFSETS_MM.index(0.0)]
    rows = (middle > BODY_HU).float().mean(dim=1) > 0.1
    if not rows.any():
        return
    first, last = (float(x[rows][at]) for at in (0, -1))
    for side, edge, sign in (("left", first, -1), ("right", last, 1)):
        radius, bone, rind = rng.uniform(34, 50), rng.uniform(9, 14), rng.uniform(5, 14)
        centre = edge + sign * (radius - rng.uniform(0, 12)), SIZE[1] * PIXEL_MM * rng.uniform(0.25, 0.6)
        lean, cortex = rng.normal(0, 0.15, 2), float(rng.uniform(500, 1200))
        for n, up in enumerate(tall):
            away = torch.hypot(x[:, None] - centre[0] - lean[0] * up, y[None] - centre[1] - lean[1] * up)
            free = (hu[0, n] < BODY_HU) & (away < radius)
            hu[0, n][free] = torch.where(away[free] > radius - rind, -95.0, 55.0)
            hard = free & (away < bone)
            hu[0, n][hard] = torch.where(away[hard] > bone * 0.55, cortex, 120.0)
            if OFFSETS_MM[n] == 0.0:
                labels[0][hard] = LABELS[f"humerus_{side}"]


def _blurred(hu: Tensor, sigma: float) -> Tensor:
    """Blurred in the plane, by `sigma` pixels."""
    import torch
    from torch.nn import functional

    at = torch.arange(-2, 3).float()
    kernel = torch.exp(-(at**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    both = (kernel[:, None] * kernel[None])[None, None]
    n, c, width, depth = hu.shape
    padded = functional.pad(hu.view(n * c, 1, width, depth), (2, 2, 2, 2), mode="replicate")
    return functional.conv2d(padded, both).view(n, c, width, depth)
