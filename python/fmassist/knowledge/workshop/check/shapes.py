"""Forms, checked by SHACL (`Resources/shapes`), where pySHACL is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources
from fmassist.resources import resource

SH = "http://www.w3.org/ns/shacl#"
CHECKED = ("rules/", "ranges/", "variants/", "causes/")
"""What the shapes are about; the ontology's own form is checked as OWL."""


def check_shapes(sources: Sources) -> Iterator[Problem]:
    """Every violation; one line of INFO where pySHACL is not installed."""
    try:
        import pyshacl
        import rdflib
    except ImportError:
        text = "SHACL forms left out: pip install 'fmassist[curator]' for them"
        yield Problem("INFO", "shapes-left-out", text)
        return
    data, shapes = rdflib.Graph(), rdflib.Graph()
    for source in sources.files:
        if source.name.startswith(CHECKED) or source.name.endswith("(own)"):
            data.parse(data=source.path.read_text(encoding="utf-8"), format="turtle")
    for path in sorted(resource("shapes").glob("*.ttl")):
        shapes.parse(data=path.read_text(encoding="utf-8"), format="turtle")
    # No JavaScript, no imports, no advanced features: shapes are data here.
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, js=False, do_owl_imports=False, advanced=False)
    graph: Any = report
    for result in graph.subjects(rdflib.RDF.type, rdflib.URIRef(SH + "ValidationResult")):
        focus = str(graph.value(result, rdflib.URIRef(SH + "focusNode")))
        path = graph.value(result, rdflib.URIRef(SH + "resultPath"))
        message = str(graph.value(result, rdflib.URIRef(SH + "resultMessage")))
        file, line = sources.where(focus)
        about = f"{short(focus)}: {short(str(path))}" if path is not None else short(focus)
        yield Problem("ERROR", "form", f"{about}: {message}", file, line)
