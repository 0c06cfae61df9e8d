"""The study lies another way than its header says: mirrored, turned, axes exchanged. One family of 48 readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.hypotheses.scene import VARIANT, Hypothesis, Scene
from fmassist.reasoning.transform import AS_STORED, Turn, mirrored, renamed, turned

LEAST_GAIN = 0.5
"""Nats per label by which another reading has to fit the typical body better (estimate: of 63 people's labels as they
were published no other reading fits better by 0.3 but where the header is wrong, or the heart was moved)."""
FITS = -4.5
"""Nats per label that the other reading has to reach (of 45 people's labels as published 44 do; in a slab of 4 cm,
where nothing tells up from down, no reading may), or be better by `MUCH_BETTER` (estimate)."""
MUCH_BETTER = 1.5
LEAST_GAIN_IN_ALL = 4.0
"""Nats over all labels (estimate: four labels that each fit by one better)."""
WORTH = 0.5
"""Of the gain counts for the turn: labels err together (estimate)."""
MOST_WORTH = 12.0
"""Nats that a gain counts for at most (estimate: no geometry is surer than that)."""
MOST = 0.6
"""Without a typical body, a mirror is considered where this share of what can show it fails (estimate: more than half,
with a margin for single errors beside it)."""
SEVERAL = 3
"""Structures that have to be concerned before one cause of the whole study is considered for them (estimate)."""
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
    lying = scene.lying
    if not lying:
        return []
    stored = lying[0].registration
    count = len(stored.fits)
    fitting = [other for other in lying[1:] if other.registration.mean_fit >= min(FITS, stored.mean_fit + MUCH_BETTER)]
    gains = [(other.turn, (other.registration.mean_fit - stored.mean_fit) * count) for other in fitting]
    least = max(LEAST_GAIN_IN_ALL, LEAST_GAIN * count)
    return sorted(((turn, gain) for turn, gain in gains if gain >= least), key=lambda g: -g[1])[:2]


def _turn(scene: Scene, turn: Turn, gain: float) -> Hypothesis:
    if turn.is_exchange:
        cause, label = "image_turned", "the axes of the study are exchanged: it is turned by 90°"
    elif len(turn.flipped) == 1:
        cause, label = _FLIPS[turn.flipped[0]]
    else:
        cause, label = _BOTH[turn.flipped]
    worth = min(WORTH * gain, MOST_WORTH)
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
    order = ("partner", None, "chain")[axis]
    if order is not None:
        failed = scene.about("order", order)
        if len(failed) > 1 and scene.share_failed("order", order) >= MOST:
            return True
    name = ("", "anterior", "superior")[axis]
    judged = [
        row
        for row in scene.judgement.rows
        if row.outcome in ("passed", "failed") and "direction" in row.pattern.facets and row.values.get("axis") == name
    ]
    wrong = sum(row.outcome == "failed" for row in judged)
    return bool(name) and wrong >= SEVERAL and wrong >= MOST * len(judged)


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
