"""How far the two sides of a body, and the links of its spine, are alike where the image shows both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fmassist.knowledge.constants import constants
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.compared import Seen, seen


@dataclass(frozen=True)
class Sections:
    """Two partners, the larger first, and how many times its sections are as large where both are seen."""

    larger: Known
    smaller: Known
    ratio: float


def partner_sections(anatomy: Anatomy) -> Iterator[Sections]:
    """Partners by their sections at the same heights: this holds however the field of view cuts them."""
    everyone = seen(anatomy)
    for known in anatomy.by_structure.values():
        other = anatomy.by_structure.get(known.structure.partner or "")
        if known.structure.side != "right" or other is None:
            continue
        mine, theirs = everyone.get(known.structure.key), everyone.get(other.structure.key)
        if mine is None or theirs is None or mine.is_cut_beside or theirs.is_cut_beside:
            continue
        ratio = _ratio(mine, theirs)
        if ratio is not None:
            yield Sections(known, other, ratio) if ratio >= 1 else Sections(other, known, 1 / ratio)


def _ratio(one: Seen, other: Seen) -> float | None:
    common = one.slabs.keys() & other.slabs.keys()
    if len(common) < constants().comparison.slabs_in_part:
        return None
    areas = [sum(s.slabs[n][1] for n in common) for s in (one, other)]
    return areas[0] / areas[1] if min(areas) > 0 else None


def bends(anatomy: Anatomy) -> Iterator[tuple[Known, float]]:
    """Each vertebra that is seen whole between two others, with how far it lies off the line between these, over half
    of its length. How far along the line it lies is left to the rules of spacing: a number left out moves it there.
    """
    members = {m.chain_index: anatomy.by_structure.get(m.iri) for m in anatomy.knowledge.chains.get("spine", [])}
    for number, known in members.items():
        beside = [members.get((number or 0) + step) for step in (-1, 1)]
        three = [k for k in (beside[0], known, beside[1]) if k is not None]
        if len(three) < 3 or any(k.is_cut or k.structure.iri == ST + "sacrum" for k in three):
            continue
        above, mine, below = (np.array(k.facts.components[0].centroid_ras_mm) for k in three)
        along = below - above
        length = float(np.linalg.norm(along))
        if known is not None and length > 0:
            off = mine - above
            yield known, float(np.linalg.norm(off - along * (off @ along) / length**2)) / (length / 2)
