"""Patterns: their queries can run, ask for nothing outside, and their sentences name what the queries answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyoxigraph import Store

from fmassist.knowledge.namespaces import FMX, PREFIXES
from fmassist.knowledge.safety import query_danger
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources

ALWAYS = {"a", "b", "value", "structure"}
_BRACES = re.compile(r"\{(\w+)\}")


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
