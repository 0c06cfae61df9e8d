"""Rules: complete, consistent in themselves, and not in each other's way."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from fmassist.knowledge.closure import close
from fmassist.knowledge.model import Parameter
from fmassist.knowledge.namespaces import DCTERMS, FMX, RDFS, RULE
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources
from fmassist.terms import Kind, RuleStatus, Severity

ALWAYS = frozenset(
    FMX + name
    for name in (
        *("pattern", "subject", "exceptFor", "kind", "severity", "grossSeverity", "status", "excusedBy", "estimated"),
        *("modality", "adultsOnly", "view", "replacedBy", "binds", "tunedOn", "sex"),
    )
)
"""What any rule may state, whatever its pattern."""


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
            *(text for p in _parameters(sources, iri) if not p.is_number for text in sources.texts(iri, p.iri)),
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
    numbers = [p for p in _parameters(sources, iri) if p.is_number and sources.texts(iri, p.iri)]
    if numbers and not sources.texts(iri, FMX + "estimated"):
        yield say("WARN", "number-without-reason", "has a number, and no fmx:estimated that says how it was found")
    if sources.texts(iri, FMX + "status") == ["current"] and iri not in tested:
        yield say("ERROR", "rule-without-test", "has no case in rules/tests")
    yield from _stated(sources, iri)
    severity, gross = sources.texts(iri, FMX + "severity"), sources.texts(iri, FMX + "grossSeverity")
    known = len(severity) == len(gross) == 1 and {*severity, *gross} <= set(map(str, Severity))
    if known and Severity(gross[0]).rank > Severity(severity[0]).rank:
        yield say("ERROR", "severity-order", "a gross failure counts for less than a slight one")


def _parameters(sources: Sources, iri: str) -> tuple[Parameter, ...]:
    patterns = sources.texts(iri, FMX + "pattern")
    return sources.parameters(patterns[0]) if len(patterns) == 1 else ()


def _stated(sources: Sources, iri: str) -> Iterator[Problem]:
    """What the rule's pattern asks for is there, is of the right form, and nothing is there that nobody reads."""
    say = partial(_problem, sources, iri, "ERROR")
    parameters = _parameters(sources, iri)
    for parameter in parameters:
        values = sources.texts(iri, parameter.iri)
        if not values and parameter.is_required:
            yield say("rule-incomplete", f"has no fmx:{parameter.name} ({parameter.definition}), and can't be checked")
        if values and parameter.is_number and sources.number(iri, parameter.iri) is None:
            yield say("no-number", f"fmx:{parameter.name} is no number")
    if sources.parameters(next(iter(sources.texts(iri, FMX + "pattern")), "")) or parameters:
        read = ALWAYS | {parameter.iri for parameter in parameters}
        for name in sorted({p for p in sources.properties(iri) if p.startswith(FMX)} - read):
            yield say("rule-stray", f"states fmx:{short(name)}, which its pattern does not read")
    yield from _in_order(sources, iri)


def _in_order(sources: Sources, iri: str) -> Iterator[Problem]:
    say = partial(_problem, sources, iri, "ERROR")
    value = {p.name: sources.number(iri, p.iri) for p in _parameters(sources, iri) if p.is_number}
    low, high, limit, gross = (value.get(name) for name in ("low", "high", "limit", "grossLimit"))
    if low is not None and high is not None and low >= high:
        yield say("range-empty", f"its low {low:g} is not below its high {high:g}")
    reversed_ = any(sources.texts(p, FMX + "lessIsWorse") == ["true"] for p in sources.texts(iri, FMX + "pattern"))
    if limit is not None and gross is not None and (gross > limit if reversed_ else gross < limit):
        yield say("limits-order", f"its gross limit {gross:g} lies before its limit {limit:g}")
    for parameter in _parameters(sources, iri):
        share = value.get(parameter.name)
        if parameter.unit == "share" and share is not None and not 0 <= share <= 1:
            yield say("no-share", f"fmx:{parameter.name} is {share:g}, and a share is 0 to 1")


def _in_each_others_way(sources: Sources, binding: dict[tuple[str, ...], list[str]]) -> Iterator[Problem]:
    """Two rules of one pattern about one structure: the same twice, or one in the other's shadow."""
    clashes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, rules in binding.items():
        for number, first in enumerate(rules):
            for second in rules[number + 1 :]:
                if not _differ(sources, first, second):
                    clashes[first, second].append(key[-1])
    for (first, second), structures in sorted(clashes.items()):
        same = all(sources.texts(first, p.iri) == sources.texts(second, p.iri) for p in _parameters(sources, first))
        example = short(structures[0])
        if same:
            both = all(sources.texts(rule, FMX + "status") == ["current"] for rule in (first, second))
            yield _problem(
                sources,
                second,
                "ERROR" if both else "WARN",
                "rule-duplicate",
                f"says of {example} what {short(first)} says already",
            )
        else:
            text = f"judges {len(structures)} structures ({example} …) that {short(first)} judges too, by other numbers"
            yield _problem(sources, second, "WARN", "rule-shadowed", text)


def _differ(sources: Sources, first: str, second: str) -> bool:
    """Whether two rules hold under different conditions."""
    return any(
        sources.texts(first, FMX + name) != sources.texts(second, FMX + name)
        for name in ("modality", "adultsOnly", "sex")
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
