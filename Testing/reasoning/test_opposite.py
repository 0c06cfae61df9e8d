"""Ribs of one number lie at one height on both sides; a number that one side skips is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from fmassist.reasoning.opposite import opposed, skipped

ENDS_MM = {5: 290.0, 6: 268.0, 7: 245.0, 8: 222.0, 9: 201.0, 10: 190.0, 11: 195.0}
"""How low ribs end in an adult: each lower than the one above it, down to the tenth."""


def body(left: dict[int, float], right: dict[int, float], *, cut: frozenset[str] = frozenset()):
    """Ribs by number with their lowest point, as far as this room reads them."""
    ribs, chains = {}, {"ribs left": [], "ribs right": []}
    for side, other, ends in (("left", "right", left), ("right", "left", right)):
        for number in range(1, 13):
            structure = SimpleNamespace(
                iri=f"{side}{number}", key=f"rib_{side}_{number}", label=f"{side} rib {number}", side=side,
                chain=f"ribs {side}", chain_index=number, partner=f"{other}{number}",
            )  # fmt: skip
            chains[f"ribs {side}"].append(structure)
            if number in ends:
                facts = SimpleNamespace(
                    name=structure.key, volume_ml=8.0, border_area_mm2=dict.fromkeys(cut, 30.0),
                    box_ras_mm=((0.0, 0.0, ends[number]), (90.0, 90.0, 330.0)),
                )  # fmt: skip
                ribs[structure.iri] = SimpleNamespace(structure=structure, facts=facts)
    vocabulary = frozenset(s.iri for chain in chains.values() for s in chain)
    return SimpleNamespace(by_structure=ribs, knowledge=SimpleNamespace(chains=chains), vocabulary=vocabulary)


def test_ribs_of_one_number_at_one_height_are_right():
    bent = {number: end + 9.0 for number, end in ENDS_MM.items()}
    assert not list(opposed(body(ENDS_MM, bent)))
    assert not list(skipped(body(ENDS_MM, bent)))


@pytest.mark.parametrize("step", [1, -1])
def test_a_side_numbered_one_off_is_told(step):
    renumbered = {number - step: end for number, end in ENDS_MM.items()}
    assert step in {run.step for run in opposed(body(renumbered, ENDS_MM))}


def test_what_is_cut_off_below_tells_no_height():
    renumbered = {number - 1: end for number, end in ENDS_MM.items()}
    assert not list(opposed(body(renumbered, ENDS_MM, cut=frozenset({"inferior"}))))


def test_a_rib_skipped_on_one_side_is_told_where_its_place_is_in_view():
    without = {number: end for number, end in ENDS_MM.items() if number != 9}
    assert [gap.key for gap in skipped(body(without, ENDS_MM))] == ["rib_left_9"]
    assert not list(skipped(body(without, without)))
    assert not list(skipped(body(without, ENDS_MM, cut=frozenset({"left"}))))
