"""Back, hip and gluteal muscles; drawn late, into the room between bones and skin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.plan import Plan
from fmassist.phantom.shapes import Ellipsoid, Plate, Union, join, mirror, rotation, tube
from fmassist.phantom.spine import Level

MUSCLE = 58.0
FASCIA_MM = 2.4


def draw_psoas(canvas: Canvas, plan: Plan) -> None:
    """Iliopsoas of both sides, drawn before the organs that lie on it."""
    bulk = plan.factor("muscle", 0.06)
    for side, word in ((1, "right"), (-1, "left")):
        canvas.draw(f"iliopsoas_{word}", _iliopsoas(side, bulk), MUSCLE, fascia_mm=FASCIA_MM)


def draw_muscles(canvas: Canvas, plan: Plan, column: tuple[Level, ...]) -> None:
    """Autochthonous back muscles and the three glutei; truth as TotalSegmentator names them."""
    bulk = plan.factor("muscle", 0.06)
    by_name = {level.name: level for level in column}
    lowest = column[-1]
    for side, word in ((1, "right"), (-1, "left")):
        spots, radii, deep = [], [], []
        for name, across, back, radius in (
            ("C5", 22, 24, 11),
            ("T1", 22, 30, 13),
            ("T4", 21, 30, 13.5),
            ("T8", 23, 30, 15),
            ("T12", 28, 32, 19),
            ("L2", 33, 34, 22),
        ):
            level = by_name[name]
            spots.append(level.behind(side * across, level.half_depth + back, 0.0))
            radii.append(radius * bulk)
            deep.append(level.behind(side * 13, level.half_depth + back + 3, 0.0))
        spots += [lowest.behind(side * 31, lowest.half_depth + 36, 4.0), (side * 24, -72, -112), (side * 16, -92, -150)]
        radii += [21 * bulk, 15 * bulk, 6]
        deep += [lowest.behind(side * 14, lowest.half_depth + 36, 4.0), (side * 12, -72, -112)]
        erector, multifidus = tube(spots, radii), tube(deep, 12 * bulk)
        canvas.draw(
            f"autochthon_{word}", join([erector, multifidus]), MUSCLE, within=_half(canvas, side), fascia_mm=FASCIA_MM
        )
        # Minimus lies on the wing, medius over it, maximus behind; each keeps what the one before left.
        wing = mirror([(98, 2, -62), (118, 44, -92), (100, 14, -160)], side)
        low = mirror([(78, -30, -100), (98, 2, -70), (102, 6, -160)], side)
        outwards = [_moved(p, side * 11, 2) for p in wing]
        canvas.draw(
            f"gluteus_minimus_{word}",
            Plate((outwards[0], outwards[1], _moved(wing[2], side * 18, 4)), 21 * bulk),
            MUSCLE,
        )
        medius = join(
            [
                Plate(
                    (_moved(wing[0], side * 15, 0), _moved(wing[1], side * 18, 2), _moved(wing[2], side * 32, -2)),
                    36 * bulk,
                ),
                Plate(
                    (_moved(low[0], side * 16, -12), _moved(low[1], side * 16, -8), _moved(low[2], side * 28, -10)),
                    31 * bulk,
                ),
            ]
        )
        canvas.draw(f"gluteus_medius_{word}", medius, MUSCLE, fascia_mm=FASCIA_MM)
        maximus = join(
            [
                Ellipsoid(
                    mirror([(82, -70, -158)], side)[0], (62, 23, 62), rotation(yaw=-side * -22, roll=-side * -28)
                ),
                Ellipsoid(mirror([(92, -62, -208)], side)[0], (50, 26, 52), rotation(yaw=side * 16)),
            ]
        )
        canvas.draw(f"gluteus_maximus_{word}", maximus, MUSCLE - 6, fascia_mm=FASCIA_MM)


def _half(canvas: Canvas, side: int) -> NDArray[np.bool_]:
    return np.broadcast_to(side * canvas.x > 2.0, canvas.shape)


def _iliopsoas(side: int, bulk: float) -> Union:
    psoas = mirror(
        [(26, -12, 78), (36, 2, 40), (45, 8, 0), (50, 12, -44), (58, 18, -90), (76, 36, -140), (86, 42, -178)], side
    )
    end = mirror([(96, 26, -214), (106, 2, -246)], side)
    iliacus = Plate(tuple(mirror([(84, 2, -64), (104, 46, -92), (80, 24, -150)], side)), 17 * bulk)  # type: ignore[arg-type]
    return join([tube([*psoas, *end], [8 * bulk, 14 * bulk, 18 * bulk, 19 * bulk, 17 * bulk, 15, 15, 14, 11]), iliacus])


def _moved(point: tuple[float, float, float], x: float, y: float) -> tuple[float, float, float]:
    return point[0] + x, point[1] + y, point[2]
