"""Labels exchanged: partners, parts of partners, and any two flagged segments."""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.evidence.facts import ComponentFacts
from fmassist.reasoning.anatomy import Known
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene
from fmassist.reasoning.transform import renamed

MAX_PAIRWISE = 5
"""Exchanges are tried between at most this many flagged segments, so that the number of trials stays bounded."""
HALF = 0.5
"""Of two partners lies on the other's side from which the two are exchanged as a whole (algorithm: the majority)."""


def swaps(scene: Scene) -> Iterator[Hypothesis]:
    """Partners exchanged; links of a chain in the wrong order; then any two misplaced segments exchanged."""
    seen = set()
    for row in scene.about("order", "partner"):
        seen.add(frozenset(row.segments))
        if not _is_torn(scene, row.segments):
            yield _swap(scene, "pair_swapped", *row.segments)
    for row in scene.about("order", "chain"):
        if frozenset(row.segments) not in seen:
            seen.add(frozenset(row.segments))
            yield _swap(scene, "labels_exchanged", *row.segments)
    misplaced = {key for row in scene.about("misplaced") for key in row.segments}
    flagged = [known for known in scene.flagged() if known.facts.key in misplaced][:MAX_PAIRWISE]
    for i, first in enumerate(flagged):
        for second in flagged[i + 1 :]:
            keys = frozenset((first.facts.key, second.facts.key))
            if keys not in seen and first.structure.chain == second.structure.chain is None:
                seen.add(keys)
                yield _swap(scene, "labels_exchanged", first.facts.key, second.facts.key)


def _is_torn(scene: Scene, keys: tuple[str, ...]) -> bool:
    """Whether a good part of both partners lies apart from their main pieces: then parts are exchanged, not all."""
    return all(scene.anatomy.evidence.segment(key).main_component_share < 0.8 for key in keys)


def partly_swapped(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of both partners that lie where the other one is: a slab in which the two sides were exchanged."""
    flagged = {row.segments[0] for row in scene.showing(("piece", "crossing"))}
    flagged |= {key for row in scene.about("order", "partner") for key in row.segments}
    for known in scene.anatomy.known:
        partner = scene.anatomy.by_structure.get(known.structure.partner or "")
        if known.structure.side != "right" or partner is None:
            continue
        pair = (known.facts.key, partner.facts.key)
        if not set(pair) <= flagged:
            continue
        steps = tuple(
            RepairStep("relabel", mine.facts.key, other.structure.iri, i)
            for mine, other in ((known, partner), (partner, known))
            for i, piece in enumerate(mine.facts.components)
            if i and _nearer(piece, other, mine)
        )
        crossing = {row.segments[0] for row in scene.about("crossing")}
        ordered = any(set(row.segments) == set(pair) for row in scene.about("order", "partner"))
        if len({step.segment for step in steps}) < 2 and not (set(pair) & crossing):
            continue
        # Where the larger parts are the exchanged ones, the pieces to be moved are not the smaller ones: no repair.
        label = f"parts of {scene.name(pair[0])} and {scene.name(pair[1])} are exchanged"
        yield Hypothesis(
            "pair_swapped",
            label,
            pair,
            explains_facets=frozenset({"piece", "crossing", "side", "midline"}),
            steps=() if ordered else steps,
            leading=True,
        )


def _nearer(piece: ComponentFacts, other: Known, mine: Known) -> bool:
    """Whether a piece lies nearer, from left to right, to the partner's main piece than to its own."""
    at = piece.centroid_ras_mm[0]
    theirs, own = other.facts.components[0].centroid_ras_mm[0], mine.facts.components[0].centroid_ras_mm[0]
    return abs(at - theirs) < abs(at - own)


def _swap(scene: Scene, cause: str, a: str, b: str) -> Hypothesis:
    meanings = scene.anatomy.meanings
    other = renamed(scene.anatomy, {a: meanings[b], b: meanings[a]})
    label = f"{scene.name(a)} and {scene.name(b)} are exchanged"
    return Hypothesis(cause, label, (a, b), other, scene.context, steps=(RepairStep("swap", a, b),))
