"""What the image shows under a structure, against others of the same image: needs no CT numbers, and no sequence.

A label that lies beside its organ holds what lies beside it. Half of it is then of other intensity than its partner or
its neighbours in the chain; of an organ without kin, a good part is fat, or far more kinds of tissue than other organs
of the image hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from fmassist.evidence.facts import IntensityFacts
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.reasoning.anatomy import Anatomy, Known

LEAST_ML = 3.0
LEAST_VOXELS = 100
"""Of smaller ones the rim is most (estimates: the right adrenal glands of the shared studies differ by a quarter)."""
MOST_METAL = 0.005
"""With more metal in it, streaks make a structure unlike its kin (as rule:other-tissue)."""
MOST_BONE_HU = 1800.0
"""Where a twentieth of a structure lies above it, that is metal too, which many images clip at 2,000 to 3,000 HU
(estimate: the densest cortical bone has about 2,000 HU, and is a thin shell)."""
BESIDE_KIN = 0.25
"""What lies beyond its kin's middle nine tenths by less than this share of their width is like them (estimate: an image
in steps of 20 HU puts half of a kidney on one step; fat lies two such widths beside it)."""
FAT_HU = -30.0
"""Below it is fat, or gas (fat −60 to −120 HU; tissue from 0 HU on; half-way)."""
LEAST_OTHERS = 6
"""Structures that tell how much the intensities of one spread in this image (estimate)."""
REACH = 2
"""Places in a chain: what lies further away is of another size and marrow (estimate)."""
SOLID = FMX + "SolidOrgan"


@dataclass(frozen=True)
class Unlike:
    """How much of a structure is of other intensity than the middle nine tenths of its likeliest kin."""

    known: Known
    kin: Known
    share: float


def share_below(intensity: IntensityFacts, value: float) -> float:
    """Share of a structure's voxels below a value, from its percentiles."""
    i = intensity
    p25 = i.p05 + 0.45 * (i.p50 - i.p05) if i.p25 is None else i.p25
    p75 = i.p95 - 0.45 * (i.p95 - i.p50) if i.p75 is None else i.p75
    ends = (2 * i.p01 - i.p05, i.p01, i.p05, p25, i.p50, p75, i.p95, i.p99, 2 * i.p99 - i.p95)
    # Percentiles of an image of few values fall together, and have to rise all the same.
    rising = np.maximum.accumulate(np.array(ends)) + 1e-6 * np.arange(len(ends))
    return float(np.interp(value, rising, (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)))


def unlike_kin(anatomy: Anatomy) -> Iterator[Unlike]:
    """Each structure that has a partner or neighbours in its chain, with the one that it is most like."""
    able = {k.structure.iri: k for k in anatomy.by_structure.values() if _tells(anatomy, k)}
    for known in able.values():
        mine = known.facts.intensity
        kin = [able[iri] for iri in _kin(anatomy, known) if iri in able]
        if mine is None or not kin or (known.is_cut and SOLID in known.structure.groups):
            continue  # Of an organ that is cut off, rim and middle are not seen in the parts that its partner shows.
        shares = [(_outside(mine, k.facts.intensity), k) for k in kin if k.facts.intensity is not None]
        share, nearest = min(shares, key=lambda found: (found[0], found[1].facts.key))
        yield Unlike(known, nearest, share)


def _tells(anatomy: Anatomy, known: Known) -> bool:
    facts = known.facts
    intensity = facts.intensity
    enough = facts.volume_ml >= LEAST_ML and facts.voxel_count >= LEAST_VOXELS
    if intensity is None or not enough or intensity.metal_share > MOST_METAL:
        return False
    return not (anatomy.evidence.scan.looks_like_hu and intensity.p95 > MOST_BONE_HU)


def _kin(anatomy: Anatomy, known: Known) -> list[str]:
    structure = known.structure
    kin = [structure.partner] if structure.partner else []
    members = anatomy.knowledge.chains.get(structure.chain or "", [])
    number = structure.chain_index or 0
    kin += [m.iri for m in members if 0 < abs((m.chain_index or 0) - number) <= REACH and m.iri != ST + "sacrum"]
    return kin


def _outside(mine: IntensityFacts, kin: IntensityFacts | None) -> float:
    assert kin is not None
    margin = BESIDE_KIN * (kin.p95 - kin.p05)
    return share_below(mine, kin.p05 - margin) + 1.0 - share_below(mine, kin.p95 + margin)


def fat_shares(anatomy: Anatomy) -> Iterator[tuple[Known, float]]:
    """Each structure with the share of it that is fat or gas; CT alone."""
    if not anatomy.evidence.scan.looks_like_hu:
        return
    for known in anatomy.known:
        if _tells(anatomy, known) and known.facts.intensity is not None:
            yield known, share_below(known.facts.intensity, FAT_HU)


def spreads(anatomy: Anatomy) -> Iterator[tuple[Known, float]]:
    """Each structure with how many times as far apart its quartiles are as those of the one in the middle; no CT."""
    if anatomy.evidence.scan.looks_like_hu or not anatomy.evidence.scan.has_image:
        return
    widths = [
        (known, _width(known.facts.intensity))
        for known in anatomy.known
        if _tells(anatomy, known) and known.facts.intensity is not None
    ]
    usual = median([width for _, width in widths]) if len(widths) >= LEAST_OTHERS else 0.0
    if usual > 0:
        for known, width in widths:
            yield known, width / usual


def _width(intensity: IntensityFacts) -> float:
    """Distance of the quartiles; of older evidence, that of a normal distribution with the same 5 and 95 %."""
    if intensity.p25 is None or intensity.p75 is None:
        return 0.41 * (intensity.p95 - intensity.p05)
    return intensity.p75 - intensity.p25
