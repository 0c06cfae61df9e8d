"""What changed between two versions of the knowledge: classes, axioms, rules, patterns, ranges, variants, causes."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from fmassist.knowledge.namespaces import FMX, OWL, RDF, RDFS
from fmassist.knowledge.workshop.sources import Sources
from fmassist.page_policy import policy

GROUPS = {
    FMX + "Rule": "rules",
    FMX + "Pattern": "patterns",
    FMX + "ReferenceRange": "ranges",
    FMX + "Variant": "variants",
    FMX + "Cause": "causes",
    OWL + "Class": "classes",
}
AXIOM = RDFS + "subClassOf"


@dataclass(frozen=True)
class Change:
    """One thing that was added, removed or changed.

    Attributes:
        group: `rules`, `patterns`, `ranges`, `variants`, `causes`, `classes`, `axioms` or `other`.
        kind: `added`, `removed` or `changed`.
        details: for a change, property and what it was and is.
    """

    group: str
    kind: str
    name: str
    details: tuple[tuple[str, str, str], ...] = ()


def compare_sources(old: Sources, new: Sources) -> list[Change]:
    """Every change, in a stable order. Anonymous restrictions are compared by what they say."""
    before, after = _statements(old), _statements(new)
    changes = []
    for subject in sorted(before.keys() | after.keys()):
        was, now = before.get(subject, {}), after.get(subject, {})
        group = _group(now or was)
        if not was or not now:
            changes.append(Change(group, "added" if now else "removed", short(subject)))
            continue
        details = []
        for prop in sorted(was.keys() | now.keys()):
            left, right = was.get(prop, set()), now.get(prop, set())
            if left == right:
                continue
            if prop == AXIOM:
                changes += [Change("axioms", "removed", f"{short(subject)} {text}") for text in sorted(left - right)]
                changes += [Change("axioms", "added", f"{short(subject)} {text}") for text in sorted(right - left)]
            else:
                details.append((short(prop), ", ".join(sorted(left - right)), ", ".join(sorted(right - left))))
        if details:
            changes.append(Change(group, "changed", short(subject), tuple(details)))
    order = [*GROUPS.values(), "axioms", "other"]
    return sorted(changes, key=lambda c: (order.index(c.group), c.kind, c.name))


def as_text(changes: Iterable[Change]) -> str:
    """One line a change, and one a changed property."""
    lines = []
    for change in changes:
        lines.append(f"{change.kind:8} {change.group:9} {change.name}")
        lines += [f"                     {prop}: {was or '–'} → {now or '–'}" for prop, was, now in change.details]
    return "\n".join(lines) or "no change"


def as_markdown(changes: Iterable[Change]) -> str:
    """A heading for each group."""
    grouped: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        grouped[change.group].append(change)
    lines = ["# Changes of the knowledge", ""]
    for group, members in grouped.items():
        lines += [f"## {group.capitalize()}", ""]
        for change in members:
            lines.append(f"- **{change.kind}** `{change.name}`")
            lines += [f"  - {prop}: {_cell(was)} → {_cell(now)}" for prop, was, now in change.details]
        lines.append("")
    return "\n".join(lines) if grouped else "# Changes of the knowledge\n\nNone.\n"


_STYLE = (
    "body{font:15px system-ui;max-width:60rem;margin:2rem auto}td{vertical-align:top;padding:.3rem .8rem}"
    "ul{margin:0;padding-left:1rem}"
)


def as_html(changes: Iterable[Change]) -> str:
    """A page by itself; every string is escaped."""
    rows = []
    for change in changes:
        details = "".join(
            f"<li>{html.escape(prop)}: <del>{html.escape(was)}</del> <ins>{html.escape(now)}</ins></li>"
            for prop, was, now in change.details
        )
        name = html.escape(change.name)
        rows.append(f"<tr><td>{change.kind}</td><td>{change.group}</td><td>{name}<ul>{details}</ul></td></tr>")
    body = "\n".join(rows) or '<tr><td colspan="3">No change.</td></tr>'
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{policy(style=_STYLE)}'
        f"<title>Changes of the knowledge</title>\n<style>{_STYLE}</style></head>\n<h1>Changes of the knowledge</h1>\n"
        f"<table>{body}</table>\n</html>\n"
    )


def short(iri: str) -> str:
    """The name that a curator knows it by."""
    return iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1] or iri


def _cell(text: str) -> str:
    return f"`{text}`" if text else "–"


def _statements(sources: Sources) -> dict[str, dict[str, set[str]]]:
    """Subject to property to values, as text; of anonymous nodes, what they say."""
    by_node: dict[str, list[Quad]] = defaultdict(list)
    for quad in sources.store:
        if isinstance(quad.subject, BlankNode):
            by_node[quad.subject.value].append(quad)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for quad in sources.store:
        if isinstance(quad.subject, NamedNode):
            found[quad.subject.value][quad.predicate.value].add(_text(quad.object, by_node, 0))
    return {subject: dict(properties) for subject, properties in found.items()}


def _text(term: object, by_node: Mapping[str, list[Quad]], depth: int) -> str:
    if isinstance(term, Literal):
        return term.value
    if isinstance(term, NamedNode):
        return short(term.value)
    if not isinstance(term, BlankNode) or depth > 50:
        return "…"
    parts = {short(q.predicate.value): _text(q.object, by_node, depth + 1) for q in by_node.get(term.value, [])}
    if "onProperty" in parts:
        return f"{parts['onProperty']} some {parts.get('someValuesFrom', parts.get('allValuesFrom', '?'))}"
    return "[" + "; ".join(f"{name} {parts[name]}" for name in sorted(parts)) + "]"


def _group(properties: Mapping[str, set[str]]) -> str:
    types = properties.get(RDF + "type", set())
    return next((group for iri, group in GROUPS.items() if short(iri) in types), "other")
