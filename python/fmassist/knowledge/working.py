"""The stores that studies are put into: copies of the knowledge, one for each study that is judged at a time.

Oxigraph's store in memory keeps what was removed until the store itself goes: after 120 studies, put in and taken out
again, every query took twice its time. A copy of the knowledge takes 30 ms, so a worn one is given up.

The knowledge itself never changes, so that threads share it: each study borrows a copy of its own, and gives it back
for the next one.
"""

from __future__ import annotations

import threading
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


MOST_IDLE = 4
"""Copies that are kept while nobody uses them, about 25 MB each."""

_idle: list[tuple[Store, WorkingStore]] = []
"""Copies that nobody uses, beside the knowledge that each is a copy of; the one used last stands last."""
_idle_lock = threading.Lock()


def borrow(knowledge: Store) -> WorkingStore:
    """A copy of this knowledge that nobody else uses until it is given back."""
    with _idle_lock:
        for at in reversed(range(len(_idle))):
            if _idle[at][0] is knowledge:
                working = _idle.pop(at)[1]
                break
        else:
            working = WorkingStore(knowledge)
    working.renew()
    return working


def give_back(knowledge: Store, working: WorkingStore) -> None:
    """Keep a copy for the next study under the same knowledge; no study's facts may be left in it."""
    with _idle_lock:
        _idle.append((knowledge, working))
        del _idle[:-MOST_IDLE]
