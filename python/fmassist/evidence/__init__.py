"""What the labels measure: facts in patient space, with units, from which a check can be repeated alone."""

from fmassist.evidence.facts import (
    Axis,
    BodySection,
    ChainFacts,
    ChainMember,
    ComponentFacts,
    Evidence,
    IntensityFacts,
    MirrorFacts,
    PairFacts,
    Plane,
    ScanFacts,
    SegmentFacts,
)

__all__ = [
    "Axis",
    "BodySection",
    "ChainFacts",
    "ChainMember",
    "ComponentFacts",
    "Evidence",
    "IntensityFacts",
    "MirrorFacts",
    "PairFacts",
    "Plane",
    "ScanFacts",
    "SegmentFacts",
]
