"""What the labels measure: facts in patient space, with units, from which a check can be repeated alone."""

from fmassist.evidence.facts import (
    ApartFacts,
    BodySection,
    ComponentFacts,
    Evidence,
    IntensityFacts,
    PairFacts,
    Plane,
    ScanFacts,
    SegmentFacts,
)

__all__ = [
    "ApartFacts",
    "BodySection",
    "ComponentFacts",
    "Evidence",
    "IntensityFacts",
    "PairFacts",
    "Plane",
    "ScanFacts",
    "SegmentFacts",
]
