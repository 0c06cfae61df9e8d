"""Two segments of one structure: drawn twice, split in two, or one of them named wrongly. Their places tell which."""

from __future__ import annotations

from fmassist.evidence.facts import Box, Evidence
from fmassist.knowledge.constants import constants


def told_from_places(evidence: Evidence, keys: list[str]) -> str:
    """What the places of the two largest of several segments say, in words.

    Args:
        evidence: of the study.
        keys: of segments that have voxels; at least two.
    """
    given = constants().doubles
    first, second = sorted((evidence.segment(key) for key in keys), key=lambda f: (-f.voxel_count, f.key))[:2]
    assert first.box_ras_mm is not None
    assert second.box_ras_mm is not None
    if _shared_ml(first.box_ras_mm, second.box_ras_mm) >= given.same_place * _shared_ml(
        second.box_ras_mm, second.box_ras_mm
    ):
        return "it is drawn twice at one place"
    distance, _ = evidence.distance_mm(first.key, second.key)
    if distance <= given.beside_voxels * sum(mm * mm for mm in evidence.scan.spacing_mm) ** 0.5:
        return "they lie beside each other, as if one structure were split in two"
    return "they lie apart, so that one of them may bear the wrong name"


def _shared_ml(one: Box, other: Box) -> float:
    """Volume that two boxes share."""
    sides = [max(0.0, min(one[1][a], other[1][a]) - max(one[0][a], other[0][a])) for a in range(3)]
    return sides[0] * sides[1] * sides[2] / 1000.0
