"""Where this body's midline is: from structures that lie in it, else from the outline of the body."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from statistics import median

from fmassist.knowledge.constants import constants
from fmassist.reasoning.anatomy import Anatomy


@dataclass(frozen=True)
class Midline:
    """R of the midline as a line in S: `right_mm = intercept + slope · superior_mm`."""

    intercept: float
    slope: float
    is_sure: bool

    def offset_mm(self, right_mm: float, superior_mm: float) -> float:
        """Signed distance towards the patient's right."""
        return right_mm - self.intercept - self.slope * superior_mm


def find_midline(anatomy: Anatomy) -> Midline:
    """The midline of this body.

    Structures that the ontology calls `fmx:midline` give it by the median of slopes (Theil and Sen), so that one
    wrong label does not move it. A structure that the left or right border cuts is left out.
    """
    points = [
        (known.superior_mm, known.right_mm)
        for known in anatomy.known
        if known.structure.midline and not {"left", "right"} & set(known.facts.border_area_mm2)
    ]
    if len(points) >= 4 and max(p[0] for p in points) - min(p[0] for p in points) > 100:
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if abs(b[0] - a[0]) > 40]
        # A spine leans by less than 15 degrees over its length, even in marked scoliosis.
        slope = min(max(median(slopes), -0.27), 0.27) if slopes else 0.0
        return Midline(median(r - slope * s for s, r in points), slope, is_sure=True)
    if points:
        return Midline(median(r for _, r in points), 0.0, is_sure=True)
    scan = anatomy.evidence.scan
    plane = scan.mid_sagittal
    if plane is not None and abs(plane.normal[0]) > 0.7:
        slope = -plane.normal[2] / plane.normal[0]
        intercept = plane.point_ras_mm[0] - slope * plane.point_ras_mm[2]
        return Midline(intercept, slope, is_sure=plane.confidence >= constants().midline.sure_plane)
    low, high = scan.body_box_ras_mm or scan.field_of_view_box_ras_mm
    return Midline((low[0] + high[0]) / 2, 0.0, is_sure=False)
