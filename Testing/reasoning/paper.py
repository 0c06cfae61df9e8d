"""Studies on paper: boxes with names, from which the evidence of a study is made without any voxel.

What stands here is simple enough to be checked by eye, so that a test says what a rule should do and not what it did.
"""

from __future__ import annotations

from fmassist.evidence import ComponentFacts, Evidence, PairFacts, ScanFacts, SegmentFacts
from fmassist.evidence.facts import Box, Point

FIELD_OF_VIEW: Box = ((-250.0, -200.0, -600.0), (250.0, 200.0, 600.0))


def box(centre: Point, size: Point) -> Box:
    """A box by its centre and edge lengths."""
    low = tuple(c - s / 2 for c, s in zip(centre, size, strict=True))
    high = tuple(c + s / 2 for c, s in zip(centre, size, strict=True))
    return low, high  # type: ignore[return-value]


def piece(centre: Point, size: Point, borders: tuple[str, ...] = ()) -> ComponentFacts:
    """One connected block."""
    volume_ml = size[0] * size[1] * size[2] / 1000
    return ComponentFacts(int(volume_ml * 1000 / 27) or 1, volume_ml, centre, box(centre, size), borders)


def segment(label: int, name: str, *pieces: ComponentFacts, **facts: object) -> SegmentFacts:
    """A segment of blocks, the largest first."""
    ordered = sorted(pieces, key=lambda p: -p.volume_ml)
    volume = sum(p.volume_ml for p in ordered)
    centroid = tuple(sum(p.centroid_ras_mm[i] * p.volume_ml for p in ordered) / volume for i in range(3))
    low = tuple(min(p.box_ras_mm[0][i] for p in ordered) for i in range(3))
    high = tuple(max(p.box_ras_mm[1][i] for p in ordered) for i in range(3))
    faces = {face for p in ordered for face in p.border_faces}
    values: dict[str, object] = {
        "extreme_points_ras_mm": {
            "right": (high[0], centroid[1], centroid[2]),
            "left": (low[0], centroid[1], centroid[2]),
        },
        "border_area_mm2": dict.fromkeys(sorted(faces), 100.0),
        "main_component_share": ordered[0].volume_ml / volume,
        **facts,
    }
    return SegmentFacts(
        key=f"0:{label}",
        label=label,
        layer=0,
        name=name,
        voxel_count=sum(p.voxel_count for p in ordered),
        volume_ml=volume,
        centroid_ras_mm=centroid,  # type: ignore[arg-type]
        box_ras_mm=(low, high),  # type: ignore[arg-type]
        component_count=len(ordered),
        components=tuple(ordered),
        **values,  # type: ignore[arg-type]
    )


def study(*segments: SegmentFacts, pairs: tuple[PairFacts, ...] = (), **scan: object) -> Evidence:
    """A study in a field of view that cuts nothing."""
    facts: dict[str, object] = {
        "shape": (166, 133, 400),
        "index_to_ras_mm": ((3.0, 0, 0, -250), (0, 3.0, 0, -200), (0, 0, 3.0, -600), (0, 0, 0, 1)),
        "spacing_mm": (3.0, 3.0, 3.0),
        "axis_codes": "RAS",
        "field_of_view_box_ras_mm": FIELD_OF_VIEW,
        "modality": "CT",
        **scan,
    }
    return Evidence(scan=ScanFacts(**facts), segments=segments, pairs=pairs)  # type: ignore[arg-type]


def _spine() -> dict[str, tuple[Point, Point]]:
    """C7 to L5 of an adult, by the usual regional lengths (cervical 17, thoracic 23, lumbar 35 mm a level)."""
    found: dict[str, tuple[Point, Point]] = {}
    superior = 400.0
    for name, step in (
        [("C7", 18)] + [(f"T{i}", 20 + i * 0.6) for i in range(1, 13)] + [(f"L{i}", 34) for i in range(1, 6)]
    ):
        found[f"vertebrae_{name}"] = ((0.0, -60.0, superior), (45.0, 50.0, step * 0.85))
        superior -= step
    found["sacrum"] = ((0.0, -70.0, superior - 45), (70.0, 50.0, 100.0))
    return found


def _height(level: str) -> float:
    return _spine()[f"vertebrae_{level}"][0][2]


def normal_adult() -> dict[str, tuple[Point, Point]]:
    """Name to (centre, size) of the structures of a normal trunk. +x is the patient's right."""
    plan = _spine()
    l1, l2, t12, t8, t5 = (_height(level) for level in ("L1", "L2", "T12", "T8", "T5"))
    plan |= {
        "kidney_right": ((65.0, -50.0, l2), (55.0, 55.0, 52.0)),
        "kidney_left": ((-65.0, -50.0, l1), (55.0, 55.0, 54.0)),
        "liver": ((70.0, 10.0, t12 + 15), (120.0, 100.0, 115.0)),
        "spleen": ((-95.0, -40.0, t12 + 10), (50.0, 55.0, 70.0)),
        "stomach": ((-45.0, 30.0, t12), (65.0, 60.0, 80.0)),
        "heart": ((-15.0, 20.0, t8), (95.0, 80.0, 90.0)),
        "aorta": ((-12.0, -25.0, t8), (25.0, 25.0, 350.0)),
        "inferior_vena_cava": ((18.0, -20.0, t12 - 20), (22.0, 22.0, 200.0)),
        "urinary_bladder": ((0.0, 20.0, _height("L5") - 160), (70.0, 60.0, 60.0)),
        "lung_upper_lobe_right": ((75.0, 10.0, t5 + 30), (90.0, 110.0, 110.0)),
        "lung_upper_lobe_left": ((-75.0, 10.0, t5 + 20), (90.0, 110.0, 120.0)),
        "lung_lower_lobe_right": ((75.0, -30.0, t8 - 25), (90.0, 100.0, 120.0)),
        "lung_lower_lobe_left": ((-75.0, -30.0, t8 - 25), (90.0, 100.0, 120.0)),
    }
    return plan


def evidence_of(plan: dict[str, tuple[Point, Point]], **scan: object) -> Evidence:
    """The evidence of a plan, labels numbered in its order."""
    segments = [segment(i, name, piece(*where)) for i, (name, where) in enumerate(plan.items(), start=1)]
    return study(*segments, **scan)
