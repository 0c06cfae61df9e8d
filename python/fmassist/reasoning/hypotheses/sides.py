"""Labels exchanged: partners, parts of partners, and any two flagged segments."""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.evidence.facts import ComponentFacts
from fmassist.reasoning.anatomy import Known
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.hypotheses.scene import PIECES, Hypothesis, Scene
from fmassist.reasoning.transform import renamed

MAX_PAIRWISE = 4
"""Exchanges are tried between at most this many flagged segments, so that the number of trials stays bounded."""
MISPLACED = ("Direction", "LevelPlacement", "Contact", "Contained", "TissueIntensity", "SideOfMidline")
"""Patterns that fail when two structures bear each other's label."""


def swaps(scene: Scene) -> Iterator[Hypothesis]:
    """Partners exchanged; then any two flagged segments exchanged."""
    seen = set()
    for row in scene.by_pattern("PairOrder"):
        seen.add(frozenset(row.segments))
        yield _swap(scene, "pair_swapped", *row.segments)
    misplaced = {key for row in scene.by_pattern(*MISPLACED) for key in row.segments}
    flagged = [known for known in scene.flagged() if known.facts.key in misplaced][:MAX_PAIRWISE]
    for i, first in enumerate(flagged):
        for second in flagged[i + 1 :]:
            keys = frozenset((first.facts.key, second.facts.key))
            if keys not in seen and first.structure.chain == second.structure.chain is None:
                yield _swap(scene, "labels_exchanged", first.facts.key, second.facts.key)


def partly_swapped(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of both partners that lie where the other one is: a slab in which the two sides were exchanged."""
    rows = scene.by_pattern(*PIECES, "StaysOnItsSide")
    flagged = {row.segments[0] for row in rows}
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
        if len({step.segment for step in steps}) < 2 and not scene.by_pattern("StaysOnItsSide"):
            continue
        label = f"parts of {scene.name(pair[0])} and {scene.name(pair[1])} are exchanged"
        patterns = frozenset((*PIECES, "StaysOnItsSide"))
        yield Hypothesis("pair_swapped", label, pair, explains_patterns=patterns, steps=steps, leading=True)


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
