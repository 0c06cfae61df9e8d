"""Statements of the ontology that contradict each other, as far as that can be decided without a reasoner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pyoxigraph import BlankNode, Literal, NamedNode

from fmassist.knowledge.closure import close
from fmassist.knowledge.namespaces import FMX, OWL, RDF, RDFS, ST
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources

SINGLE = (
    *("levelTop", "levelBottom", "chain", "chainIndex", "partner", "sex", "tissue", "onePiece", "midline"),
    *("huLow", "huHigh", "huSpreadLow", "huSpreadHigh", "snomedType", "colorRGB", "typical", "prior"),
    *("low", "high", "grossLow", "grossHigh", "limit", "grossLimit", "shareLimit", "tolerance", "minimumMl", "largeMl"),
    *("query", "sentence", "quantity", "unit"),
)
"""Properties of which one thing has one value."""
OPPOSITES = (("superiorTo", "inferiorTo"), ("anteriorTo", "posteriorTo"), ("leftOf", "rightOf"))


def check_ontology(sources: Sources) -> Iterator[Problem]:
    """Sides and partners, chains, levels, directions, cycles, and classes that can have no member."""
    close(sources.store)
    structures = [iri for iri in sources.subjects(OWL + "Class") if iri.startswith(ST)]
    yield from _single(sources)
    yield from _sides(sources, structures)
    yield from _chains(sources, structures)
    yield from _levels(sources, structures)
    yield from _directions(sources, structures)
    yield from _cycles(sources)
    yield from _disjoint(sources)
    for iri in structures:
        if not sources.texts(iri, RDFS + "label"):
            yield _problem(sources, iri, "ERROR", "structure-incomplete", "has no rdfs:label")


def _single(sources: Sources) -> Iterator[Problem]:
    """Two values where one is meant: whoever reads would take either. A file of one's own may add the second."""
    for name in SINGLE:
        values: dict[str, set[str]] = defaultdict(set)
        for quad in sources.store.quads_for_pattern(None, NamedNode(FMX + name), None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, Literal)):
                values[quad.subject.value].add(quad.object.value)
        for iri, found in sorted(values.items()):
            if len(found) > 1:
                text = f"has two values of fmx:{name}: {', '.join(short(value) for value in sorted(found))}"
                yield _problem(sources, iri, "ERROR", "two-values", text)


def _sides(sources: Sources, structures: list[str]) -> Iterator[Problem]:
    for iri in structures:
        sides, partners = sources.texts(iri, FMX + "side"), sources.texts(iri, FMX + "partner")
        if len(sides) > 1:
            yield _problem(sources, iri, "ERROR", "two-sides", "has two sides")
        for side in sides:
            if side not in ("left", "right"):
                yield _problem(sources, iri, "ERROR", "side-value", f"has the side {side!r}; there are left and right")
            other = {"left": "right", "right": "left"}.get(side, "")
            words = set(short(iri).split("_"))
            if other in words and side not in words:
                yield _problem(sources, iri, "ERROR", "side-against-name", f"has the side {side}, and is named {other}")
        for partner in partners:
            if iri not in sources.texts(partner, FMX + "partner"):
                yield _problem(
                    sources, iri, "ERROR", "partner-one-way", f"names {short(partner)}, which does not name it"
                )
            elif sides and sides == sources.texts(partner, FMX + "side"):
                yield _problem(sources, iri, "ERROR", "partner-same-side", f"and its partner are both {sides[0]}")


def _chains(sources: Sources, structures: list[str]) -> Iterator[Problem]:
    places: dict[tuple[str, float], list[str]] = defaultdict(list)
    for iri in structures:
        chain, index = sources.texts(iri, FMX + "chain"), sources.number(iri, FMX + "chainIndex")
        if chain and index is not None:
            places[chain[0], index].append(iri)
    for (name, place), members in sorted(places.items()):
        for iri in members[1:]:
            text = f"has place {place:g} of the chain {name}, as {short(members[0])} has"
            yield _problem(sources, iri, "ERROR", "chain-place-twice", text)


def _levels(sources: Sources, structures: list[str]) -> Iterator[Problem]:
    for iri in structures:
        top, bottom = sources.number(iri, FMX + "levelTop"), sources.number(iri, FMX + "levelBottom")
        if top is not None and bottom is not None and top > bottom:
            text = f"begins at level {top:g}, below its end at {bottom:g}"
            yield _problem(sources, iri, "ERROR", "levels-upside-down", text)


def _directions(sources: Sources, structures: list[str]) -> Iterator[Problem]:
    """A above B and B above A; A above B and A below B."""
    for one, other in OPPOSITES:
        for first, second in ((one, other), (other, one)):
            for iri in structures:
                for target in sources.texts(iri, FMX + first):
                    back = iri in sources.texts(target, FMX + first)
                    both = target in sources.texts(iri, FMX + second)
                    if (back and iri < target) or (both and first == one) or iri == target:
                        text = f"is {first} {short(target)}, and the contrary is said too"
                        yield _problem(sources, iri, "ERROR", "direction-contradiction", text)


def _cycles(sources: Sources) -> Iterator[Problem]:
    for name, check in (("isA", "subclass-cycle"), ("partOf", "part-cycle")):
        for quad in sources.store.quads_for_pattern(None, NamedNode(FMX + name), None):
            a, b = quad.subject, quad.object
            if not isinstance(a, NamedNode) or not isinstance(b, NamedNode):
                continue
            if a == b and name == "partOf":
                yield _problem(sources, a.value, "ERROR", check, "is part of itself")
            elif a.value < b.value and any(sources.store.quads_for_pattern(b, NamedNode(FMX + name), a)):
                yield _problem(sources, a.value, "ERROR", check, f"and {short(b.value)} lie each under the other")


def _disjoint(sources: Sources) -> Iterator[Problem]:
    """A class below two that exclude each other can have no member."""
    apart: dict[str, set[str]] = defaultdict(set)
    for quad in sources.store.quads_for_pattern(None, NamedNode(OWL + "disjointWith"), None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            apart[quad.subject.value].add(quad.object.value)
            apart[quad.object.value].add(quad.subject.value)
    for quad in sources.store.quads_for_pattern(None, NamedNode(OWL + "members"), None):
        members = _list(sources, quad.object)
        for member in members:
            apart[member].update(set(members) - {member})
    for iri in sources.subjects(OWL + "Class"):
        above = set(sources.texts(iri, FMX + "isA"))
        for one in sorted(above):
            clash = sorted((apart.get(one, set()) & above) - {one})
            if clash and one < clash[0]:
                text = f"lies below {short(one)} and {short(clash[0])}, which exclude each other: nothing can be one"
                yield _problem(sources, iri, "ERROR", "unsatisfiable-class", text)
                break


def _list(sources: Sources, head: object) -> list[str]:
    found: list[str] = []
    node = head
    while isinstance(node, BlankNode) and len(found) < 10_000:
        first = next(iter(sources.store.quads_for_pattern(node, NamedNode(RDF + "first"), None)), None)
        if first is not None and isinstance(first.object, NamedNode):
            found.append(first.object.value)
        rest = next(iter(sources.store.quads_for_pattern(node, NamedNode(RDF + "rest"), None)), None)
        node = rest.object if rest is not None else None
    return found


def _problem(sources: Sources, iri: str, level: str, check: str, text: str) -> Problem:
    file, line = sources.where(iri)
    return Problem(level, check, f"{short(iri)} {text}", file, line)
