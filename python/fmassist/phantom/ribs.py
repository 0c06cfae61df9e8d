"""Ribs, costal cartilages and sternum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.envelope import cavity, wall_point
from fmassist.phantom.plan import Plan
from fmassist.phantom.shapes import Capsule, Union, join, mirror, tube
from fmassist.phantom.spine import Level

# Rib → angle at which it ends (0 behind, 90 lateral, 180 in front) and height of its anterior end.
_ANTERIOR_ENDS: dict[int, tuple[float, float]] = {
    1: (148.0, 322.0),
    2: (152, 292),
    3: (153, 264),
    4: (152, 237),
    5: (149, 209),
    6: (145, 180),
    7: (139, 150),
    8: (131, 118),
    9: (121, 91),
    10: (108, 69),
    11: (79, 56),
    12: (45, 60),
}
_RADIUS = {1: 4.6, 2: 4.4, 11: 4.2, 12: 3.9}
_OUTSET = 6.5
"""Middle of a rib outside the inner wall of the chest, mm."""


def rib(
    level: Level, number: int, side: int, *, ends: tuple[float, float] | None = None
) -> tuple[Union, NDArray[np.float64]]:
    """A rib from its head at the vertebra round the chest, and the point where its cartilage begins."""
    last_angle, last_z = ends or _ANTERIOR_ENDS[number]
    head = np.array(level.behind(level.half_width + 1.0, level.half_depth * 0.75, level.half_height * 0.85))
    tubercle = np.array(level.behind(28.0, level.half_depth + 6.0, 5.0))
    points = [head, tubercle]
    start_angle = 32.0 if number > 1 else 46.0
    angles = np.linspace(start_angle, last_angle, max(3, int((last_angle - start_angle) / 14) + 2))
    for share, angle in zip(np.linspace(0, 1, len(angles)), angles, strict=True):
        # A rib drops slowly along its neck and faster once it has turned forward.
        z = tubercle[2] - 6 + (last_z - tubercle[2] + 6) * (0.35 * share + 0.65 * share**1.35)
        x, y = wall_point(float(angle), float(z), _OUTSET)
        if x > tubercle[0] + 8:
            points.append(np.array((x, y, z)))
    radius = _RADIUS.get(number, 4.5)
    bent = np.array(mirror([tuple(p) for p in points], side))
    return tube(bent, np.linspace(radius * 0.95, radius, len(bent)), step_mm=11.0), bent[-1]


def draw_cage(canvas: Canvas, plan: Plan, column: tuple[Level, ...]) -> None:
    """Twelve pairs of ribs, unless a variant says otherwise; sternum; cartilages.

    Truth of the variants: with `ribs_11` the twelfth pair is absent. With `ribs_13` a short pair stands on the level
    below the twelfth thoracic vertebra, and has no TotalSegmentator name, hence no label; so has a `cervical_rib`.
    """
    by_name = {level.name: level for level in column}
    drop = float(plan.shift("ribs", 4.0)[2])
    cartilage: list[Union] = []
    tips: dict[tuple[int, int], NDArray[np.float64]] = {}
    for number in range(1, 13):
        level = by_name[f"T{number}"]
        for side, word in ((1, "right"), (-1, "left")):
            if number == 12 and "ribs_11" in plan.variants:
                continue
            angle, z = _ANTERIOR_ENDS[number]
            if number == 12 and "short_rib_12" in plan.variants:
                angle, z = 24.0, level.centre[2] - 6
            wiggle = float(plan.shift(f"rib {number} {word}", 2.0)[0])
            shape, tips[number, side] = rib(level, number, side, ends=(angle + wiggle, z + drop * (number > 1)))
            canvas.draw(f"rib_{word}_{number}", shape, 190, cortex=(1.2, 430.0))
    if "ribs_13" in plan.variants:
        lowest = by_name["T13"] if "T13" in by_name else by_name["L1"]
        for side in (1, -1):
            shape, _ = rib(lowest, 12, side, ends=(24.0, lowest.centre[2] - 8))
            canvas.draw("rib 13", shape, 190, cortex=(1.2, 430.0))
    if "cervical_rib" in plan.variants:
        neck = by_name["C7"]
        root = neck.behind(24, neck.half_depth + 10, 2)
        canvas.draw(
            "cervical rib", tube([root, (44, root[1] + 6, root[2] - 8), (54, root[1] + 26, root[2] - 16)], 4.0), 190
        )
    canvas.draw("sternum", sternum(), 150, cortex=(1.4, 340.0))
    for side in (1, -1):
        cartilage.extend(_to_sternum(tips[number, side], number, side) for number in range(1, 8))
        for number in (8, 9, 10):
            start, goal = tips[number, side], tips[number - 1, side]
            middle = (start + goal) / 2 + np.array((-side * 6.0, 6.0, -4.0))
            cartilage.append(tube([start, middle, goal], 4.8))
    canvas.draw("costal_cartilages", join(cartilage), 115)


def _sternal_y(z: float) -> float:
    return float(cavity(z)[1]) + 9.0


def sternum() -> Union:
    """Manubrium, body and xiphoid as a ribbon in front of the cavity."""
    parts = []
    for z, half_width in ((318, 24), (306, 22), (294, 15)):
        parts.append(Capsule((-half_width, _sternal_y(z), z), (half_width, _sternal_y(z), z), 8.0, 8.0))
    for z in range(284, 180, -9):
        half_width = 9.0 + 4.0 * np.sin((284 - z) / 104 * np.pi)
        parts.append(Capsule((-half_width, _sternal_y(z), z), (half_width, _sternal_y(z), z), 6.5, 6.5))
    parts.append(Capsule((0, _sternal_y(182), 182), (0, _sternal_y(158) - 2, 158), 6.0, 4.0))
    return Union(tuple(parts))


def _to_sternum(tip: NDArray[np.float64], number: int, side: int) -> Union:
    """From the end of a true rib to its notch; the lower ones first run up the costal arch."""
    notch_z = {1: 316, 2: 294, 3: 270, 4: 248, 5: 226, 6: 206, 7: 190}[number]
    half_width = 26.0 if number == 1 else 17.0
    points = [tip]
    for share in (0.35, 0.7):
        z = tip[2] + (notch_z - tip[2]) * share**1.4
        x = abs(tip[0]) + (half_width - abs(tip[0])) * share
        half, front, back = cavity(z)
        # Stay outside the cavity: follow its front wall at this distance from the midline.
        depth = (front - back) / 2
        y = (front + back) / 2 + (depth + 7.5) * max(0.0, 1 - min(x / (half + 7.5), 1.0) ** 2.4) ** (1 / 2.4)
        points.append(np.array((side * x, y, z)))
    points.append(np.array((side * half_width, _sternal_y(notch_z), notch_z)))
    return tube(points, 5.2, step_mm=10.0)
