"""Vertebrae, discs, spinal cord and sacrum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.plan import Plan
from fmassist.phantom.shapes import Capsule, Prism, Union, Vector, join, mirror, tube

# Volumes of vertebral bodies, mL (Limthongkul 2010), T1…T12 and L1…L5.
_BODY_ML = {
    "male": (
        *(8.48, 9.46, 9.76, 10.55, 11.96, 13.82, 15.97, 17.74, 19.28, 21.51, 23.78, 27.34),
        *(38.15, 41.48, 44.21, 44.61, 42.52),
    ),
    "female": (
        *(6.94, 7.88, 8.16, 8.93, 10.36, 11.99, 14.03, 15.51, 17.21, 19.81, 23.57, 27.06),
        *(25.18, 27.37, 29.54, 30.19, 28.80),
    ),
}
# Height and depth coordinate (z, y) of the centres of the bodies C3…L5 and of the first sacral one: cervical lordosis,
# thoracic kyphosis of about 40°, lumbar lordosis of about 45°.
_CENTRES = {
    "C3": (453, 36),
    "C4": (436, 31),
    "C5": (419.5, 24),
    "C6": (403, 15),
    "C7": (386, 4),
    "T1": (367.5, -9),
    "T2": (347.5, -20.5),
    "T3": (326.5, -29.5),
    "T4": (304.5, -36.5),
    "T5": (282, -41.5),
    "T6": (258.5, -44),
    "T7": (234.5, -44.5),
    "T8": (209.5, -42.5),
    "T9": (183.5, -38.5),
    "T10": (156.5, -33),
    "T11": (128.5, -26),
    "T12": (99.5, -17.5),
    "L1": (68, -8),
    "L2": (34.5, 2),
    "L3": (0, 10),
    "L4": (-35.5, 13),
    "L5": (-71, 5),
    "S1": (-104, -12),
}
CORD_ENDS_MM = -96.0
"""The label `spinal_cord` follows the contents of the canal down to the sacrum, as TotalSegmentator's does."""


def spine_y(z: NDArray[np.generic]) -> NDArray[np.float64]:
    """Front-to-back position of the middle of the vertebral bodies at heights `z` of the plan."""
    heights, depths = np.array(list(_CENTRES.values()), dtype=float)[::-1].T
    return np.asarray(np.interp(np.asarray(z, dtype=float), heights, depths))


@dataclass(frozen=True)
class Level:
    """One vertebra of this person. `label` is None for a level that TotalSegmentator has no name for."""

    name: str
    label: str | None
    centre: Vector
    tilt: float
    half_width: float
    half_depth: float
    half_height: float

    @property
    def lumbar(self) -> bool:
        """Whether it is a lumbar vertebra."""
        return self.name.startswith("L")

    @property
    def canal(self) -> Vector:
        """Centre of the spinal canal at this level."""
        return self.behind(0.0, self.half_depth + 8.5, 0.0)

    def behind(self, x: float, back: float, up: float) -> Vector:
        """A point given along the vertebra's own axes, from the centre of its body."""
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        return (
            x,
            self.centre[1] - back * float(cos) + up * float(sin),
            self.centre[2] + back * float(sin) + up * float(cos),
        )


def levels(plan: Plan) -> tuple[Level, ...]:
    """The presacral vertebrae from the top, C3 first.

    An additional or a missing level shares the length between T1 and the sacrum with the others, so that the person
    keeps her height. `vertebra_L6` and `vertebra_T13` have no TotalSegmentator name and carry no label in the truth.
    """
    thoracic = [f"T{n}" for n in range(1, 14 if "vertebra_T13" in plan.variants else 13)]
    lumbar_count = 6 if "vertebra_L6" in plan.variants else 4 if "lumbar_4" in plan.variants else 5
    names = [f"C{n}" for n in range(3, 8)] + thoracic + [f"L{n}" for n in range(1, lumbar_count + 1)]
    usual = list(_CENTRES)
    z = np.array([_CENTRES[name][0] for name in usual], dtype=float)
    y = np.array([_CENTRES[name][1] for name in usual], dtype=float)
    # Positions along the usual column: whole numbers are usual levels, C3 = 0, T1 = 5, S1 = 22.
    below = len(names) - 5
    at = np.concatenate([np.arange(5.0), 5.0 + 17.0 * np.arange(below) / below])
    centre_z, centre_y = CubicSpline(np.arange(23.0), z), CubicSpline(np.arange(23.0), y)
    body_ml = np.convolve(np.pad(_BODY_ML[plan.sex], 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    # The table is a man's and a woman's of mean size in true millilitres; the plan is in the man's millimetres.
    body_ml = body_ml / (1.0 if plan.sex == "male" else 0.93**3)
    made = []
    for name, position in zip(names, at, strict=True):
        half_height = 0.5 * abs(float(centre_z(position + 0.5) - centre_z(position - 0.5))) * 0.80
        slope = float(centre_y(position, 1) / centre_z(position, 1))
        if name.startswith("C"):
            volume = 6.2 + 0.3 * (position - 4)
        else:
            volume = float(np.interp(position - 5.0, np.arange(17.0), body_ml))
        area = volume * 1000.0 / (2 * half_height) / 0.93  # the waist takes about 7 %
        aspect = 1.42 if name.startswith("L") else 1.25 if position > 8 else 1.5
        half_depth = float(np.sqrt(area / np.pi / aspect))
        label = None if name in ("L6", "T13") else f"vertebrae_{name}"
        centre = (0.0, float(centre_y(position)), float(centre_z(position)))
        made.append(Level(name, label, centre, float(np.arctan(slope)), half_depth * aspect, half_depth, half_height))
    return tuple(made)


def vertebra(level: Level, *, wide_processes: bool = False) -> Union:
    """Body and arch of one vertebra."""
    b, h, a = level.half_depth, level.half_height, level.half_width
    p = level.behind
    thick = 6.3 if level.lumbar else 5.0
    parts: list[Capsule | Prism] = [Prism(level.centre, a, b, h, level.tilt)]
    wide = 15.0 if level.lumbar else 12.5
    for side in (-1, 1):
        root, joint = p(side * min(a * 0.7, wide + 2), b * 0.55, h * 0.3), p(side * wide, b + 13, h * 0.1)
        parts.append(Capsule(root, joint, thick, thick))
        parts.append(Capsule(joint, p(0, b + 22, -3), thick, thick))
        if level.lumbar:
            tip = p(side * (56 if wide_processes else 38), b + 6, -14 if wide_processes else 1)
            end = 9.0 if wide_processes else 3.6
        else:
            tip, end = p(side * (31 - 0.5 * abs(level.centre[2] - 366) ** 0.5), b + 19, 4), 4.4
        parts.append(Capsule(p(side * wide, b + 9, 1), tip, thick, end))
        parts.append(Capsule(p(side * wide, b + 14, h * 0.9), p(side * (wide + 1), b + 15, -h * 0.9), thick, thick))
    if level.lumbar:
        parts.append(Capsule(p(0, b + 22, -2), p(0, b + 46, -4), 4.8, 5.4))
        parts.append(Capsule(p(0, b + 30, -10), p(0, b + 45, -12), 4.6, 5.0))
    else:
        steep = float(np.interp(level.centre[2], (100, 160, 300, 385), (14, 30, 26, 10)))
        parts.append(Capsule(p(0, b + 21, -3), p(0, b + 42, -3 - steep), 4.4, 4.2))
    return Union(tuple(parts))


def sacrum_shapes(*, s1_height: float = 30.0) -> tuple[Union, Union]:
    """The first sacral vertebra and the rest of the sacrum with the coccyx."""
    s1 = join(
        [
            Prism((0.0, -17.0, -103.0), 27.0, 17.0, s1_height / 2 - 2, -0.62),
            *(Capsule((s * 13, -36, -93), (0, -52, -100), 5, 4.5) for s in (-1, 1)),
            *(Capsule((s * 22, -16, -98), (s * 34, -24, -100), 10, 9) for s in (-1, 1)),
        ]
    )
    rest = join(
        [
            tube([(0, -26, -112), (0, -48, -138), (0, -66, -162), (0, -73, -185), (0, -66, -205)], [17, 15, 13, 9, 5]),
            *(
                tube(mirror([(34, -24, -100), (46, -34, -108), (33, -48, -132), (20, -62, -155)], s), [11, 12, 12, 8])
                for s in (-1, 1)
            ),
            *(tube(mirror([(20, -30, -106), (16, -46, -130), (8, -62, -156)], s), [13, 13, 11]) for s in (-1, 1)),
        ]
    )
    return s1, rest


def draw_spine(canvas: Canvas, plan: Plan, column: tuple[Level, ...]) -> None:
    """Cord first, then the canal around it, then the bones, then the discs."""
    canal = [level.canal for level in column]
    points = [canal[0], *canal[1:], (0.0, -33.0, CORD_ENDS_MM)]
    radii = np.interp([p[2] for p in points], (-96, -40, 60, 130, 300, 370, 420), (5.5, 6.8, 6.8, 6.0, 5.6, 6.6, 7.0))
    canvas.draw("spinal_cord", tube(points, radii), 32)
    canvas.draw("canal", tube(points, radii + 2.0), 12)
    trabecular = 265.0 - 2.1 * plan.age_years  # falls with age; estimate after published L1 values (about 160 HU at 50)
    last = column[-1].name
    for level in column:
        fused = level.name == last and "sacralised_L5" in plan.variants
        canvas.draw(level.label or "vertebra", vertebra(level, wide_processes=fused), trabecular, cortex=(1.6, 430.0))
    s1, rest = sacrum_shapes()
    canvas.draw("vertebrae_S1", s1, trabecular * 0.9, cortex=(1.8, 380.0))
    canvas.draw("sacrum", rest, trabecular * 0.75, cortex=(1.8, 350.0))
    # Discs are drawn last: they fill what the end plates leave and carry no label.
    for upper, lower in pairwise(column):
        middle = tuple((a + b) / 2 for a, b in zip(upper.centre, lower.centre, strict=True))
        height = (upper.centre[2] - lower.centre[2]) / 4
        disc = Prism(middle, lower.half_width, lower.half_depth, height, lower.tilt)  # type: ignore[arg-type]
        canvas.draw("disc", disc, 95)
