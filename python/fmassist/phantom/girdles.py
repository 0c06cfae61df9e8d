"""Shoulder girdle with raised arms, pelvis and upper femurs."""

from __future__ import annotations

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.plan import Plan
from fmassist.phantom.shapes import Ellipsoid, Plate, Union, Vector, join, mirror, tube

_BONE = (2.2, 560.0)


def draw_shoulders(canvas: Canvas) -> None:
    """Clavicles, scapulae, humeri; the arms are raised, as for a CT of the trunk."""
    for side, word in ((1, "right"), (-1, "left")):
        head = mirror([(152, -34, 352)], side)[0]
        humerus = join(
            [
                Ellipsoid(head, (23, 22, 23)),
                tube(mirror([(156, -34, 360), (172, -30, 400), (186, -24, 470)], side), [17, 13, 11]),
            ]
        )
        canvas.draw(f"humerus_{word}", humerus, 210, cortex=(3.0, 700.0))
        scapula = join(
            [
                Plate(_three(mirror([(80, -104, 330), (104, -101, 218), (130, -52, 340)], side)), 7.5),
                tube(
                    mirror([(86, -112, 318), (112, -100, 338), (138, -66, 368), (144, -40, 384)], side),
                    [5, 6.5, 7, 7.5],
                ),
                tube(mirror([(126, -44, 330), (126, -44, 352)], side), [9.0, 8.0]),
                tube(mirror([(124, -46, 354), (120, -26, 364), (128, -10, 356)], side), [6, 6, 5.5]),
            ]
        )
        canvas.draw(f"scapula_{word}", scapula, 220, cortex=(2.0, 560.0))
        clavicle = tube(
            mirror([(23, 47, 326), (58, 42, 346), (96, 12, 366), (128, -22, 388)], side), [8.5, 6.2, 6.0, 6.5]
        )
        canvas.draw(f"clavicula_{word}", clavicle, 230, cortex=_BONE)


def hip(side: int) -> Union:
    """Iliac wing, acetabulum, pubis and ischium of one side."""
    sacral, crest, spine, socket = mirror([(50, -58, -100), (104, -4, -44), (124, 58, -92), (88, 12, -158)], side)
    low_back = mirror([(58, -46, -132)], side)[0]
    return join(
        [
            Plate((sacral, crest, socket), 13.0),
            Plate((crest, spine, socket), 12.0),
            Plate((sacral, mirror([(82, -34, -60)], side)[0], crest), 12.0),
            Plate((crest, mirror([(124, 34, -58)], side)[0], spine), 12.0),
            Plate((sacral, low_back, socket), 14.0),
            tube(
                [sacral, mirror([(82, -34, -60)], side)[0], crest, mirror([(124, 34, -58)], side)[0], spine],
                [8, 8, 8, 8, 7],
            ),
            Ellipsoid(mirror([(86, 8, -184)], side)[0], (34, 35, 35)),
            tube(mirror([(68, 26, -178), (38, 58, -194), (8, 70, -208)], side), [13, 9, 10]),
            tube(mirror([(76, -18, -192), (64, -34, -222), (62, -34, -238)], side), [17, 15, 14]),
            tube(mirror([(60, -32, -238), (34, 20, -232), (9, 64, -216)], side), [10, 7.5, 9]),
        ]
    )


def draw_pelvis(canvas: Canvas, plan: Plan) -> None:
    """Femoral heads first, so that the sockets close round them."""
    for side, word in ((1, "right"), (-1, "left")):
        prosthesis = "hip_prosthesis_left" in plan.variants and word == "left"
        head = Ellipsoid(mirror([(91, 8, -186)], side)[0], (25, 25, 25))
        neck = tube(mirror([(92, 8, -188), (116, -2, -204), (132, -12, -216)], side), [18, 15.5, 19])
        shaft = tube(mirror([(132, -12, -196), (133, -10, -222), (126, -2, -300)], side), [13, 18, 15])
        core, cortex = (2900.0, (3.0, 3000.0)) if prosthesis else (220.0, (3.5, 720.0))
        canvas.draw(f"femur_{word}", join([head, neck, shaft]), core, cortex=cortex)
        canvas.draw("joint space", Ellipsoid(mirror([(91, 8, -186)], side)[0], (26.5, 26.5, 26.5)), 60)
    for side, word in ((1, "right"), (-1, "left")):
        canvas.draw(f"hip_{word}", hip(side), 170, cortex=(2.4, 520.0))


def _three(points: list[Vector]) -> tuple[Vector, Vector, Vector]:
    return points[0], points[1], points[2]
