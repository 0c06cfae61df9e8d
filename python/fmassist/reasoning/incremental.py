"""What of a study has to be asked anew when its labels are read in another way.

A hypothesis changes the meaning of a few segments. Of the patterns that read none of the facts that change with it,
every outcome stays; of the others, that of every row about no segment whose facts change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pyoxigraph import NamedNode, Quad

from fmassist.evidence.rdf import EV

_SEGMENT = "urn:fmassist:segment:"
_BETWEEN = ("urn:fmassist:link:", "urn:fmassist:joint:", "urn:fmassist:pair:")
"""Nodes that stand between segments, whose keys are in their names."""


class Changes:
    """Derived facts that one of two readings has and the other has not."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._by_term: dict[str, set[str] | None] = {}
        for quad in quads:
            name = quad.predicate.value.removeprefix(EV)
            keys = _keys(quad.subject.value if isinstance(quad.subject, NamedNode) else "")
            known = self._by_term.setdefault(name, set())
            if keys is None or known is None:
                self._by_term[name] = None
            else:
                known.update(keys)

    def segments_for(self, query: str) -> frozenset[str] | None:
        """Keys of the segments about which a query has to be asked anew; None for all."""
        terms, is_local = _reads(query)
        found: set[str] = set()
        for name in terms & self._by_term.keys():
            keys = self._by_term[name]
            if keys is None or not is_local:
                return None
            found |= keys
        return frozenset(found)


def about(query: str, segments: Iterable[str]) -> Iterator[str]:
    """The same query, of these segments alone: once as its first one, and once as its second where it has two."""
    nodes = " ".join(f"<{_SEGMENT}{key}>" for key in sorted(segments))
    if not nodes:
        return
    for name in ("a", "b"):
        if re.search(rf"\?{name}\b", query):
            yield re.sub(r"WHERE\s*\{", f"WHERE {{ VALUES ?{name} {{ {nodes} }}", query, count=1)


def _keys(subject: str) -> tuple[str, ...] | None:
    """The segments that a fact is about; None where it is about the study, or a place in it."""
    if subject.startswith(_SEGMENT):
        return (subject.removeprefix(_SEGMENT),)
    for prefix in _BETWEEN:
        if subject.startswith(prefix):
            return tuple(subject.removeprefix(prefix).split("/"))
    return None


@lru_cache(maxsize=256)
def _reads(query: str) -> tuple[frozenset[str], bool]:
    """The evidence terms that a query reads, and whether it reads them of the segments in its rows alone."""
    subjects = set(re.findall(r"\?(\w+)\s+ev:", query))
    is_local = subjects <= {"a", "b", "link", "joint", "pair", "end"} and "a" in subjects
    # A predicate that a variable stands for may be any of those that the query names elsewhere.
    return frozenset(re.findall(r"\bev:(\w+)", query)), is_local and not re.search(r"\{\s*SELECT|\bUNION\b", query)


__all__ = ["Changes", "about"]
