"""What the knowledge says of structures in numbers that need no query: sizes, CT numbers, directions between two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Store

from fmassist.knowledge.namespaces import FMX

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge

_AXES = {
    "superiorTo": (2, 1), "inferiorTo": (2, -1), "anteriorTo": (1, 1), "posteriorTo": (1, -1), "rightOf": (0, 1),
    "leftOf": (0, -1),
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """Numbers of structures by IRI.

    Args:
        volumes_ml: lowest and highest usual volume, over both sexes.
        tissues_hu: lowest and highest usual median CT number.
        directions: structure, axis (RAS), sign, other: the first lies on that side of the second.
    """

    volumes_ml: dict[str, tuple[float, float]]
    tissues_hu: dict[str, tuple[float, float]]
    directions: tuple[tuple[str, int, int, str], ...]


def expected_of(knowledge: Knowledge) -> Expected:
    """The numbers of a knowledge, read once."""
    kept = _kept.get(id(knowledge.store))
    if kept is None or kept[0] is not knowledge.store:
        _kept.clear()
        kept = _kept[id(knowledge.store)] = (knowledge.store, _read(knowledge.store))
    return kept[1]


_kept: dict[int, tuple[Store, Expected]] = {}
"""The numbers of the knowledge that was asked last, beside the store that they were read from."""


def _read(store: Store) -> Expected:
    volumes: dict[str, tuple[float, float]] = {}
    for subject, quantity in _pairs(store, "quantity"):
        if quantity != "volume":
            continue
        said = {name: value for name in ("structure", "low", "high") if (value := _one(store, subject, name))}
        if len(said) == 3:
            low, high = volumes.get(said["structure"], (float("inf"), 0.0))
            volumes[said["structure"]] = (min(low, float(said["low"])), max(high, float(said["high"])))
    tissues: dict[str, tuple[float, float]] = {}
    for structure, tissue in _pairs(store, "tissue"):
        low_hu, high_hu = _one(store, tissue, "huLow"), _one(store, tissue, "huHigh")
        if low_hu and high_hu:
            tissues[structure] = (float(low_hu), float(high_hu))
    directions = [
        (one, axis, sign, other) for name, (axis, sign) in _AXES.items() for one, other in _pairs(store, name)
    ]
    return Expected(volumes, tissues, tuple(sorted(directions)))


def _pairs(store: Store, name: str) -> Iterator[tuple[str, str]]:
    for quad in store.quads_for_pattern(None, NamedNode(FMX + name), None):
        if isinstance(quad.subject, NamedNode):
            yield quad.subject.value, quad.object.value  # type: ignore[union-attr]


def _one(store: Store, subject: str, name: str) -> str:
    found = next(iter(store.quads_for_pattern(NamedNode(subject), NamedNode(FMX + name), None)), None)
    return found.object.value if found is not None else ""  # type: ignore[union-attr]
