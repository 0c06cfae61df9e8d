"""What the labels measure: facts in patient space, with units, from which a check can be repeated alone."""

from fmassist.evidence.facts import (
    ChainFacts,
    ChainMember,
    ComponentFacts,
    Evidence,
    IntensityFacts,
    PairFacts,
    Plane,
    ScanFacts,
    SegmentFacts,
)

__all__ = [
    "ChainFacts",
    "ChainMember",
    "ComponentFacts",
    "Evidence",
    "IntensityFacts",
    "PairFacts",
    "Plane",
    "ScanFacts",
    "SegmentFacts",
]
