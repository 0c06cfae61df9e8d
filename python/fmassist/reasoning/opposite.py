"""Ribs against those of the other side: ribs of one number lie at one height, left and right, and none is skipped.

Where the heads are out of view nothing tells a rib's number but its partner. The lower ends of all ribs in a run
without a gap are laid on those of the other side as numbered, and shifted by one: a run is told where the shifted
reading fits every rib far better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from fmassist.knowledge.constants import constants
from fmassist.reasoning.anatomy import Anatomy, Known


@dataclass(frozen=True)
class Opposed:
    """A run of ribs that lies beside the other side's ribs of the next number.

    Args:
        ribs: from the top down.
        step: what must be added to their numbers, +1 or −1.
        off_mm: median height above their partners of the same number.
        shifted_mm: median distance in height from those of the shifted number.
    """

    ribs: tuple[Known, ...]
    step: int
    off_mm: float
    shifted_mm: float


def opposed(anatomy: Anatomy) -> Iterator[Opposed]:
    """Runs of one side that would fit the other side one number further on."""
    sides = {side: _lower_ends(anatomy, side) for side in ("left", "right")}
    for side, other in (("left", "right"), ("right", "left")):
        for run in _runs(sorted(sides[side])):
            found = _shifted(sides[side], sides[other], run)
            if found is not None:
                yield found


@dataclass(frozen=True)
class Skipped:
    """A rib without a label between two of its side, while its partner is labelled."""

    label: str
    key: str
    above: Known
    below: Known
    partner: Known


def skipped(anatomy: Anatomy) -> Iterator[Skipped]:
    """Ribs that one side lacks between two neighbours, with all of its place to the sides in view."""
    members = {m.iri: m for name, chain in anatomy.knowledge.chains.items() if name.startswith("ribs") for m in chain}
    by_number = {(m.side, m.chain_index or 0): anatomy.by_structure.get(iri) for iri, m in members.items()}
    for structure in members.values():
        side, number = structure.side, structure.chain_index or 0
        partner = anatomy.by_structure.get(structure.partner or "")
        above, below = by_number.get((side, number - 1)), by_number.get((side, number + 1))
        is_asked = structure.iri in anatomy.vocabulary and structure.iri not in anatomy.by_structure
        if not is_asked or above is None or below is None or partner is None:
            continue
        beside = {"left", "right", "anterior", "posterior"}
        in_view = not any(beside & set(known.facts.border_area_mm2) for known in (above, below, partner))
        if in_view and min(k.facts.volume_ml for k in (above, below, partner)) >= constants().opposite.least_partner_ml:
            yield Skipped(structure.label, structure.key, above, below, partner)


def _is_rib(known: Known, side: str) -> bool:
    chain = known.structure.chain
    return chain is not None and chain.startswith("ribs") and known.structure.side == side


def _lower_ends(anatomy: Anatomy, side: str) -> dict[int, tuple[float, Known]]:
    """By number the S mm of a rib's lowest point, of those that are seen down to it."""
    found = {}
    for known in anatomy.by_structure.values():
        structure, box = known.structure, known.facts.box_ras_mm
        # What the image cuts in front or to the side goes on lower down.
        if _is_rib(known, side) and box is not None and not set(known.facts.border_area_mm2) - {"superior"}:
            found[structure.chain_index or 0] = (box[0][2], known)
    return found


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    """Numbers that follow each other."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _shifted(
    mine: dict[int, tuple[float, Known]], theirs: dict[int, tuple[float, Known]], run: list[int]
) -> Opposed | None:
    given = constants().opposite
    off = [mine[n][0] - theirs[n][0] for n in run if n in theirs and n <= given.last_in_steps]
    for step in (1, -1):
        moved = [abs(mine[n][0] - theirs[n + step][0]) for n in run if n + step in theirs and n <= given.last_in_steps]
        if min(len(off), len(moved)) < given.least_pairs or max(moved) > given.fits_mm:
            continue
        # A rib whose number should be higher lies lower than its partner.
        enough = max(given.least_median_mm, given.times_better * median(moved))
        if min(-step * o for o in off) >= given.least_off_mm and abs(median(off)) >= enough:
            return Opposed(tuple(mine[n][1] for n in run), step, median(off), median(moved))
    return None
