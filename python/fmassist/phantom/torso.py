"""The torso: one call gives a CT volume and its true labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.phantom.abdomen import draw_abdomen
from fmassist.phantom.canvas import RESERVED, Canvas
from fmassist.phantom.chest import draw_airways, draw_heart_and_vessels, draw_lungs
from fmassist.phantom.clean import drop_crumbs
from fmassist.phantom.fields import FIELDS, FieldOfView
from fmassist.phantom.girdles import draw_pelvis, draw_shoulders
from fmassist.phantom.labels import LABELS
from fmassist.phantom.muscles import draw_muscles, draw_psoas
from fmassist.phantom.plan import Plan, stream
from fmassist.phantom.ribs import draw_cage
from fmassist.phantom.spine import draw_spine, levels
from fmassist.phantom.tissue import draw_soft_tissue, expose
from fmassist.phantom.variants import VARIANTS, truth_in_situs_inversus
from fmassist.volume import Segment, Segmentation, Volume

_FIT_SPACING_MM = 4.0


@dataclass(frozen=True)
class Phantom:
    """A synthetic CT and what is truly in it."""

    volume: Volume
    segmentation: Segmentation


def torso(
    *,
    seed: int = 0,
    spacing_mm: tuple[float, float, float] = (3.0, 3.0, 3.0),
    sex: str = "female",
    age_years: float = 50,
    stature: float = 1.0,
    variants: frozenset[str] | set[str] = frozenset(),
    field_of_view: str | FieldOfView | None = None,
    noise: bool = True,
) -> Phantom:
    """Draw one person.

    The same arguments give the same voxels. The same seed gives the same anatomy at any spacing, and in any field of
    view, which cuts through structures as a scanner's would. RAS coordinates have their origin near the third lumbar
    vertebra; the grid is RAS-aligned.

    Args:
        seed: draws proportions, volumes and places.
        spacing_mm: voxel size along x, y, z; each 0.4 to 12.
        sex: `"female"` or `"male"`.
        age_years: 18 to 100.
        stature: against the mean of the sex.
        variants: names from `fmassist.phantom.variants.VARIANTS`.
        field_of_view: a name from `fmassist.phantom.fields.FIELDS` (scaled with the person), a box in RAS mm, or
            None for the whole torso.
        noise: whether the image has scanner noise.

    Raises:
        InputError: an argument is out of its range, or the field of view misses the torso.

    Example:
        >>> torso(seed=1, field_of_view="heart", spacing_mm=(6, 6, 6)).volume.modality
        'CT'
    """
    spacing = tuple(float(s) for s in spacing_mm)
    if len(spacing) != 3 or not all(0.4 <= s <= 12 for s in spacing):
        raise InputError(f"a phantom of {spacing_mm} mm voxels cannot be made", "give three spacings of 0.4 to 12 mm")
    unknown = sorted(set(variants) - set(VARIANTS))
    if unknown:
        raise InputError(f"unknown variant {unknown[0]!r}", f"choose from {', '.join(sorted(VARIANTS))}")
    plan = Plan(int(seed), sex, float(age_years), float(stature), frozenset(variants))
    low, high = _box(field_of_view, plan.scale)
    canvas = Canvas(*_grid(low, high, spacing), plan.warp, dict(_levels(plan)))
    _draw(canvas, plan)
    labels = canvas.labels
    labels[labels == RESERVED] = 0
    drop_crumbs(labels, canvas.voxel_ml)
    if "situs_inversus" in plan.variants:
        labels = truth_in_situs_inversus(labels)
    shape, origin, _ = _grid(low, high, spacing)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = origin
    geometry = Geometry(shape, affine)
    voxels = expose(canvas.hu, spacing, stream(plan.seed, "noise") if noise else None)
    context: dict[str, str | float] = {"age_years": float(age_years), "sex": sex}
    present = np.flatnonzero(np.bincount(labels.ravel(), minlength=256))
    names = {value: name for name, value in LABELS.items()}
    segments = tuple(Segment(int(value), names[int(value)]) for value in present if value)
    return Phantom(Volume(voxels, geometry, "CT", context), Segmentation((labels,), geometry, segments))


@lru_cache(maxsize=512)
def _levels(plan: Plan) -> tuple[tuple[str, float], ...]:
    """How far each organ's surface moves to reach its volume, found once on the whole torso and then kept.

    Without this a field of view that cuts the liver would shrink or swell what is left of it.
    """
    low, high = _box("torso", plan.scale)
    spacing = (_FIT_SPACING_MM,) * 3
    # A little more than the torso, so that nothing is fitted to a piece of itself.
    canvas = Canvas(*_grid((low[0], low[1], low[2] - 20), (high[0], high[1], high[2] + 60), spacing), plan.warp)
    _draw(canvas, plan, organs_only=True)
    return tuple(canvas.levels.items())


def _draw(canvas: Canvas, plan: Plan, *, organs_only: bool = False) -> None:
    column = levels(plan)
    if not organs_only:
        draw_soft_tissue(canvas, plan)
    draw_spine(canvas, plan, column)
    draw_cage(canvas, plan, column)
    draw_shoulders(canvas)
    draw_pelvis(canvas, plan)
    draw_airways(canvas, plan)
    draw_heart_and_vessels(canvas, plan)
    draw_psoas(canvas, plan)
    draw_abdomen(canvas, plan)
    draw_muscles(canvas, plan, column)
    draw_lungs(canvas, plan)


def _box(field_of_view: str | FieldOfView | None, scale: float) -> FieldOfView:
    if isinstance(field_of_view, str) or field_of_view is None:
        name = field_of_view or "torso"
        if name not in FIELDS:
            raise InputError(f"unknown field of view {name!r}", f"choose from {', '.join(FIELDS)}")
        low, high = FIELDS[name]
        return _scaled(low, scale), _scaled(high, scale)
    low, high = field_of_view
    if not all(a < b for a, b in zip(low, high, strict=True)):
        raise InputError("the field of view is empty", "give its lowest and its highest corner in RAS mm")
    return low, high


def _scaled(corner: tuple[float, float, float], scale: float) -> tuple[float, float, float]:
    return corner[0] * scale, corner[1] * scale, corner[2] * scale


def _grid(
    low: tuple[float, float, float], high: tuple[float, float, float], spacing: tuple[float, ...]
) -> tuple[tuple[int, int, int], tuple[float, float, float], tuple[float, float, float]]:
    counts = [max(1, round((b - a) / s)) for a, b, s in zip(low, high, spacing, strict=True)]
    origin = [a + s / 2 for a, s in zip(low, spacing, strict=True)]
    return (counts[0], counts[1], counts[2]), (origin[0], origin[1], origin[2]), (spacing[0], spacing[1], spacing[2])
