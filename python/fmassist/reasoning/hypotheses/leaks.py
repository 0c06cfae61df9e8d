"""Outlines that run on into what lies beside them, and what their neighbours lost to them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmassist.knowledge.constants import constants
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene

LOST = frozenset({"beyond", "piece", "lacking"})
"""What fails of an outline that runs on into others, and of those that it takes a part of."""
ROBBED = frozenset({*LOST, "contact", "order", "spacing"})
"""What fails besides of structures of which only a part is left."""


def into_neighbours(scene: Scene) -> Iterator[Hypothesis]:
    """One outline that runs on into what it touches: what its neighbours lost follows from it."""
    beyond = {row.segments[0] for row in scene.about("beyond")}
    lost: dict[str, set[str]] = {}
    for row in scene.showing(("piece", "lacking")):
        if row.segments and row.segments[0] not in beyond and "chain" not in row.pattern.facets:
            lost.setdefault(row.segments[0], set()).update(row.segments)
    touching = _touching(scene)
    for key in sorted(beyond):
        robbed = sorted(lost.keys() & touching.get(key, set()))
        if robbed:
            yield _drawn_into(scene, key, robbed, LOST)


def into_several(scene: Scene) -> Iterator[Hypothesis]:
    """One outline that has taken from several neighbours: nothing need be said of itself."""
    given = constants().leaks
    rows = [row for row in scene.showing(("lacking", "piece")) if row.segments]
    small = {key for key in _too_small(rows) if not scene.is_out_of_view(key)}
    touched: dict[str, set[str]] = {}
    for mine, others in _touching(scene).items():
        if others & small:
            touched[mine] = others & small
    volumes = {facts.key: facts.volume_ml for facts in scene.anatomy.evidence.segments}
    takers = {
        key: robbed
        for key, robbed in touched.items()
        if len(robbed) >= given.robbed_at_least and key not in small
        if volumes[key] >= max(volumes[other] for other in robbed)
    }
    areas = {key: _contact_mm2(scene, key, robbed) for key, robbed in takers.items()}
    most = max(areas.values(), default=1.0)
    for key, robbed in sorted(takers.items()):
        # What they lost lies where the taker meets them: of several, the one with most contact is the likeliest.
        cost = given.common_cost - math.log(max(areas[key], 1e-3) / most)
        yield _drawn_into(scene, key, sorted(robbed), ROBBED, cost)


def _contact_mm2(scene: Scene, key: str, others: set[str]) -> float:
    pairs = scene.anatomy.evidence.pairs
    return sum(p.contact_area_mm2 for p in pairs if key in (p.first, p.second) and {p.first, p.second} & others)


def _too_small(rows: list[Row]) -> set[str]:
    return {str(row.values.get("small", row.segments[0])) for row in rows}


def _touching(scene: Scene) -> dict[str, set[str]]:
    touching: dict[str, set[str]] = {}
    for pair in scene.anatomy.evidence.pairs:
        if pair.contact_area_mm2 > 0 or pair.overlap_ml > 0:
            touching.setdefault(pair.first, set()).add(pair.second)
            touching.setdefault(pair.second, set()).add(pair.first)
    return touching


def _drawn_into(
    scene: Scene, key: str, robbed: list[str], facets: frozenset[str], extra_cost: float = 0.0
) -> Hypothesis:
    names = ", ".join(scene.name(other) for other in robbed[:3]) + (" and others" if len(robbed) > 3 else "")
    return Hypothesis(
        "leak",
        f"{scene.name(key)} is drawn into {names}",
        (key, *robbed),
        explains_facets=facets,
        extra_cost=extra_cost + scene.size_cost(key, -1.0),
        leading=True,
    )


__all__ = ["into_neighbours", "into_several"]
