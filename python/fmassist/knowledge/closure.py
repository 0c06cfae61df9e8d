"""What follows from the ontology, stated outright, so that every query stays one look-up deep.

- `fmx:isA`: every class above a class, itself included (rdfs:subClassOf, reflexive and transitive).
- A restriction `P some X` on a class, as `class P X` on it and on every class below it.
- `fmx:partOf` made transitive, and carried along `isA`.
- Annotations (`INHERITED`) that a class does not state itself, from the nearest class above that does.
- `rule fmx:binds structure`: every structure below a rule's subject and not below one of its exceptions.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from fmassist.knowledge.limits import MAX_BOUND, Counted
from fmassist.knowledge.namespaces import FMX, OWL, RDF, RDFS, ST

INHERITED = ("tissue", "onePiece", "midline", "sex", "bodyRegion", "elongated", "intermittent", "chain")

Term = NamedNode | BlankNode | Literal


def close(store: Store) -> None:
    """Add to `store` what follows from it.

    Raises:
        InputError: it is more than can be kept (`fmassist.knowledge.limits`).
    """
    counted = Counted()
    parents, relations = _axioms(store)
    classes = {
        quad.subject.value
        for quad in store.quads_for_pattern(None, _node(RDF + "type"), _node(OWL + "Class"))
        if isinstance(quad.subject, NamedNode)
    }
    above = {iri: _reach(iri, parents, counted) for iri in sorted(classes)}
    new: list[Quad] = []
    for iri in sorted(classes):
        new.extend(Quad(_node(iri), _node(FMX + "isA"), _node(parent)) for parent in above[iri])
        for parent in above[iri]:
            held = relations.get(parent, ())
            counted.add(len(held))
            for prop, target in held:
                new.append(Quad(_node(iri), _node(prop), _node(target)))
    store.extend(new)
    store.extend(_transitive_parts(store, above, counted))
    store.extend(_inherited(store, above, counted))
    store.extend(_bindings(store, above, counted))


def _axioms(store: Store) -> tuple[dict[str, list[str]], dict[str, list[tuple[str, str]]]]:
    """Named superclasses, and existential restrictions, by class."""
    parents: dict[str, list[str]] = defaultdict(list)
    relations: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, _node(RDFS + "subClassOf"), None):
        if not isinstance(quad.subject, NamedNode):
            continue
        if isinstance(quad.object, NamedNode):
            parents[quad.subject.value].append(quad.object.value)
        elif isinstance(quad.object, BlankNode):
            prop = _one(store, quad.object, OWL + "onProperty")
            target = _one(store, quad.object, OWL + "someValuesFrom")
            if isinstance(prop, NamedNode) and isinstance(target, NamedNode):
                relations[quad.subject.value].append((prop.value, target.value))
    return parents, relations


def _reach(start: str, edges: dict[str, list[str]], counted: Counted) -> list[str]:
    """Every class from `start` upwards, nearest first; a cycle ends where it closes."""
    seen = {start: None}
    queue = deque([start])
    while queue:
        for parent in sorted(edges.get(queue.popleft(), ())):
            if parent not in seen:
                counted.add(1)
                seen[parent] = None
                queue.append(parent)
    return list(seen)


def _transitive_parts(store: Store, above: dict[str, list[str]], counted: Counted) -> list[Quad]:
    """Parts of parts; a part of an X is a part of whatever every X is."""
    direct: dict[str, list[str]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, _node(FMX + "partOf"), None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            wholes = above.get(quad.object.value, [quad.object.value])
            counted.add(len(wholes))
            direct[quad.subject.value].extend(wholes)
    quads: list[Quad] = []
    for iri in list(direct):
        wholes = _reach(iri, direct, counted)[1:]
        quads.extend(Quad(_node(iri), _node(FMX + "partOf"), _node(whole)) for whole in wholes)
    return quads


def _inherited(store: Store, above: dict[str, list[str]], counted: Counted) -> list[Quad]:
    quads: list[Quad] = []
    for name in INHERITED:
        stated: dict[str, list[Term]] = defaultdict(list)
        for quad in store.quads_for_pattern(None, _node(FMX + name), None):
            if isinstance(quad.subject, NamedNode):
                stated[quad.subject.value].append(quad.object)  # type: ignore[arg-type]
        for iri, line in above.items():
            if iri in stated:
                continue
            nearest = next((parent for parent in line if parent in stated), None)
            if nearest is not None:
                counted.add(len(stated[nearest]))
                quads.extend(Quad(_node(iri), _node(FMX + name), value) for value in stated[nearest])
    return quads


def _bindings(store: Store, above: dict[str, list[str]], counted: Counted) -> list[Quad]:
    quads: list[Quad] = []
    structures = [iri for iri in sorted(above) if iri.startswith(ST)]
    lines = {iri: frozenset(above[iri]) for iri in structures}
    looked_at = Counted(MAX_BOUND)
    for rule in _subjects(store, RDF + "type", FMX + "Rule"):
        looked_at.add(len(structures))
        if any(_text(value) == "obsolete" for value in _all(store, rule, FMX + "status")):
            continue
        subjects = {_text(value) for value in _all(store, rule, FMX + "subject")}
        exceptions = {_text(value) for value in _all(store, rule, FMX + "exceptFor")}
        for iri in structures:
            if not lines[iri].isdisjoint(subjects) and lines[iri].isdisjoint(exceptions):
                counted.add(1)
                quads.append(Quad(rule, _node(FMX + "binds"), _node(iri)))
    return quads


def _node(iri: str) -> NamedNode:
    return NamedNode(iri)


def _subjects(store: Store, predicate: str, value: str) -> list[NamedNode]:
    found = {
        quad.subject
        for quad in store.quads_for_pattern(None, _node(predicate), _node(value))
        if isinstance(quad.subject, NamedNode)
    }
    return sorted(found, key=lambda node: node.value)


def _all(store: Store, subject: NamedNode | BlankNode, predicate: str) -> Iterable[Term]:
    return [quad.object for quad in store.quads_for_pattern(subject, _node(predicate), None)]  # type: ignore[misc]


def _one(store: Store, subject: NamedNode | BlankNode, predicate: str) -> Term | None:
    return next(iter(_all(store, subject, predicate)), None)


def _text(term: Term) -> str:
    return term.value
