"""Rules: complete, consistent in themselves, and not in each other's way."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from fmassist.knowledge.closure import close
from fmassist.knowledge.namespaces import DCTERMS, FMX, RDFS, RULE
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources
from fmassist.terms import Kind, RuleStatus, Severity

NUMBERS = (
    *("limit", "grossLimit", "low", "high", "grossLow", "grossHigh", "tolerance", "shareLimit", "minimumMl", "largeMl"),
)
REVERSED = {"Contained"}
"""Patterns of which less is worse, so that the gross limit is the smaller one."""


def check_rules(sources: Sources) -> Iterator[Problem]:
    """One rule at a time, then all of them beside each other."""
    tested = _tested(sources)
    binding: dict[tuple[str, ...], list[str]] = defaultdict(list)
    closed = sources.store
    close(closed)
    for iri in sources.subjects(FMX + "Rule"):
        yield from _one(sources, iri, tested)
        if sources.texts(iri, FMX + "status") == ["obsolete"]:
            continue
        binds = sources.texts(iri, FMX + "binds")
        if sources.texts(iri, FMX + "subject") and not binds:
            yield _problem(sources, iri, "WARN", "rule-binds-nothing", "binds no structure at all")
        form = (
            *sources.texts(iri, FMX + "pattern"),
            *sources.texts(iri, FMX + "relation"),
            *sources.texts(iri, FMX + "remoteFrom"),
        )
        for structure in binds:
            binding[(*form, structure)].append(iri)
    yield from _in_each_others_way(sources, binding)


def _one(sources: Sources, iri: str, tested: set[str]) -> Iterator[Problem]:
    say = partial(_problem, sources, iri)
    for name in ("kind", "severity", "pattern", "status"):
        values = sources.texts(iri, FMX + name)
        if not values:
            yield say("ERROR", "rule-incomplete", f"has no fmx:{name}")
        elif len(values) > 1:
            yield say("ERROR", "rule-ambiguous", f"has two values of fmx:{name}: {', '.join(map(short, values))}")
    for name, allowed in (
        ("kind", set(map(str, Kind))),
        ("severity", set(map(str, Severity))),
        ("grossSeverity", set(map(str, Severity))),
        ("status", set(map(str, RuleStatus))),
    ):
        for value in sources.texts(iri, FMX + name):
            if value not in allowed:
                yield say("ERROR", "rule-value", f"fmx:{name} is {value!r}; there are {', '.join(sorted(allowed))}")
    for pattern in sources.texts(iri, FMX + "pattern"):
        if pattern not in set(sources.subjects(FMX + "Pattern")):
            yield say("ERROR", "rule-pattern", f"{short(pattern)} is no pattern")
    if not sources.texts(iri, RDFS + "label"):
        yield say("ERROR", "rule-incomplete", "has no rdfs:label")
    if not sources.texts(iri, DCTERMS + "source"):
        yield say("ERROR", "rule-without-source", "has no dcterms:source")
    if any(sources.number(iri, FMX + n) is not None for n in NUMBERS) and not sources.texts(iri, FMX + "estimated"):
        yield say("WARN", "number-without-reason", "has a number, and no fmx:estimated that says how it was found")
    if sources.texts(iri, FMX + "status") == ["current"] and iri not in tested:
        yield say("ERROR", "rule-without-test", "has no case in rules/tests")
    yield from _numbers(sources, iri)
    severity, gross = sources.texts(iri, FMX + "severity"), sources.texts(iri, FMX + "grossSeverity")
    known = len(severity) == len(gross) == 1 and {*severity, *gross} <= set(map(str, Severity))
    if known and Severity(gross[0]).rank > Severity(severity[0]).rank:
        yield say("ERROR", "severity-order", "a gross failure counts for less than a slight one")


def _numbers(sources: Sources, iri: str) -> Iterator[Problem]:
    say = partial(_problem, sources, iri, "ERROR")
    value = {name: sources.number(iri, FMX + name) for name in NUMBERS}
    for name in NUMBERS:
        if sources.texts(iri, FMX + name) and value[name] is None:
            yield say("no-number", f"fmx:{name} is no number")
    low, high, limit, gross = value["low"], value["high"], value["limit"], value["grossLimit"]
    if low is not None and high is not None and low >= high:
        yield say("range-empty", f"its low {low:g} is not below its high {high:g}")
    pattern = {short(p) for p in sources.texts(iri, FMX + "pattern")}
    if limit is not None and gross is not None and (gross > limit if pattern & REVERSED else gross < limit):
        yield say("limits-order", f"its gross limit {gross:g} lies before its limit {limit:g}")
    share = value["shareLimit"]
    if share is not None and not 0 <= share <= 1:
        yield say("no-share", f"fmx:shareLimit is {share:g}, and a share is 0 to 1")


def _in_each_others_way(sources: Sources, binding: dict[tuple[str, ...], list[str]]) -> Iterator[Problem]:
    """Two rules of one pattern about one structure: the same twice, or one in the other's shadow."""
    clashes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, rules in binding.items():
        for number, first in enumerate(rules):
            for second in rules[number + 1 :]:
                if not _differ(sources, first, second):
                    clashes[first, second].append(key[-1])
    for (first, second), structures in sorted(clashes.items()):
        same = all(sources.number(first, FMX + n) == sources.number(second, FMX + n) for n in NUMBERS)
        example = short(structures[0])
        if same:
            yield _problem(
                sources, second, "ERROR", "rule-duplicate", f"says of {example} what {short(first)} says already"
            )
        else:
            text = f"judges {len(structures)} structures ({example} …) that {short(first)} judges too, by other numbers"
            yield _problem(sources, second, "WARN", "rule-shadowed", text)


def _differ(sources: Sources, first: str, second: str) -> bool:
    """Whether two rules hold under different conditions."""
    return any(
        sources.texts(first, FMX + name) != sources.texts(second, FMX + name)
        for name in ("modality", "object", "adultsOnly", "sex")
    )


def _tested(sources: Sources) -> set[str]:
    found = set()
    for path in sources.tests:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and content.get("fires") and content.get("silent"):
            found.add(RULE + str(content.get("rule")))
    return found


def _problem(sources: Sources, iri: str, level: str, check: str, text: str) -> Problem:
    file, line = sources.where(iri)
    return Problem(level, check, f"{short(iri)} {text}", file, line)
