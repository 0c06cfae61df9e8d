"""Patterns: their queries can run, ask for nothing outside, and their sentences name what the queries answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pyoxigraph import Store

from fmassist.knowledge.namespaces import EV, FMX, PREFIXES, RDFS
from fmassist.knowledge.safety import query_danger
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources
from fmassist.resources import resource

ALWAYS = {"a", "b", "value", "structure"}
_BRACES = re.compile(r"\{(\w+)\}")
_SILENT = re.compile(r'"[^"\n]*"|#[^\n]*')
"""Texts and comments, in which no term stands. An IRI in < > has none of either."""
_TERM = re.compile(r"(?<![\w:/#-])(ev|fmx):(\w+)")
_NUMBER = re.compile(r"(?<![\w.?$:-])[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\b")
PLAIN_NUMBERS = (0.0, 1.0, 100.0, 1000.0)
"""Nothing, one, and what changes units: every other number is a parameter of the rules."""
_OF_RULE = re.compile(r"\?rule\b([^.{}]*(?:\.(?=[0-9])[^.{}]*)*)")
VIEWS = ("axial", "coronal", "sagittal")
FOLLOWING = ("binds", "isA")
"""Terms that are derived whenever knowledge is read."""
SPEAKS_OF = ("one", "partner", "next", "relation", "study")


def check_queries(sources: Sources) -> Iterator[Problem]:
    """Every pattern."""
    for iri in sources.subjects(FMX + "Pattern"):
        file, line = sources.where(iri)
        queries = sources.texts(iri, FMX + "query")
        if len(queries) != 1:
            yield Problem(
                "ERROR", "pattern-query", f"{short(iri)} has {len(queries)} queries, and needs one", file, line
            )
            continue
        danger = query_danger(queries[0])
        if danger is not None:
            yield Problem("ERROR", "query-unsafe", f"{short(iri)}: {danger}", file, line)
            continue
        try:
            answer = Store().query(PREFIXES + "\n" + queries[0])
            variables = {variable.value for variable in answer.variables}  # type: ignore[union-attr]
        except (SyntaxError, ValueError, AttributeError) as error:
            yield Problem("ERROR", "query-syntax", f"{short(iri)}: {str(error).splitlines()[0]}", file, line)
            continue
        yield from _words(sources, iri, queries[0])
        for needed in ("rule", "failed"):
            if needed not in variables:
                yield Problem("ERROR", "query-variables", f"{short(iri)} answers no ?{needed}", file, line)
        if {"atR", "atA", "atS"} <= variables:
            variables.add("place")
        for name in ("sentence", "expectation", "counterfactual"):
            for text in sources.texts(iri, FMX + name):
                for word in sorted(set(_BRACES.findall(text)) - variables - ALWAYS):
                    message = f"{short(iri)}: fmx:{name} names {{{word}}}, which the query does not answer"
                    yield Problem("ERROR", "sentence-variables", message, file, line)
        if not sources.texts(iri, FMX + "sentence"):
            yield Problem("ERROR", "pattern-incomplete", f"{short(iri)} has no sentence", file, line)
        yield from _header(sources, iri)


@lru_cache(maxsize=1)
def measured_terms() -> frozenset[str]:
    """Short names of the evidence that this program states, whatever version of the knowledge is checked."""
    text = resource("ontology", "evidence-vocabulary.ttl").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^ev:(\w+) a ", text, re.MULTILINE))


def _words(sources: Sources, iri: str, query: str) -> Iterator[Problem]:
    """The terms that a query uses exist, its numbers are parameters, and its parameters are those that it states."""
    file, line = sources.where(iri)
    text = _SILENT.sub(" ", query)
    for prefix, name in sorted(set(_TERM.findall(text))):
        term = (EV if prefix == "ev" else FMX) + name
        known = term in sources.declared or name in (measured_terms() if prefix == "ev" else FOLLOWING)
        if not known:
            yield Problem("ERROR", "query-term", f"{short(iri)}: there is no term {prefix}:{name}", file, line)
    for number in sorted({n for n in _NUMBER.findall(text) if float(n) not in PLAIN_NUMBERS}):
        message = f"{short(iri)}: the number {number} stands in the query: make it a parameter that the rules state"
        yield Problem("ERROR", "query-number", message, file, line)
    read = {
        name for part in _OF_RULE.findall(text) for name in re.findall(r"fmx:(\w+)\s+[?$]", part) if name != "binds"
    }
    stated = {parameter.name for parameter in sources.parameters(iri)}
    for name in sorted(read - stated):
        yield Problem("ERROR", "pattern-parameter", f"{short(iri)}: fmx:{name} is read and no sh:parameter", file, line)
    for name in sorted(stated - read):
        yield Problem("ERROR", "pattern-parameter", f"{short(iri)}: fmx:{name} is asked for, and not read", file, line)


def _header(sources: Sources, iri: str) -> Iterator[Problem]:
    """What a pattern says of itself is there, and of the words that are known."""
    file, line = sources.where(iri)

    def say(message: str, check: str = "pattern-incomplete") -> Problem:
        return Problem("ERROR", check, f"{short(iri)} {message}", file, line)

    facets = sources.texts(iri, FMX + "facet")
    if not facets:
        yield say("has no fmx:facet, so that no cause can explain a failure of it", "pattern-without-facet")
    known = set(sources.subjects(FMX + "Facet"))
    for facet in facets:
        if facet not in known:
            yield say(f"is of the facet {short(facet)}, which is none")
    for name, allowed in (("view", VIEWS), ("speaksOf", SPEAKS_OF)):
        for value in sources.texts(iri, FMX + name):
            if value not in allowed:
                yield say(f"has fmx:{name} {value!r}; there are {', '.join(allowed)}")
    if not sources.texts(iri, RDFS + "comment"):
        yield say("does not say what it compares (rdfs:comment)")
    for name in ("fires", "silent"):
        if not sources.texts(iri, FMX + name):
            yield say(f"has no example of its own (fmx:{name})", "pattern-without-example")
