"""The store that studies are put into: a copy of the knowledge, made anew before it is worn.

Oxigraph's store in memory keeps what was removed until the store itself goes: after 120 studies, put in and taken out
again, every query took twice its time. A copy of the knowledge takes 30 ms, so a worn one is given up.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from pyoxigraph import NamedNode, Quad, Store

WORN = 40_000
"""Quads put in, of this and of earlier studies, after which a new copy is made (a study of a torso has some 8,000;
measured: between 20,000 and 80,000 the time per study hardly differs)."""


class WorkingStore:
    """See the module.

    Args:
        knowledge: the store with the knowledge alone; it is only read.
    """

    def __init__(self, knowledge: Store) -> None:
        self._knowledge = knowledge
        self._store: Store | None = None
        self._put = 0
        self.ended: dict[str, str] = {}
        """Queries that took too much, and what; they are not asked again."""

    @property
    def store(self) -> Store:
        """To be asked."""
        if self._store is None:
            self._store, self._put = Store(), 0
            self._store.extend(self._quads)
        return self._store

    @cached_property
    def _quads(self) -> list[Quad]:
        return list(self._knowledge)

    def renew(self) -> None:
        """Between two studies: gives up a copy that is worn."""
        if self._put > WORN:
            self._store = None

    def extend(self, quads: Iterable[Quad]) -> None:
        """Put facts in."""
        facts = list(quads)
        self._put += len(facts)
        self.store.extend(facts)

    def remove(self, quad: Quad) -> None:
        """Take one fact out."""
        self.store.remove(quad)

    def remove_graph(self, graph: NamedNode) -> None:
        """Take a whole graph of facts out."""
        self.store.remove_graph(graph)
