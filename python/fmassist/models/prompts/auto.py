"""`--prompts auto`: boxes where structures are to be expected, from what any eye finds in a CT.

Body, air, fat and bone of each slice, seen in the body's own frame, are compared with those of a few parametric
torsos. The stretch of the torso whose slices look most alike says at which heights the image lies; the torso's
structures then give a box on each slice. The boxes are expectations, not findings: what the model makes of them is
checked like everything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.models.prompts.atlas import Atlas, atlases
from fmassist.models.prompts.landmarks import Slices, look
from fmassist.models.prompts.prompt import Box, Prompt
from fmassist.volume import Volume

Array = NDArray[Any]

PROMPTED = (
    *("liver", "spleen", "kidney_right", "kidney_left", "gallbladder", "stomach", "pancreas", "duodenum"),
    *("adrenal_gland_right", "adrenal_gland_left", "heart", "aorta", "inferior_vena_cava", "esophagus", "trachea"),
    *("lung_upper_lobe_left", "lung_lower_lobe_left", "lung_upper_lobe_right", "lung_middle_lobe_right"),
    *("lung_lower_lobe_right", "urinary_bladder", "prostate", "sacrum", "spinal_cord", "sternum"),
    *(f"vertebrae_{region}{n}" for region, count in (("T", 12), ("L", 5)) for n in range(1, count + 1)),
    *(f"{name}_{side}" for name in ("iliopsoas", "autochthon", "hip", "femur") for side in ("left", "right")),
    *(f"gluteus_{which}_{side}" for which in ("maximus", "medius") for side in ("left", "right")),
    *("colon", "small_bowel", "portal_vein_and_splenic_vein"),
    *(f"rib_{side}_{n}" for side in ("left", "right") for n in range(5, 13)),
)
"""Structures that a box can single out. Others are asked for by name, with boxes of one's own."""
HEIGHT_SCALES = (0.85, 0.92, 1.0, 1.08, 1.17)
"""Of a torso's height: adults vary by about a sixth to either side (the torsos' own statures included)."""
LEAST_MM = 8.0
"""A structure is asked for when its expected place is in view over this height (estimate: two slices of most CT)."""
MARGIN = 0.01
"""Of the frame, around every box: a millimetre or two."""


def prompts_from_image(volume: Volume) -> list[Prompt]:
    """Boxes for the structures whose place is in view.

    Raises:
        InputError: the volume is no CT, or shows nothing to go by.
    """
    if volume.modality not in (None, "", "CT", "unknown"):
        raise InputError(
            f"boxes can be found in a CT only, and this is {volume.modality}", "give --prompts FILE or --prompts-from"
        )
    seen = look(volume)
    atlas, rows = best_match(seen, atlases())
    heights, half = _heights(volume)
    prompts = []
    for name in PROMPTED:
        table = atlas.boxes.get(name)
        boxes = [] if table is None else _boxes(table, rows, seen, heights, half)
        if len(boxes) * 2 * half >= LEAST_MM:
            prompts.append(Prompt(name, tuple(boxes)))
    if not prompts:
        raise InputError("no structure could be expected in this image", "give --prompts FILE or --prompts-from LABELS")
    return prompts


def best_match(seen: Slices, choices: tuple[Atlas, ...]) -> tuple[Atlas, Array]:
    """The torso that looks most alike, and for each slice seen the torso's slice (−1 for none)."""
    best: tuple[float, Atlas, Array] | None = None
    known = np.isfinite(seen.frames_mm).all(axis=1)
    for atlas in choices:
        unlike = _unlike(seen, atlas.slices)
        for scale in HEIGHT_SCALES:
            steps = np.arange(len(seen.heights_mm)) / scale
            first, last = -0.5 * steps[-1], len(atlas.slices.heights_mm) - 1 - 0.5 * steps[-1]
            for start in np.arange(first, last + 1, 1.0):
                rows = np.rint(start + steps).astype(int)
                there = known & (rows >= 0) & (rows < unlike.shape[1])
                if there.sum() < 0.6 * known.sum():
                    continue
                # What lies beyond the torso is paid for, or the best place would be outside.
                cost = (unlike[there, rows[there]].sum() + 0.25 * (known.sum() - there.sum())) / known.sum()
                cost += 0.02 * abs(np.log(scale))
                if best is None or cost < best[0]:
                    best = (float(cost), atlas, np.where(there, rows, -1))
    if best is None:
        raise InputError("the image shows no part of the trunk", "give --prompts FILE or --prompts-from LABELS")
    return best[1], best[2]


def _unlike(seen: Slices, atlas: Slices) -> Array:
    """(slices seen, slices of the torso) how different they look: bone and air weigh more than fat."""
    weights = np.sqrt(np.array([3.0, 2.0, 0.5], np.float32))[None, :, None, None]
    a = (seen.pictures * weights).reshape(len(seen.pictures), -1)
    b = (atlas.pictures * weights).reshape(len(atlas.pictures), -1)
    cells = seen.pictures.shape[2] * seen.pictures.shape[3]
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    distance = np.maximum(squares, 0) / cells
    distance[:, ~np.isfinite(atlas.frames_mm).all(axis=1)] = 1.0
    return np.asarray(distance)


def _heights(volume: Volume) -> tuple[Array, float]:
    """Superior coordinate of each axial slice of the volume, and half the distance of two."""
    geometry = volume.geometry
    axis = next(a for a, code in enumerate(geometry.axis_codes) if code in "SI")
    middle = [(n - 1) / 2 for n in geometry.shape]
    points = [[*middle] for _ in range(geometry.shape[axis])]
    for k, point in enumerate(points):
        point[axis] = k
    heights = geometry.to_ras_mm(points)[:, 2]
    return np.sort(heights), geometry.spacing_mm[axis] / 2


def _boxes(table: Array, rows: Array, seen: Slices, heights: Array, half: float) -> list[Box]:
    boxes: list[Box] = []
    for height in heights:
        k = int(np.abs(seen.heights_mm - height).argmin())
        if rows[k] < 0 or not np.isfinite(table[rows[k]]).all() or not np.isfinite(seen.frames_mm[k]).all():
            continue
        x0, x1, y0, y1 = seen.frames_mm[k]
        a, b, c, d = table[rows[k]]
        low = (x0 + (a - MARGIN) * (x1 - x0), y0 + (c - MARGIN) * (y1 - y0), height - half)
        high = (x0 + (b + MARGIN) * (x1 - x0), y0 + (d + MARGIN) * (y1 - y0), height + half)
        boxes.append((_plain(low), _plain(high)))
    return boxes


def _plain(point: tuple[float, float, float]) -> tuple[float, float, float]:
    return round(float(point[0]), 2), round(float(point[1]), 2), round(float(point[2]), 2)
