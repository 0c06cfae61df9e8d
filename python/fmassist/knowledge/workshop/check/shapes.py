"""Forms, checked by SHACL (`Resources/shapes`), where pySHACL is installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from fmassist.knowledge.namespaces import FMX, XSD
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources
from fmassist.resources import resource

SH = "http://www.w3.org/ns/shacl#"


def check_shapes(sources: Sources) -> Iterator[Problem]:
    """Every violation; one line of INFO where pySHACL is not installed."""
    try:
        import pyshacl
        import rdflib
    except ImportError:
        text = "SHACL forms left out: pip install 'fmassist[curator]' for them"
        yield Problem("INFO", "shapes-left-out", text)
        return
    data, shapes = _graph(sources.stated), rdflib.Graph()
    for path in sorted(resource("shapes").glob("*.ttl")):
        shapes.parse(data=path.read_text(encoding="utf-8"), format="turtle")
    shapes.parse(data=_rule_shapes(sources), format="turtle")
    # No JavaScript, no imports, no advanced features: shapes are data here.
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, js=False, do_owl_imports=False, advanced=False)
    graph: Any = report
    for result in graph.subjects(rdflib.RDF.type, rdflib.URIRef(SH + "ValidationResult")):
        if isinstance(graph.value(result, rdflib.URIRef(SH + "focusNode")), rdflib.BNode):
            continue  # a detail of another result, which names the subject
        focus = str(graph.value(result, rdflib.URIRef(SH + "focusNode")))
        path = graph.value(result, rdflib.URIRef(SH + "resultPath"))
        message = str(graph.value(result, rdflib.URIRef(SH + "resultMessage")))
        file, line = sources.where(focus)
        about = f"{short(focus)}: {short(str(path))}" if path is not None else short(focus)
        yield Problem("ERROR", "form", f"{about}: {message}", file, line)


def _rule_shapes(sources: Sources) -> str:
    """What each pattern asks of its rules, as a shape of each of its rules."""
    text = ["@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."]
    for rule in sources.subjects(FMX + "Rule"):
        for pattern in sources.texts(rule, FMX + "pattern"):
            for parameter in sources.parameters(pattern):
                form = "sh:maxCount 1 ; sh:datatype xsd:decimal" if parameter.is_number else ""
                least = "sh:minCount 1 ; " if parameter.is_required else ""
                text.append(
                    f"[] a sh:NodeShape ; sh:targetNode <{rule}> ;"
                    f" sh:property [ sh:path <{parameter.iri}> ; {least}{form} ] ."
                )
    return "\n".join(text)


def _graph(quads: Iterable[Quad]) -> Any:
    """The same statements for pySHACL: what was read once is not parsed again by a slower parser."""
    import rdflib

    def term(node: object) -> Any:
        if isinstance(node, NamedNode):
            return rdflib.URIRef(node.value)
        if isinstance(node, BlankNode):
            return rdflib.BNode(node.value)
        assert isinstance(node, Literal)
        if node.language is not None:
            return rdflib.Literal(node.value, lang=node.language)
        # rdflib takes "x" and "x"^^xsd:string for two things, and its own parser writes the first.
        kind = None if node.datatype.value == XSD + "string" else rdflib.URIRef(node.datatype.value)
        return rdflib.Literal(node.value, datatype=kind)

    graph = rdflib.Graph()
    for quad in quads:
        graph.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    return graph
