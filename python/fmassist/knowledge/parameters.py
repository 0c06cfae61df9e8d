"""What a pattern asks of its rules, as its own file states it (`sh:parameter`)."""

from __future__ import annotations

from fmassist.knowledge.model import Parameter
from fmassist.knowledge.namespaces import FMX, SH, XSD
from fmassist.knowledge.triples import Triples


def parameters_of(triples: Triples, pattern: str) -> tuple[Parameter, ...]:
    """A pattern's parameters, by name."""
    found = [_parameter(triples, node) for node in triples.texts(pattern, SH + "parameter")]
    return tuple(sorted(found, key=lambda parameter: parameter.iri))


def _parameter(triples: Triples, node: str) -> Parameter:
    return Parameter(
        iri=triples.text_of(node, SH + "path") or "",
        unit=triples.text_of(node, FMX + "unit") or "",
        definition=triples.text_of(node, SH + "description") or "",
        is_number=triples.text_of(node, SH + "datatype") == XSD + "decimal",
        is_required=not triples.flag(node, SH + "optional"),
    )
