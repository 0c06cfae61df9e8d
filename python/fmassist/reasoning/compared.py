"""Each structure of a study compared with every other one, in the slabs in which both are seen.

What is compared does not depend on where the scan ends: the distance of the two sections' middles to the right and to
the front, how large one is against the other, how far their upper and lower ends lie apart where neither is cut off
there, and in how many of one's slabs the other is there too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from fmassist.knowledge.constants import constants
from fmassist.reasoning.anatomy import Anatomy, Known

FEATURES = ("right", "anterior", "top", "bottom", "size")
IN_PART = "in part"
"""Beside the features: a part of one of the two is not in view, so that its sections are not those of the whole."""
BOUND = "bound"
"""Beside `top` and `bottom`: 1 where the true value lies at or above the one given, −1 where at or below."""
Compared = dict[str, dict[str, dict[str, float]]]
"""Structure's key to another's key to feature: mm, and for `size` the natural logarithm of the ratio of areas."""


@dataclass(frozen=True)
class Seen:
    """One structure in one study."""

    known: Known
    slabs: dict[int, tuple[float, float, float, float]]
    """Slab to S mm, area in mm², R and A mm."""

    @cached_property
    def cut(self) -> frozenset[str]:
        """Faces at which it is cut off."""
        return frozenset(self.known.facts.border_area_mm2)

    @cached_property
    def is_cut_beside(self) -> bool:
        """Whether its sections are not whole."""
        return bool(self.cut & {"left", "right", "anterior", "posterior"})

    @cached_property
    def is_cut_along(self) -> bool:
        """Whether it goes on above or below what is in view."""
        return bool(self.cut & {"superior", "inferior"})


def seen(anatomy: Anatomy) -> dict[str, Seen]:
    """Every structure with sections, by its key."""
    found = {}
    for known in anatomy.by_structure.values():
        if known.facts.sections:
            found[known.structure.key] = Seen(known, {s[0]: s[1:] for s in known.facts.sections})
    return found


def compare(one: Seen, other: Seen) -> dict[str, float]:
    """How the first lies and is sized, seen from the second; features that can't be told are left out."""
    return _both_ways(one, other)[0]


def _both_ways(one: Seen, other: Seen) -> tuple[dict[str, float], dict[str, float]]:
    """How each lies and is sized, seen from the other: what is above the one is as far below the other."""
    found: dict[str, float] = {}
    back: dict[str, float] = {}
    # What leaves through the side may go on above or below out of view.
    if one.is_cut_beside or other.is_cut_beside:
        return found, back
    common = one.slabs.keys() & other.slabs.keys()
    in_part = one.is_cut_along or other.is_cut_along
    if len(common) >= (constants().comparison.slabs_in_part if in_part else constants().comparison.least_slabs):
        mine, theirs = [one.slabs[n] for n in common], [other.slabs[n] for n in common]
        for name, at in (("right", 2), ("anterior", 3)):
            found[name] = sum([a[at] - b[at] for a, b in zip(mine, theirs, strict=True)]) / len(common)
            back[name] = -found[name]
        area, other_area = sum([a[1] for a in mine]), sum([b[1] for b in theirs])
        found["size"], back["size"] = math.log(area / other_area), math.log(other_area / area)
        if in_part:
            found[IN_PART] = back[IN_PART] = 1.0
    a, b = one.known.facts.box_ras_mm, other.known.facts.box_ras_mm
    if a is not None and b is not None:
        for name, face, end in (("top", "superior", 1), ("bottom", "inferior", 0)):
            mine_cut, theirs_cut = face in one.cut, face in other.cut
            if not (mine_cut and theirs_cut):
                found[name] = a[end][2] - b[end][2]
                back[name] = -found[name]
            # Of one that is cut off its true end lies further out: the difference is a bound.
            if mine_cut != theirs_cut:
                found[f"{name} {BOUND}"] = (1.0 if name == "top" else -1.0) * (1.0 if mine_cut else -1.0)
                back[f"{name} {BOUND}"] = -found[f"{name} {BOUND}"]
    return found, back


def compared(anatomy: Anatomy) -> Compared:
    """Every structure against every other one."""
    everyone = seen(anatomy)
    found: Compared = {key: {} for key in everyone}
    for (key, one), (other, two) in combinations(everyone.items(), 2):
        found[key][other], found[other][key] = _both_ways(one, two)
    return found


def together(anatomy: Anatomy) -> Iterator[tuple[str, str, float, int]]:
    """For each ordered pair that is seen: the share of the second's slabs in which the first is there, and of how many.

    The second must be seen from end to end: of a rib's lower part another organ lies beside it than of its upper one.
    """
    everyone = seen(anatomy)
    for key, one in everyone.items():
        for other, two in everyone.items():
            if key != other and two.slabs and not two.cut & {"superior", "inferior"}:
                yield key, other, len(one.slabs.keys() & two.slabs.keys()) / len(two.slabs), len(two.slabs)
