"""A small study made by hand: a body with two kidneys, exchanged, and findings of every kind about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from fmassist.evidence.facts import Evidence, IntensityFacts, ScanFacts, SegmentFacts
from fmassist.geometry import Geometry
from fmassist.reasoning.findings import (
    Cause,
    CheckResult,
    Finding,
    Measured,
    Repair,
    RepairStep,
    RuleOutcome,
    SegmentVerdict,
)
from fmassist.volume import Segment, Segmentation, Volume

RULE = "https://w3id.org/fmassist/rule/"
RIGHT_AT, LEFT_AT = (60.0, -10.0, 0.0), (-60.0, -10.0, 0.0)
"""Where the two kidneys truly lie, RAS mm."""


def geometry() -> Geometry:
    """80 × 60 × 30 voxels of 4 × 4 × 6 mm around the origin, stored LPS."""
    affine = np.diag([-4.0, -4.0, 6.0, 1.0])
    affine[:3, 3] = (158, 118, -87)
    return Geometry((80, 60, 30), affine)


def ball(grid: Geometry, centre: tuple[float, float, float], radius_mm: float) -> np.ndarray[Any, Any]:
    """Voxels within a radius of a point."""
    index = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1)
    return np.linalg.norm(grid.to_ras_mm(index) - centre, axis=-1) <= radius_mm


def images() -> tuple[Segmentation, Volume]:
    """Labels 1 (called kidney_right, drawn on the left), 2 (kidney_left, on the right), 3 aorta."""
    grid = geometry()
    labels = np.zeros(grid.shape, np.uint8)
    voxels = np.full(grid.shape, -1000, np.int16)
    voxels[ball(grid, (0, 0, 0), 110)] = 30
    for label, centre, radius, hu in ((1, LEFT_AT, 28, 150), (2, RIGHT_AT, 28, 150), (3, (0, 20, 0), 14, 200)):
        mask = ball(grid, centre, radius)
        labels[mask], voxels[mask] = label, hu
    segments = (Segment(1, "kidney_right"), Segment(2, "kidney_left"), Segment(3, "aorta"))
    return Segmentation((labels,), grid, segments), Volume(voxels, grid, "CT")


def evidence(names: tuple[str, str, str] = ("kidney_right", "kidney_left", "aorta")) -> Evidence:
    """What would be measured of it."""
    grid = geometry()
    places = (LEFT_AT, RIGHT_AT, (0.0, 20.0, 0.0))
    segments = tuple(
        SegmentFacts(
            key=f"0:{label}",
            label=label,
            layer=0,
            name=name,
            voxel_count=950,
            volume_ml=91.2345,
            centroid_ras_mm=place,
            box_ras_mm=(place, place),
            component_count=1,
            main_component_share=1.0,
            border_area_mm2={"superior": 12.0} if label == 3 else {},
            intensity=IntensityFacts(150, 10, 120, 130, 150, 170, 180, 0, 0, 0),
        )
        for label, name, place in zip((1, 2, 3), names, places, strict=True)
    )
    scan = ScanFacts(
        shape=grid.shape,
        index_to_ras_mm=tuple(tuple(row) for row in grid.index_to_ras_mm.tolist()),
        spacing_mm=grid.spacing_mm,
        axis_codes=grid.axis_codes,
        field_of_view_box_ras_mm=((-160, -120, -90), (160, 120, 90)),
        modality="CT",
        has_image=True,
    )
    return Evidence(scan, segments)


def result(names: tuple[str, str, str] = ("kidney_right", "kidney_left", "aorta"), extra: int = 0) -> CheckResult:
    """Findings of each severity about it, and `extra` more."""
    first, second, third = names
    swapped = Finding(
        id="pair-order/kidney",
        rule=RULE + "pair-order",
        kind="contradictory",
        severity="block",
        segments=(first, second),
        message="The right kidney lies left of the left kidney.",
        evidence=(Measured("distance towards the right", -120.0, "mm", low=0.0),),
        location_ras_mm=LEFT_AT,
        causes=(
            Cause("pair_swapped", "the kidneys exchanged by the model", 0.9, ("0:1", "0:2"), ("pair-order/kidney",)),
        ),
        repair=Repair("r1", "Exchange the two labels", (RepairStep("swap", "0:1", "0:2"),), ("pair-order/kidney",)),
        sources=("Terminologia Anatomica",),
        rationale="A structure is named by the side where it lies.",
    )
    absent = Finding(
        id="present-in-view/gallbladder",
        rule=RULE + "present-in-view",
        kind="needs_confirmation",
        severity="review",
        segments=(),
        message="The gallbladder is not labelled, though its usual place is in view.",
        evidence=(Measured("share of its usual place in view", 100.0, "%", expected="labelled"),),
        location_ras_mm=None,
    )
    more = tuple(
        Finding(
            f"far/{n}", RULE + "far-fragment", "implausible", "review", (third,), f"piece {n}", (), (0.0, 20.0, 0.0)
        )
        for n in range(extra)
    )
    note = Finding("note", RULE + "one-piece", "implausible", "info", (third,), "A tiny speck.", (), None)
    return CheckResult(
        verdict="implausible",
        segments=tuple(
            SegmentVerdict(f"0:{n}", n, 0, name, f"https://w3id.org/fmassist/structure/{n}", None, status)
            for n, name, status in zip((1, 2, 3), names, ("flagged", "flagged", "cut_off"), strict=True)
        ),
        findings=(swapped, absent, *more, note),
        causes=(Cause("pair_swapped", "the kidneys exchanged by the model", 0.9, ("0:1",), ("pair-order/kidney",)),),
        outcomes=(
            RuleOutcome(RULE + "pair-order", (first, second), "failed"),
            RuleOutcome(RULE + "size", (third,), "not applicable", "cut off"),
        ),
        rule_counts={"run": 1, "passed": 0, "failed": 1, "not applicable": 1, "cannot tell": 0, "error": 0},
        versions={"program": "0.1.0", "knowledge": "2026-11-25"},
    )
