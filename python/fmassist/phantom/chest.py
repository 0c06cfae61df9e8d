"""Airways, heart, great vessels and lungs."""

from __future__ import annotations

import numpy as np

from fmassist.phantom.canvas import Canvas
from fmassist.phantom.envelope import cavity, diaphragm, inside
from fmassist.phantom.plan import LUNG_SHARES, Plan
from fmassist.phantom.shapes import Ellipsoid, join, mirror, rotation, tube
from fmassist.phantom.spine import spine_y

BLOOD = 150.0
"""HU of vessels in the portal-venous phase."""
MUSCLE = 58.0
LUNG = -830.0


def draw_airways(canvas: Canvas, plan: Plan) -> None:
    """Trachea with both main bronchi, thyroid in front of it, oesophagus behind."""
    points = [(1, 58, 460), (1, 36, 404), (1, 26, 370), (2, 14, 335), (3, 5, 305), (3, 0, 287)]
    wide = 9.0 if plan.female else 10.0
    airway = join(
        [
            tube(points, wide),
            tube([(3, 0, 290), (16, -1, 276), (33, -2, 262)], [wide - 0.5, wide - 2, wide - 2.5]),
            tube([(3, 0, 290), (-14, -1, 274), (-38, -3, 258)], [wide - 0.5, wide - 2, wide - 3]),
        ]
    )
    canvas.draw("trachea", airway, -960)
    thyroid = [
        Ellipsoid(mirror([(19, 38, 408)], side)[0], (9.5, 11, 23), rotation(pitch=-8, yaw=8 * side)) for side in (1, -1)
    ]
    isthmus = tube([(-14, 48, 400), (1, 51, 400), (14, 48, 400)], 4.2)
    canvas.draw("thyroid_gland", join([*thyroid, isthmus]), 175, volume_ml=plan.volume_ml("thyroid_gland"))
    gullet = [(-2, 34, 460), (-2, 16, 404), (-4, 8, 370), (-4, -4, 335), (-3, -13, 305), (-3, -17, 282), (-4, -17, 258)]
    gullet += [(-5, -15, 230), (-8, -9, 200), (-16, 2, 172), (-26, 13, 150), (-36, 22, 134)]
    canvas.draw("esophagus", tube(gullet, [7, 7, 7.5, 7.5, 7.5, 7.5, 7.5, 8, 8.5, 8.5, 8.5, 9]), 42)


def draw_heart_and_vessels(canvas: Canvas, plan: Plan) -> None:
    """Arteries first (the arch binds the mediastinum together), then veins, then the heart in what is left."""
    ageing = 0.06 * (plan.age_years - 50)
    # Radii: half the diameters of Am J Cardiol 2013;111:1510, in the plan's millimetres.
    asc, desc, abd = (
        (d + ageing * k) / 2 / plan.scale
        for d, k in zip((31.9, 23.1, 16.7) if plan.female else (34.1, 25.8, 19.3), (2, 1.6, 1), strict=True)
    )
    arch = [(-4, 26, 222), (8, 30, 242), (18, 29, 268), (15, 23, 292), (2, 12, 306), (-14, -6, 308), (-24, -22, 298)]
    down = [(-27, -29, 276), (-26, -31, 250), (-24, -29, 220), (-21, -23, 190), (-17, -13, 160), (-13, -2, 130)]
    belly = [(-9, 8, 104), (-8, 20, 70), (-9, 31, 36), (-10, 40, 0), (-8, 43, -34)]
    radii = [
        asc,
        asc,
        asc,
        asc * 0.95,
        desc * 1.1,
        desc * 1.05,
        desc * 1.02,
        *[desc] * 5,
        desc * 0.92,
        abd + 1.5,
        abd + 0.5,
        abd,
    ]
    radii += [abd, abd]
    cava = tube([(31, 26, 312), (34, 21, 285), (32, 17, 255), (22, 26, 228)], [8.5, 9, 9.5, 10])
    canvas.draw("superior_vena_cava", cava, BLOOD)
    canvas.draw("aorta", tube([*arch, *down, *belly], radii), BLOOD)
    for side, word in ((1, "right"), (-1, "left")):
        artery = [(-8 + side * 5, 43, -43), (side * 26 - 2, 36, -70), (side * 45, 18, -100), (side * 58, 22, -128)]
        artery += [(side * 72, 50, -162), (side * 84, 62, -198), (side * 88, 58, -250)]
        canvas.draw(f"iliac_artery_{word}", tube(artery, [6.5, 6, 5.2, 5, 4.8, 4.8, 4.6]), BLOOD)
    canvas.draw("brachiocephalic_trunk", tube([(3, 14, 315), (12, 11, 330), (23, 8, 348)], 6.6), BLOOD)
    canvas.draw(
        "common_carotid_artery_right", tube([(24, 9, 354), (27, 13, 385), (29, 28, 420), (30, 40, 460)], 4.4), BLOOD
    )
    canvas.draw(
        "common_carotid_artery_left",
        tube([(-9, 3, 319), (-18, 3, 345), (-25, 13, 385), (-28, 28, 420), (-30, 40, 460)], 4.4),
        BLOOD,
    )
    canvas.draw(
        "subclavian_artery_right",
        tube([(26, 6, 353), (42, -2, 366), (66, 4, 366), (96, 0, 360), (122, -12, 356)], 5.0),
        BLOOD,
    )
    canvas.draw(
        "subclavian_artery_left",
        tube([(-19, -12, 318), (-26, -12, 345), (-42, -4, 366), (-66, 4, 366), (-96, 0, 360), (-122, -12, 356)], 5.0),
        BLOOD,
    )
    _draw_veins(canvas, plan)
    canvas.draw(
        "pulmonary artery",
        tube(
            [(-16, 52, 236), (-20, 40, 262), (-14, 20, 270), (2, 14, 268), (24, 8, 264), (46, 2, 258)],
            [14, 14, 13, 11, 11, 9],
        ),
        BLOOD,
    )
    canvas.draw("pulmonary artery", tube([(-18, 26, 270), (-34, 6, 272), (-52, -8, 264)], [12, 11, 8]), BLOOD)
    place = plan.place("heart", (-18.0, 38.0, 196.0), 2.0)
    pulmonary = [
        tube([(10, -4, 219), (-8, -7, 221), (-28, -4, 222)], [11, 10, 11]),
        tube([(8, -2, 226), (30, 4, 234), (56, 12, 246)], [9, 7.5, 5]),
        tube([(8, -4, 212), (32, -8, 206), (58, -18, 196)], [9, 7.5, 5]),
        tube([(-26, -2, 230), (-44, 4, 240), (-64, 12, 252)], [9, 7.5, 5]),
        tube([(-26, -4, 214), (-46, -14, 206), (-66, -26, 196)], [9, 7.5, 5]),
    ]
    appendage = Ellipsoid((-52, 38, 240), (11, 16, 11), rotation(yaw=25))
    canvas.draw("atrial_appendage_left", appendage, BLOOD, volume_ml=plan.volume_ml("atrial_appendage_left"))
    canvas.draw("pulmonary_vein", join(pulmonary), BLOOD)
    heart = Ellipsoid(place, (50, 66, 47), rotation(yaw=38, pitch=-28))
    volume = plan.volume_ml("heart")
    above = canvas.window(np.array((-120.0, -30.0, 120.0)), np.array((90.0, 120.0, 260.0)))
    allowed = np.zeros(canvas.shape, dtype=bool)
    if above is not None:
        x, y, z = canvas.coordinates(above)
        outline = cavity(canvas.z[above[2]])
        allowed[above] = inside(outline, x, y, 5.0) & (z > diaphragm(x, y) - 2)
    canvas.draw("heart", heart, 135, volume_ml=volume, within=allowed, wobble=0.8)


def _draw_veins(canvas: Canvas, plan: Plan) -> None:
    cava = [
        (14, 34, -60),
        (17, 40, -20),
        (18, 40, 30),
        (20, 36, 70),
        (24, 34, 105),
        (25, 32, 140),
        (22, 32, 172),
        (18, 30, 190),
    ]
    if "left_inferior_vena_cava" in plan.variants:
        # Persistent left supracardinal vein: left of the aorta up to the renal veins, then across in front of it.
        cava = [
            (-24, 34, -60),
            (-31, 38, -20),
            (-33, 36, 8),
            (-27, 46, 30),
            (-6, 51, 26),
            (14, 44, 38),
            (20, 36, 70),
            (24, 34, 105),
            (25, 32, 140),
        ]
        cava += [(22, 32, 172), (18, 30, 190)]
    size = 10.5 * plan.factor("cava", 0.07)
    canvas.draw("inferior_vena_cava", tube(cava, [size * 0.95] * 2 + [size] * (len(cava) - 2)), BLOOD - 5)
    start = -18 if "left_inferior_vena_cava" in plan.variants else 14
    for side, word in ((1, "right"), (-1, "left")):
        vein = [(start + side * 5, 30, -69), (side * 26, 20, -92), (side * 50, 8, -118), (side * 60, 20, -142)]
        vein += [(side * 68, 42, -168), (side * 76, 52, -200), (side * 80, 46, -250)]
        canvas.draw(f"iliac_vena_{word}", tube(vein, [8, 7.5, 7, 6.6, 6.4, 6.2, 6]), BLOOD - 20)
    canvas.draw("brachiocephalic_vein_right", tube([(46, 22, 356), (38, 27, 336), (31, 27, 318)], 7), BLOOD)
    canvas.draw(
        "brachiocephalic_vein_left", tube([(-46, 22, 356), (-28, 33, 340), (0, 36, 330), (25, 29, 318)], 6.5), BLOOD
    )
    splenic = [(-88, -2, 92), (-66, 12, 84), (-40, 34, 76), (-16, 46, 68), (8, 48, 64)]
    portal = [(8, 48, 64), (20, 50, 78), (34, 54, 92), (50, 56, 100)]
    mesenteric = [(8, 48, 64), (8, 58, 40), (6, 64, 14)]
    shape = join([tube(splenic, [5, 5.4, 6, 6.4, 7.4]), tube(portal, [8, 8, 7.6, 6]), tube(mesenteric, [6.6, 6, 5])])
    canvas.draw("portal_vein_and_splenic_vein", shape, BLOOD + 15)


def draw_lungs(canvas: Canvas, plan: Plan) -> None:
    """Both lungs fill the cavity above the diaphragm and beside the mediastinum; fissures give each lobe its share.

    The oblique fissure runs from behind T4 down to the front of the diaphragm, the horizontal one at the height of the
    fourth rib; each is moved until the lobes have the shares of this person (PMC7490509).
    """
    window = canvas.window(np.array((-140.0, -100.0, 80.0)), np.array((140.0, 115.0, 402.0)))
    if window is None:
        return
    x, y, z = canvas.coordinates(window)
    outline = cavity(canvas.z[window[2]])
    room = inside(outline, x, y) & (canvas.labels[window] == 0) & (z > diaphragm(x, y))
    high = np.clip((z - 300) / 90, 0, 1)
    # The mediastinum: an oval column of fat that narrows towards the neck, a wavy anterior junction behind the sternum,
    # and round the spine a bulge that keeps the lungs out of the paravertebral muscles.
    column = ((x + 5) / (30 - 4 * high)) ** 2 + ((y - 2 - 12 * high) / (70 - 30 * high)) ** 2 <= 1.0
    junction = x + 3 - 6 * np.sin(z / 33) - 5 * np.cos(y / 21 + z / 60)
    column |= (np.abs(junction) < 4 + (y - 20) ** 2 / 700) & (y > 0)
    spine = spine_y(canvas.z[window[2]])
    column |= (x / 23) ** 2 + ((y - spine) / 27) ** 2 < 1.0
    column |= (x / 39) ** 2 + ((y - spine + 44) / 30) ** 2 < 1.0
    room &= ~column
    shares = plan.lung_shares()
    oblique = 0.70 * y + 0.714 * z + canvas.wobble[window] * 1.5
    for side, word in ((1, "right"), (-1, "left")):
        lung = room & (side * x > 0)
        room_ml = float(lung.sum()) * canvas.voxel_ml
        low, middle = f"lung_lower_lobe_{word}", "lung_middle_lobe_right"
        height = np.broadcast_to(z, lung.shape) + 0.10 * np.abs(x) - 0.12 * y
        if canvas.fitting:
            canvas.levels[low] = float(np.quantile(oblique[lung], shares[low]))
            front = lung & (oblique >= canvas.levels[low])
            if side == 1:
                middle_share = shares[middle] / (1 - shares[low])
                canvas.levels[middle] = float(np.quantile(height[front], middle_share))
            canvas.levels[f"lung {word} ml"] = room_ml
        lower = lung & (oblique < canvas.levels[low])
        canvas.fill(low, window, lower, LUNG + 15)
        if side == 1:
            canvas.fill(middle, window, lung & ~lower & (height < canvas.levels[middle]), LUNG - 15)
        canvas.fill(f"lung_upper_lobe_{word}", window, lung & ~lower, LUNG - 10)


LOBES = tuple(LUNG_SHARES)
