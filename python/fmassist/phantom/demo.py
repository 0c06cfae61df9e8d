"""The demo's case: a synthetic abdomen, named boxes for the model, and two mistakes made on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from fmassist.geometry import Geometry
from fmassist.phantom.labels import LABELS
from fmassist.phantom.torso import Phantom, torso
from fmassist.volume import Segmentation, Volume

DEMO_SEED = 7
DEMO_SPACING_MM = (2.0, 2.0, 6.0)
DEMO_FIELD_OF_VIEW = ((-200.0, -146.0, -222.0), (200.0, 150.0, 162.0))
"""From the domes of the diaphragm to the femoral necks: 64 slices."""

STRUCTURES: tuple[str, ...] = (
    *("liver", "spleen", "kidney_right", "kidney_left", "gallbladder", "stomach", "pancreas", "urinary_bladder"),
    *("prostate", "aorta", "inferior_vena_cava", "heart", "sacrum"),
    *(f"vertebrae_{level}" for level in ("T10", "T11", "T12", "L1", "L3", "L4", "L5")),
    *(
        f"{name}_{side}"
        for name in ("iliopsoas", "autochthon", "gluteus_maximus", "femur", "adrenal_gland")
        for side in ("right", "left")
    ),
)
"""What the demo asks the model for: structures that one box on each slice describes well. The second lumbar vertebra
is left out, see `WRONG_NAMES`; so are hip bones, whose boxes hold the femoral heads, the middle gluteal muscles, whose
boxes hold the wing of the hip bone (the model draws some of it in, and the check says so), and winding or ring-like
organs."""

WRONG_NAMES: dict[str, str] = {
    "kidney_right": "kidney_left",
    "kidney_left": "kidney_right",
    "vertebrae_L1": "vertebrae_L2",
}
"""True structure → the name that its box carries. L1 is called L2, so the spine lacks a level above the box and has
two bodies' distance below it: the mistake shows in the segmentation alone."""

_SMALLEST_MM2 = 40.0
"""Slices that show less of a structure get no box: a promptable model does nothing sensible with a few pixels."""


def demo_case() -> tuple[Volume, list[dict[str, Any]], Segmentation]:
    """The demo's volume, its prompts with two mistakes, and the true segmentation.

    Returns:
        The CT; prompts as `{"name": str, "boxes_ras_mm": [((x, y, z), (x, y, z)), …]}`, one box per axial slice,
        lowest and highest corner at voxel edges; the truth, with right names.
    """
    case = torso(seed=DEMO_SEED, sex="male", age_years=58, spacing_mm=DEMO_SPACING_MM, field_of_view=DEMO_FIELD_OF_VIEW)
    return case.volume, named_boxes(case, STRUCTURES, WRONG_NAMES), case.segmentation


def named_boxes(case: Phantom, structures: tuple[str, ...], wrong_names: dict[str, str]) -> list[dict[str, Any]]:
    """One prompt per structure: the bounding box of its truth on every axial slice that shows enough of it."""
    labels, geometry = case.segmentation.layers[0], case.volume.geometry
    prompts = []
    for name in structures:
        boxes = _slice_boxes(labels == LABELS[name], geometry)
        if boxes:
            prompts.append({"name": wrong_names.get(name, name), "boxes_ras_mm": boxes})
    return prompts


def _slice_boxes(
    mask: np.ndarray[Any, np.dtype[np.bool_]], geometry: Geometry
) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    pixel_mm2 = geometry.spacing_mm[0] * geometry.spacing_mm[1]
    boxes = []
    for k in np.flatnonzero(mask.any(axis=(0, 1))):
        i, j = np.nonzero(mask[:, :, k])
        if i.size * pixel_mm2 < _SMALLEST_MM2:
            continue
        corners = geometry.to_ras_mm(
            [(i.min() - 0.5, j.min() - 0.5, k - 0.5), (i.max() + 0.5, j.max() + 0.5, k + 0.5)]
        ).round(3)
        boxes.append((tuple(map(float, corners.min(0))), tuple(map(float, corners.max(0)))))
    return boxes
