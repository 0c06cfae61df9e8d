"""Plain reading of a store: texts, numbers and flags by subject and predicate, in a stable order."""

from __future__ import annotations

from collections import defaultdict

from pyoxigraph import BlankNode, Literal, NamedNode, Store


class Triples:
    """The triples of a store's default graph, indexed once for many look-ups.

    Args:
        store: read at construction; later changes are not seen.
    """

    def __init__(self, store: Store) -> None:
        self._by_subject: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._by_type: dict[tuple[str, str], list[str]] = defaultdict(list)
        for quad in store:
            predicate = quad.predicate.value
            if isinstance(quad.subject, NamedNode | BlankNode) and isinstance(
                quad.object, NamedNode | Literal | BlankNode
            ):
                subject = _key(quad.subject)
                self._by_subject[subject][predicate].append(_key(quad.object))
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                    self._by_type[predicate, quad.object.value].append(subject)

    def subjects(self, predicate: str, value: str) -> list[str]:
        """Every named subject that has `value` for `predicate`, sorted."""
        return sorted(self._by_type.get((predicate, value), ()))

    def texts(self, subject: str, predicate: str) -> tuple[str, ...]:
        """Every value, sorted."""
        return tuple(sorted(self._by_subject.get(subject, {}).get(predicate, ())))

    def text_of(self, subject: str, predicate: str) -> str | None:
        """One value; the first in order when there are several."""
        values = self._by_subject.get(subject, {}).get(predicate)
        return min(values) if values else None

    def number_of(self, subject: str, predicate: str) -> float | None:
        """One value as a number."""
        text = self.text_of(subject, predicate)
        return None if text is None else float(text)

    def flag(self, subject: str, predicate: str) -> bool:
        """Whether it is stated to be true."""
        return self.text_of(subject, predicate) in ("true", "1")


def _key(node: NamedNode | BlankNode | Literal) -> str:
    """Its value; an anonymous node's begins as no IRI does, and can be asked for in turn."""
    return f"_:{node.value}" if isinstance(node, BlankNode) else node.value
