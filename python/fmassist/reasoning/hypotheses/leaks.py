"""Outlines that run on into what lies beside them, and what their neighbours lost to them."""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.reasoning.hypotheses.numbers import smaller_of
from fmassist.reasoning.hypotheses.scene import PIECES, Hypothesis, Scene

BEYOND = frozenset(
    {
        *("SizeRange", "NoOverlap", "LittleOtherTissue", "Calibre", "StaysOnItsSide"),
        *("OwnTissueAtEdge", "BorderOnNeighbour"),
    }
)
"""Patterns that fail when an outline runs on into what lies beside it."""
ROBBED = frozenset(
    {*("SizeRange", "PairSize", "NeighbourSize", "NoFlatCut", "Contact", "ChainOrder", "ChainSpacing"), *PIECES}
)
"""Patterns that fail of a structure of which only a part is left."""
ROBBED_AT_LEAST = 3
COMMON_COST = 1.0
"""Three structures or more that touch one, and are all too small, have lost to it what they lack (estimate: one
structure that is drawn too large is likelier than three that are drawn too small on their own)."""
LOST = (*PIECES, "PairSize", "NeighbourSize", "NoFlatCut", "NoCavity", "NothingLeftOutside")
"""Patterns that fail where a neighbour's outline takes a part of a structure."""


def into_neighbours(scene: Scene) -> Iterator[Hypothesis]:
    """One outline that runs on into what it touches: what its neighbours lost follows from it."""
    beyond = {row.segments[0] for row in scene.by_pattern(*BEYOND)}
    lost: dict[str, set[str]] = {}
    for row in scene.by_pattern(*LOST):
        if row.segments[0] not in beyond:
            lost.setdefault(row.segments[0], set()).update(row.segments)
    touching: dict[str, set[str]] = {}
    for pair in scene.anatomy.evidence.pairs:
        if pair.contact_area_mm2 > 0 or pair.overlap_ml > 0:
            touching.setdefault(pair.first, set()).add(pair.second)
            touching.setdefault(pair.second, set()).add(pair.first)
    for key in sorted(beyond):
        robbed = sorted(lost.keys() & touching.get(key, set()))
        if not robbed:
            continue
        yield _drawn_into(scene, key, robbed, BEYOND | frozenset(LOST))


def into_several(scene: Scene) -> Iterator[Hypothesis]:
    """One outline that has taken from several neighbours: nothing need be said of itself."""
    small = {
        smaller_of(row)
        for row in scene.by_pattern("SizeRange", "PairSize", "NeighbourSize", *PIECES)
        if not row.rule.pattern.endswith(("SizeRange", "NeighbourSize"))
        or float(row.values.get("value", 0)) < float(row.values.get("low", 0))
    }
    touched: dict[str, set[str]] = {}
    for pair in scene.anatomy.evidence.pairs:
        if pair.contact_area_mm2 > 0:
            for mine, other in ((pair.first, pair.second), (pair.second, pair.first)):
                if other in small:
                    touched.setdefault(mine, set()).add(other)
    volumes = {facts.key: facts.volume_ml for facts in scene.anatomy.evidence.segments}
    for key, robbed in sorted(touched.items()):
        if len(robbed) < ROBBED_AT_LEAST or key in small or volumes[key] < max(volumes[other] for other in robbed):
            continue
        yield _drawn_into(scene, key, sorted(robbed), BEYOND | ROBBED, COMMON_COST)


def _drawn_into(
    scene: Scene, key: str, robbed: list[str], patterns: frozenset[str], extra_cost: float = 0.0
) -> Hypothesis:
    names = ", ".join(scene.name(other) for other in robbed[:3]) + (" and others" if len(robbed) > 3 else "")
    return Hypothesis(
        "leak",
        f"{scene.name(key)} is drawn into {names}",
        (key, *robbed),
        explains_patterns=patterns,
        extra_cost=extra_cost,
        leading=True,
    )
