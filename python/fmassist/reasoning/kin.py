"""Muscles look alike in one image, whatever its modality: what a scan without CT numbers can be held against."""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.knowledge.constants import constants
from fmassist.knowledge.namespaces import FMX
from fmassist.reasoning.anatomy import Anatomy, Known

MUSCLE = FMX + "Muscle"


def kin_ranges(anatomy: Anatomy) -> Iterator[tuple[Known, float, float]]:
    """Each muscle with the range of intensities of the one in the middle, half of all muscle being brighter.

    The range reaches from its 5th to its 95th percentile: fat between the fibres is in it, and what coils add to one
    side of the body.
    """
    given = constants().kin
    muscles = sorted(
        (
            (known.facts.intensity, known)
            for known in anatomy.known
            if MUSCLE in known.structure.groups
            and known.facts.intensity is not None
            and known.facts.voxel_count >= given.least_voxels
        ),
        key=lambda pair: (pair[0].p50, pair[1].facts.key),
    )
    if len(muscles) < given.least_muscles:
        return
    half, seen = sum(known.facts.volume_ml for _, known in muscles) / 2, 0.0
    for intensity, known in muscles:
        seen += known.facts.volume_ml
        if seen >= half:
            yield from ((other, intensity.p05, intensity.p95) for _, other in muscles)
            return
