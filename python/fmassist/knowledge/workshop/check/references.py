"""References to what nobody declares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import NamedNode

from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.sources import Sources

OURS = "https://w3id.org/fmassist/"


def check_references(sources: Sources) -> Iterator[Problem]:
    """Every term of FMAssist's own that is used must be declared somewhere."""
    for source in sources.files:
        told: set[tuple[str, str]] = set()
        for quad in source.quads:
            for term in (quad.predicate, quad.object):
                if not isinstance(term, NamedNode) or not term.value.startswith(OURS):
                    continue
                if (
                    term.value in sources.declared
                    or term.value.startswith((OURS + "ontology/", OURS + "label_maps"))
                    or term.value == OURS + "ontology"
                ):
                    continue
                subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
                if (subject, term.value) in told:
                    continue
                told.add((subject, term.value))
                line = source.lines.get(subject) or _line_naming(source.path, term.value)
                message = f"{short(term.value)} is not declared"
                yield Problem("ERROR", "dangling-reference", message, source.name, line)


def short(iri: str) -> str:
    """The last part of an IRI."""
    return iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def _line_naming(path: Path, iri: str) -> int | None:
    name = short(iri)
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if name in line), None)
