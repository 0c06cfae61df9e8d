"""Abdominal and pelvic organs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.envelope import cavity, diaphragm, inside
from fmassist.phantom.plan import Plan
from fmassist.phantom.shapes import Ellipsoid, Field, Union, join, rotation, tube

Mask = NDArray[np.bool_]


def draw_abdomen(canvas: Canvas, plan: Plan) -> None:
    """Small and stiff organs first; liver, spleen, stomach and bowel take the room that is left."""
    room = _room(canvas)
    if "accessory_spleen" in plan.variants:
        # About 1.6 cm, in the fat before the left kidney, labelled with the spleen as TotalSegmentator does.
        canvas.draw("spleen", Ellipsoid((-76.0, 36.0, 50.0), (8, 8, 8)), 118, within=room)
    _draw_kidneys(canvas, plan)
    if "gallbladder_absent" not in plan.variants:
        bladder = Ellipsoid(plan.place("gallbladder", (58, 76, 50), 2.5), (13.5, 14, 32), rotation(pitch=28, roll=18))
        canvas.draw("gallbladder", bladder, 8, volume_ml=plan.volume_ml("gallbladder"))
    head = plan.shift("pancreas", 2.0)
    duct = (
        np.array([(35, 52, 22), (33, 53, 42), (20, 58, 56), (-2, 63, 62), (-28, 54, 66), (-54, 36, 74), (-76, 20, 82)])
        + head
    )
    canvas.draw(
        "pancreas", tube(duct, [11, 14, 9.5, 8.5, 9.5, 9.5, 8]), 95, volume_ml=plan.volume_ml("pancreas"), wobble=0.6
    )
    loop = np.array(
        [
            (38, 70, 60),
            (50, 58, 56),
            (57, 48, 30),
            (54, 46, 2),
            (38, 50, -14),
            (4, 58, -16),
            (-22, 58, -6),
            (-30, 62, 8),
        ]
    )
    canvas.draw(
        "duodenum",
        tube(loop + head, [12, 12, 11.5, 11, 10.5, 10, 9.5, 9]),
        45,
        volume_ml=plan.volume_ml("duodenum"),
        within=room,
    )
    _draw_spleen(canvas, plan, room)
    _draw_stomach(canvas, plan, room)
    _draw_colon(canvas, plan, room)
    _draw_liver(canvas, plan, room)
    _draw_pelvis_organs(canvas, plan)
    _draw_small_bowel(canvas, plan, room)


def _room(canvas: Canvas) -> Mask:
    """The abdominal cavity: inside the wall, below the diaphragm, in front of the retroperitoneal muscles."""
    room = np.zeros(canvas.shape, dtype=bool)
    window = canvas.window(np.array((-140.0, -100.0, -240.0)), np.array((140.0, 120.0, 172.0)))
    if window is not None:
        x, y, z = canvas.coordinates(window)
        room[window] = inside(cavity(canvas.z[window[2]]), x, y, 3.0) & (z <= diaphragm(x, y))
    return room


def _draw_kidneys(canvas: Canvas, plan: Plan) -> None:
    centres = {
        "right": np.array(plan.place("kidney_right", (66, -6, 30), 4.0)),
        "left": np.array(plan.place("kidney_left", (-66, -8, 45), 4.0)),
    }
    horseshoe = "horseshoe_kidney" in plan.variants
    if horseshoe:
        # Fused lower poles before the fourth lumbar vertebra; the ascent stops at the inferior mesenteric artery.
        centres = {"right": np.array((54.0, 4.0, 6.0)), "left": np.array((-54.0, 4.0, 8.0))}
    crossed = "crossed_fused_ectopia" in plan.variants
    if crossed:
        centres["left"] = np.array((48.0, 14.0, -42.0))
    for side, word in ((1, "right"), (-1, "left")):
        absent = f"kidney_{word}_absent" in plan.variants
        gland_high, gland_x = (84.0, 36.0) if side == 1 else (88.0, 44.0)
        shift = plan.shift(f"adrenal_gland_{word}", 1.5)
        y = 20.0 if side == 1 else 22.0
        stem = np.array((side * gland_x, y, gland_high)) + shift
        limbs = [
            tube(stem + np.array([(side * -2, 8, 10), (0, 0, 0), (side * 3, -10, -10)]), [3.6, 4.4, 3.6]),
            tube(stem + np.array([(0, 0, 0), (side * 10, -4, -12)]), [4.2, 3.4]),
        ]
        name = f"adrenal_gland_{word}"
        canvas.draw(name, join(limbs), 70, volume_ml=plan.volume_ml(name))
        if absent:
            continue
        centre = centres[word]
        # Upper poles lean towards the spine and backwards; in a horseshoe the lower poles do.
        inwards = rotation(roll=-side * (-22 if horseshoe else 14), pitch=14)
        kidney = Ellipsoid((float(centre[0]), float(centre[1]), float(centre[2])), (25, 23.5, 54), inwards)
        hilum = centre + inwards @ np.array((-side * 20.0, 6.0, 0.0))
        if not crossed:
            canvas.draw(
                "renal sinus", Ellipsoid((float(hilum[0]), float(hilum[1]), float(hilum[2])), (13, 9, 17), inwards), -40
            )
        if horseshoe:
            # Two halves that meet before the fourth lumbar vertebra, in front of the aorta and the vena cava.
            pole = centre + inwards @ np.array((0.0, 0.0, -40.0))
            bridge = tube([pole, (side * 16, 58, -34), (0, 62, -34)], [16, 12, 11])
            canvas.draw(f"kidney_{word}", join([kidney, bridge]), 165, cortex=(7.0, 185.0))
            continue
        volume = plan.volume_ml(f"kidney_{word}")
        lone = {"right": "left", "left": "right"}[word]
        if f"kidney_{lone}_absent" in plan.variants:
            volume *= 1.45  # a solitary kidney grows; estimate
        canvas.draw(f"kidney_{word}", kidney, 165, cortex=(7.0, 190.0), volume_ml=volume, wobble=0.5)


def _draw_spleen(canvas: Canvas, plan: Plan, room: Mask) -> None:
    place = plan.place("spleen", (-104, -26, 98), 3.0)
    if "spleen_absent" not in plan.variants:
        body = Ellipsoid(place, (24, 44, 50), rotation(yaw=-24, roll=-12))
        canvas.draw("spleen", body, 118, volume_ml=plan.volume_ml("spleen"), within=room, wobble=0.8)


def _draw_stomach(canvas: Canvas, plan: Plan, room: Mask) -> None:
    shift = plan.shift("stomach", 3.0)
    points = (
        np.array(
            [(-66, 14, 128), (-70, 32, 110), (-62, 60, 84), (-46, 80, 60), (-18, 88, 46), (10, 84, 50), (32, 72, 60)]
        )
        + shift
    )
    canvas.draw(
        "stomach",
        tube(points, [35, 34, 29, 24, 20, 16, 11]),
        38,
        volume_ml=plan.volume_ml("stomach"),
        within=room,
        wobble=0.8,
    )
    _let_gas_rise(canvas, "stomach", 0.13)


def _draw_colon(canvas: Canvas, plan: Plan, room: Mask) -> None:
    dip = float(plan.shift("transverse colon", 8.0)[2])
    right = [(80, 62, -108), (90, 52, -82), (99, 30, -40), (102, 22, -6), (94, 34, 10)]
    across = [(74, 76, -2), (44, 92, -16 + dip), (0, 97, -24 + dip), (-44, 94, -6 + dip), (-82, 68, 28), (-104, 34, 52)]
    left = [(-110, 10, 36), (-110, -4, 4), (-106, 8, -40), (-92, 46, -80), (-80, 60, -104), (-54, 60, -120)]
    pelvis = [
        (-22, 38, -122),
        (2, 0, -126),
        (4, -34, -146),
        (2, -46, -170),
        (0, -40, -196),
        (0, -30, -222),
        (0, -30, -250),
    ]
    radii = [24, 25, 24, 23, 21, 20, 20, 20, 19, 18, 18, 17, 16, 15.5, 15, 14, 14, 14, 14.5, 16, 17.5, 16, 12, 9]
    scale = plan.factor("colon", 0.08)
    shape = tube([*right, *across, *left, *pelvis], np.array(radii) * scale)
    canvas.draw("colon", shape, 30, within=_with_rectum(canvas, room), wobble=1.0)
    _let_gas_rise(canvas, "colon", 0.38)


def _with_rectum(canvas: Canvas, room: Mask) -> Mask:
    allowed = room.copy()
    allowed[:, :, canvas.z < -100] = True
    return allowed


def _let_gas_rise(canvas: Canvas, name: str, share: float) -> None:
    """Turn the foremost part of a hollow organ, column by column, into gas: the patient lies on the back."""
    from fmassist.phantom.labels import LABELS

    mask = canvas.labels == LABELS[name]
    if not mask.any():
        return
    box = tuple(slice(int(i.min()), int(i.max()) + 1) for i in np.nonzero(mask))
    inner = mask[box]
    # Position within the lumen from back (0) to front (1) along each column; the wall itself stays soft.
    depth = np.cumsum(inner, axis=1)
    total = depth[:, -1:, :]
    from scipy.ndimage import binary_erosion

    gas = inner & (depth > total * (1 - share)) & binary_erosion(inner, iterations=1)
    canvas.hu[box][gas] = -860.0


def _draw_liver(canvas: Canvas, plan: Plan, room: Mask) -> None:
    canvas.draw(
        "liver",
        _Liver(plan),
        112,
        volume_ml=plan.volume_ml("liver"),
        within=room,
        wobble=0.8,
    )


class _Liver:
    """Everything under the right dome and above a visceral surface that rises from the right flank to the left."""

    def __init__(self, plan: Plan) -> None:
        self._tilt = 0.62 * plan.factor("liver tilt", 0.06)

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.array((-62.0, -76.0, -8.0)), np.array((136.0, 114.0, 172.0))

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        below = (96.0 - self._tilt * (x + 44.0) + 0.20 * np.abs(y - 20.0) - z) * 0.80
        # The left lobe thins out in front of the stomach; the bare area ends beside the spine.
        left = (-(x + 16.0) + 0.55 * (30.0 - y)) * 0.8
        step = np.clip((x - 12.0) / 46.0, 0.0, 1.0)
        behind = (32.0 - 100.0 * step * step * (3 - 2 * step)) - y
        return np.asarray(np.maximum(np.maximum(below, left), behind), np.float32)


def _draw_pelvis_organs(canvas: Canvas, plan: Plan) -> None:
    bladder = Ellipsoid(plan.place("urinary_bladder", (2, 36, -170), 2.5), (36, 31, 29))
    canvas.draw(
        "urinary_bladder", bladder, 8, volume_ml=plan.volume_ml("urinary_bladder"), within=_pelvic(canvas), wobble=0.5
    )
    if plan.female:
        canvas.draw("uterus", Ellipsoid((0, -2, -158), (24, 20, 27), rotation(pitch=-35)), 95)
    elif "prostate_absent" not in plan.variants:
        gland = Ellipsoid(plan.place("prostate", (1, 16, -212), 1.5), (22, 16, 17))
        canvas.draw("prostate", gland, 62, volume_ml=plan.volume_ml("prostate"))


def _pelvic(canvas: Canvas) -> Mask:
    allowed = np.zeros(canvas.shape, dtype=bool)
    allowed[:, :, canvas.z < -120] = True
    return allowed


def _draw_small_bowel(canvas: Canvas, plan: Plan, room: Mask) -> None:
    """Loops lying side by side in the middle of the abdomen, one continuous tube."""
    rng_phase = float(plan.shift("small bowel", 20.0)[0])
    points: list[tuple[float, float, float]] = [(-30, 62, 8)]
    right = False
    for row, height in enumerate(range(-10, -128, -22)):
        half = 66.0 + 14 * np.sin(row * 1.3 + rng_phase)
        front = 84.0 if row % 2 else 66.0
        xs = np.linspace(-half, half, 5) if not right else np.linspace(half, -half, 5)
        points.extend((float(x), front + 8 * np.cos(x / 17.0), height + 4 * np.sin(x / 13.0)) for x in xs)
        right = not right
    back = [
        (60.0, 52.0, -124.0),
        (20.0, 60.0, -112.0),
        (-20.0, 58.0, -110.0),
        (-56.0, 62.0, -86.0),
        (-50.0, 46.0, -60.0),
    ]
    deep = [(-64.0, 40.0, -34.0), (-70.0, 56.0, -12.0)]
    radius = 12.6 * plan.factor("small bowel", 0.05)
    shape: Union = tube(points + back + deep, radius)
    canvas.draw("small_bowel", shape, 48, within=room, wobble=0.8)
