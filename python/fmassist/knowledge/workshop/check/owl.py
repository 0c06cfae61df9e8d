"""OWL 2 DL, as far as it can be decided from the graph: every entity declared, and used as what it is declared.

What is left to the OWL API (where Java is present): complex class expressions, and regularity of property chains,
which this ontology does not use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from fmassist.knowledge.namespaces import OWL, RDF, RDFS
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import OURS, short
from fmassist.knowledge.workshop.sources import Sources

KINDS = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")


def check_profile(sources: Sources) -> Iterator[Problem]:
    """Punning, undeclared properties and classes, literals where things belong, and imports."""
    declared: dict[str, set[str]] = defaultdict(set)
    for kind in KINDS:
        for iri in sources.subjects(OWL + kind):
            declared[iri].add(kind)
    for iri, kinds in sorted(declared.items()):
        if len(kinds & set(KINDS[1:])) > 1:
            yield _problem(sources, iri, "punning", f"is declared as {' and '.join(sorted(kinds))}")
    for source in sources.files:
        told: set[tuple[str, str]] = set()
        for quad in source.quads:
            subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
            name = quad.predicate.value
            if name == OWL + "imports":
                line = source.lines.get(subject)
                yield Problem("WARN", "import-not-followed", "owl:imports is not followed", source.name, line)
            kinds = declared.get(name, set())
            ours = name.startswith(OURS) and name in sources.declared
            if ours and not kinds & set(KINDS[1:]) and (subject, name) not in told:
                told.add((subject, name))
                text = f"{short(name)} is used as a property and not declared as one"
                yield Problem("ERROR", "undeclared-property", text, source.name, source.lines.get(subject))
            if kinds == {"ObjectProperty"} and isinstance(quad.object, Literal):
                text = f"{short(subject)}: {short(name)} takes a thing, and is given the text {quad.object.value!r}"
                yield Problem("ERROR", "literal-for-a-thing", text, source.name, source.lines.get(subject))
            if kinds == {"DatatypeProperty"} and not isinstance(quad.object, Literal):
                text = f"{short(subject)}: {short(name)} takes a value, and is given a thing"
                yield Problem("ERROR", "thing-for-a-value", text, source.name, source.lines.get(subject))
            if name in (RDFS + "subClassOf", OWL + "disjointWith") and isinstance(quad.object, NamedNode):
                target = quad.object.value
                if (
                    target.startswith(OURS)
                    and target in sources.declared
                    and "Class" not in declared.get(target, set())
                ):
                    text = f"{short(subject)} is put below {short(target)}, which is no class"
                    yield Problem("ERROR", "no-class", text, source.name, source.lines.get(subject))
    yield from _version(sources)


def _version(sources: Sources) -> Iterator[Problem]:
    rdf_type = NamedNode(RDF + "type")
    for quad in sources.store.quads_for_pattern(None, rdf_type, NamedNode(OWL + "Ontology")):
        iri = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
        for name, needed in (("versionIRI", OWL + "versionIRI"), ("licence", "http://purl.org/dc/terms/license")):
            file, line = sources.where(iri)
            if iri == OURS + "ontology" and not sources.texts(iri, needed):
                yield Problem("ERROR", "ontology-metadata", f"the ontology has no {name}", file, line)


def _problem(sources: Sources, iri: str, check: str, text: str) -> Problem:
    file, line = sources.where(iri)
    return Problem("ERROR", check, f"{short(iri)} {text}", file, line)
