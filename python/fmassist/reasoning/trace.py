"""Why a finding is one: the rule, the axioms that carry it to these structures, and what would have to be otherwise."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from pyoxigraph import NamedNode

from fmassist.knowledge.model import Knowledge, Rule
from fmassist.knowledge.namespaces import FMX, RDFS, short
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import Axiom, Finding, Trace
from fmassist.reasoning.judge import Judgement, structures_of
from fmassist.reasoning.wording import number, sentence

SUBCLASS = RDFS + "subClassOf"
_RELATIONS = ("partner", "tissue", "partOf", "adjacentTo", "continuousWith", "containedIn")
"""What an axiom between two structures, or a structure and its tissue, may say besides the rule's own relation."""


def with_traces(findings: list[Finding], judgement: Judgement, behind: Mapping[str, frozenset[str]]) -> list[Finding]:
    """The findings, each with its trace and its counterfactual.

    Args:
        behind: finding's id to the identities of the failed ground rules that it stands for.
    """
    failures = judgement.failures()
    traced = []
    for finding in findings:
        rows = [failures[i] for i in sorted(behind.get(finding.id, ())) if i in failures]
        lead = failures.get(finding.id)
        if lead is None:
            traced.append(finding)
            continue
        knowledge = judgement.anatomy.knowledge
        axioms = [a for row in [lead, *rows] for a in _axioms(knowledge, row, structures_of(row, judgement.anatomy))]
        trace = Trace(
            pattern=lead.pattern.iri,
            axioms=tuple(dict.fromkeys(axioms)),
            ground_rules=tuple(sorted({finding.id, *behind.get(finding.id, ())})),
        )
        traced.append(replace(finding, trace=trace, counterfactual=counterfactual(lead, judgement)))
    return traced


def counterfactual(row: Row, judgement: Judgement) -> str:
    """The smallest change of the facts under which a failed ground rule would hold, in a sentence; empty for none.

    A pattern may say it in words of its own (`fmx:counterfactual`); else it is told from the bounds of what was
    measured, the nearer one of two.
    """
    anatomy = judgement.anatomy
    labels = {
        letter: anatomy.knowledge.labels.get(iri, iri)
        for letter, iri in zip("ab", structures_of(row, anatomy), strict=False)
    }
    if "structure" in row.values:
        labels["structure"] = anatomy.knowledge.labels.get(str(row.values["structure"]), "structure")
    if row.pattern.counterfactual:
        return sentence(row.pattern.counterfactual, _with_place(row), labels)
    value = row.values.get("value")
    if not isinstance(value, float) or isinstance(value, bool):
        return ""
    bounds = [bound for name in ("holdsLow", "holdsHigh") if isinstance(bound := row.values.get(name), float)]
    bounds = bounds or [b for name in ("low", "high", "limit") if isinstance(b := row.values.get(name), float)]
    if not bounds:
        return ""
    nearest = min(bounds, key=lambda bound: abs(value - bound))
    change = abs(value - nearest)
    way = "at most" if value > nearest else "at least"
    unit = f" {row.pattern.unit}" if row.pattern.unit else ""
    less = "less" if value > nearest else "more"
    bound = f"{way} {number(nearest)}{unit}"
    return f"With a {row.pattern.quantity} of {bound} ({number(change)}{unit} {less}) this would hold."


def _with_place(row: Row) -> dict[str, str | float | bool]:
    """The row's values, and where the piece that it speaks of lies, as Slicer shows it."""
    at = [row.values.get(name) for name in ("atR", "atA", "atS")]
    values = dict(row.values)
    if all(isinstance(v, float) for v in at):
        values["place"] = ", ".join(
            f"{letter} {float(v):.0f}".replace("-", "−")
            for letter, v in zip("RAS", at, strict=True)
            if v is not None  # narrows the type
        )
    return values


def _axioms(knowledge: Knowledge, row: Row, structures: tuple[str, ...]) -> list[Axiom]:
    """What the ontology says that makes this rule speak about these structures."""
    found: list[Axiom] = []
    subjects = rule_subjects(knowledge, row.rule)
    for iri in structures:
        path = path_up(knowledge, iri, subjects)
        found += [_axiom(knowledge, a, SUBCLASS, b) for a, b in pairwise(path)]
    for property_ in (*_relations_of(knowledge, row.rule), *(FMX + name for name in _RELATIONS)):
        for one in structures:
            for quad in knowledge.store.quads_for_pattern(NamedNode(one), NamedNode(property_), None):
                target = quad.object.value if isinstance(quad.object, NamedNode) else ""
                is_of_two = len(structures) > 1 and target in structures
                is_tissue = property_ == FMX + "tissue" and "tissue" in row.pattern.facets
                if is_of_two or is_tissue:
                    found.append(_axiom(knowledge, one, property_, target))
    return found


def rule_subjects(knowledge: Knowledge, rule: Rule) -> frozenset[str]:
    """The classes that a rule is stated about."""
    quads = knowledge.store.quads_for_pattern(NamedNode(rule.iri), NamedNode(FMX + "subject"), None)
    return frozenset(quad.object.value for quad in quads if isinstance(quad.object, NamedNode))


def path_up(knowledge: Knowledge, iri: str, targets: frozenset[str]) -> list[str]:
    """The shortest way from a class along `rdfs:subClassOf` to one of `targets`; else the class alone."""
    came: dict[str, str | None] = {iri: None}
    queue = deque([iri])
    while queue:
        here = queue.popleft()
        if here in targets:
            way = [here]
            while (before := came[way[-1]]) is not None:
                way.append(before)
            return way[::-1]
        quads = knowledge.store.quads_for_pattern(NamedNode(here), NamedNode(SUBCLASS), None)
        for parent in sorted(quad.object.value for quad in quads if isinstance(quad.object, NamedNode)):
            if parent not in came:
                came[parent] = here
                queue.append(parent)
    return [iri]


def _relations_of(knowledge: Knowledge, rule: Rule) -> list[str]:
    quads = knowledge.store.quads_for_pattern(NamedNode(rule.iri), NamedNode(FMX + "relation"), None)
    return sorted(quad.object.value for quad in quads if isinstance(quad.object, NamedNode))


def _axiom(knowledge: Knowledge, subject: str, predicate: str, target: str) -> Axiom:
    label = knowledge.labels.get
    names = {SUBCLASS: "is a kind of", FMX + "partner": "has as its partner", FMX + "tissue": "consists of"}
    words = names.get(predicate) or property_label(knowledge, predicate)
    shown = label(target) or next(
        (
            quad.object.value
            for quad in knowledge.store.quads_for_pattern(NamedNode(target), NamedNode(RDFS + "label"), None)
            if not isinstance(quad.object, NamedNode) and hasattr(quad.object, "value")
        ),
        short(target),
    )
    return Axiom(subject, predicate, target, f"{label(subject, subject)} {words} {shown}")


def property_label(knowledge: Knowledge, iri: str) -> str:
    """A property's label, such as `adjacent to`."""
    quads = knowledge.store.quads_for_pattern(NamedNode(iri), NamedNode(RDFS + "label"), None)
    labels = sorted(quad.object.value for quad in quads if not isinstance(quad.object, NamedNode))  # type: ignore[union-attr]
    return labels[0] if labels else short(iri)
