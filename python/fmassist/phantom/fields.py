"""Fields of view: boxes in the torso's frame, in millimetres of a man of 1.74 m."""

from __future__ import annotations

FieldOfView = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Lowest and highest corner (x, y, z) in RAS mm, voxel edges."""

FIELDS: dict[str, FieldOfView] = {
    "torso": ((-204, -150, -240), (204, 150, 414)),
    "chest": ((-204, -150, 70), (204, 150, 414)),
    "abdomen": ((-204, -150, -110), (204, 150, 190)),
    "abdomen_pelvis": ((-204, -150, -240), (204, 150, 190)),
    "chest_abdomen": ((-204, -150, -60), (204, 150, 414)),
    "upper_abdomen": ((-180, -150, 10), (180, 150, 130)),
    "pelvis": ((-204, -150, -240), (204, 150, -40)),
    "heart": ((-110, -90, 130), (110, 130, 270)),
    "kidneys": ((-130, -110, -40), (130, 100, 110)),
    "lumbar_spine": ((-75, -120, -120), (75, 80, 120)),
    "thoracic_spine": ((-75, -130, 80), (75, 90, 414)),
    "right_half": ((-20, -150, -110), (204, 150, 300)),
}
"""Twelve fields of view that a check has to cope with; `torso` shows everything."""
