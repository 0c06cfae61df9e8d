"""The study lies another way than its header says: mirrored, turned, axes exchanged. One family of 48 readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmassist.knowledge.constants import constants
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.hypotheses.scene import VARIANT, Hypothesis, Scene
from fmassist.reasoning.transform import AS_STORED, Turn, mirrored, renamed, turned

_FLIPS = (
    ("image_mirrored", "the image or its labels are mirrored left to right"),
    ("image_front_to_back", "the image or its labels are turned front to back"),
    ("image_upside_down", "the image or its labels are turned head to foot"),
)
_BOTH = {
    (0, 1): ("image_front_to_back", "the study is turned by 180° about its long axis, as of a patient lying prone"),
    (0, 2): ("image_upside_down", "the study is turned by 180° in the coronal plane, as of a patient lying feet first"),
    (1, 2): ("image_upside_down", "the study is turned by 180° about the axis from right to left"),
    (0, 1, 2): ("image_upside_down", "all three axes of the study run the wrong way"),
}


def turns(scene: Scene) -> Iterator[Hypothesis]:
    """The readings of the grid in which the labels fit better than as stored, and situs inversus beside a mirror."""
    seen: set[Turn] = set()
    for turn, gain in _better(scene):
        seen.add(turn)
        yield _turn(scene, turn, gain)
    for axis in range(3):
        turn = Turn(signs=tuple(-1 if a == axis else 1 for a in range(3)))  # type: ignore[arg-type]
        if turn not in seen and _fails_along(scene, axis):
            yield _turn(scene, turn, 0.0)
    sides = [row for row in scene.about("direction") if row.values.get("axis") == "right"]
    if len(sides) >= 2:
        inverse = replace(scene.context, history=(*scene.context.history, VARIANT + "situs_inversus"))
        yield Hypothesis("situs_inversus", "situs inversus", (), _inverse(scene.anatomy), inverse, is_global=True)


def _better(scene: Scene) -> list[tuple[Turn, float]]:
    """Turns with the nats that all labels together gain by them."""
    given = constants().turns
    lying = scene.lying
    if not lying:
        return []
    stored = lying[0].registration
    count = len(stored.fits)
    fitting = [
        other
        for other in lying[1:]
        if other.registration.mean_fit >= min(given.fits, stored.mean_fit + given.much_better)
    ]
    gains = [(other.turn, (other.registration.mean_fit - stored.mean_fit) * count) for other in fitting]
    least = max(given.least_gain_in_all, given.least_gain * count)
    return sorted(((turn, gain) for turn, gain in gains if gain >= least), key=lambda g: -g[1])[:2]


def _turn(scene: Scene, turn: Turn, gain: float) -> Hypothesis:
    given = constants().turns
    if turn.is_exchange:
        cause, label = "image_turned", "the axes of the study are exchanged: it is turned by 90°"
    elif len(turn.flipped) == 1:
        cause, label = _FLIPS[turn.flipped[0]]
    else:
        cause, label = _BOTH[turn.flipped]
    worth = min(given.worth * gain, given.most_worth)
    return Hypothesis(
        cause,
        label,
        (),
        turned(scene.anatomy, turn),
        scene.context,
        explains_facets=frozenset({"image"}),
        is_global=True,
        extra_cost=-worth,
        tempered=True,
    )


def _fails_along(scene: Scene, axis: int) -> bool:
    """Whether most of what is known of one axis is the other way round."""
    given = constants().turns
    order = ("partner", None, "chain")[axis]
    if order is not None:
        failed = scene.about("order", order)
        if len(failed) > 1 and scene.share_failed("order", order) >= given.most:
            return True
    name = ("", "anterior", "superior")[axis]
    judged = [
        row
        for row in scene.judgement.rows
        if row.outcome in ("passed", "failed") and "direction" in row.pattern.facets and row.values.get("axis") == name
    ]
    wrong = sum(row.outcome == "failed" for row in judged)
    return bool(name) and wrong >= given.several and wrong >= given.most * len(judged)


def _inverse(anatomy: Anatomy) -> Anatomy:
    """The body in its mirror, where each paired structure bears the name of the side that it lies on then.

    What is left of such a body, seen so, is as in everyone else: the spleen at the kidney of its side, and the arch of
    the aorta where the vessels of its side begin.
    """
    seen = mirrored(anatomy, 0)
    structures = anatomy.knowledge.structures
    partners = {
        key: partner
        for key, iri in anatomy.meanings.items()
        if (partner := structures[iri].partner) is not None and partner in structures
    }
    return renamed(seen, partners)


__all__ = ["AS_STORED", "turns"]
