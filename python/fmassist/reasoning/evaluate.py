"""Runs every pattern's query over one study, and accounts for every ground rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from fmassist.evidence.facts import Evidence
from fmassist.evidence.rdf import DERIVED, PAIRS, STUDY, evidence_quads, segment_key, study_quads
from fmassist.knowledge.model import Knowledge, Pattern, Rule
from fmassist.knowledge.namespaces import PREFIXES, XSD
from fmassist.reasoning.context import Context

if TYPE_CHECKING:
    from typing_extensions import Self

Value = str | float | bool


@dataclass(frozen=True)
class Row:
    """One ground rule and its outcome."""

    rule: Rule
    pattern: Pattern
    segments: tuple[str, ...]
    """Keys of the segments it speaks about; empty for a structure that is absent."""
    outcome: str
    """passed | failed | not applicable | error"""
    reason: str = ""
    is_gross: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)
    """Every other variable of the query's row."""


class Study:
    """One study's facts beside the knowledge, ready to be asked.

    The measured facts are put into the store once; the derived ones, which depend on how the labels are read, are
    exchanged for each reading. Use it as a context manager: the store is clean again afterwards.

    Args:
        knowledge: holds the store.
        evidence: of the study.
        measured: the evidence as quads where somebody has them already.
    """

    def __init__(self, knowledge: Knowledge, evidence: Evidence, measured: Iterable[Quad] | None = None) -> None:
        self.knowledge = knowledge
        self.evidence = evidence
        self._measured = measured

    def __enter__(self) -> Self:
        self.load()
        return self

    def load(self) -> None:
        """Put the measured facts, and them alone, into the store."""
        self._clear()
        self.knowledge.store.extend(evidence_quads(self.evidence) if self._measured is None else self._measured)

    @contextmanager
    def seen_as(self, evidence: Evidence) -> Iterator[Study]:
        """The same study with what was measured of single segments read otherwise, as in a mirror.

        Args:
            evidence: with the same pairs at the same distances.
        """
        store = self.knowledge.store
        other = Study(self.knowledge, evidence)
        store.remove_graph(STUDY)
        store.extend(study_quads(evidence))
        try:
            yield other
        finally:
            store.remove_graph(STUDY)
            store.extend(study_quads(self.evidence))

    def __exit__(self, *_: object) -> None:
        self._clear()

    def evaluate(
        self, derived: Iterable[Quad], context: Context, *, patterns: frozenset[str] | None = None
    ) -> list[Row]:
        """Every ground instance of every rule under one reading, in a stable order.

        A rule whose query fails, or that gives neither an outcome nor a reason, ends as an error: the check fails
        closed.

        Args:
            derived: what follows from the facts and the meanings, in the graph `DERIVED`.
            context: what is known of the patient.
            patterns: local names of the patterns to run; None for all.
        """
        knowledge, modality = self.knowledge, self.evidence.scan.modality
        knowledge.store.remove_graph(DERIVED)
        knowledge.store.extend(derived)
        rows: list[Row] = []
        for pattern in sorted(knowledge.patterns.values(), key=lambda p: p.iri):
            if patterns is not None and pattern.iri.rsplit("#", 1)[-1] not in patterns:
                continue
            rules = [r for r in knowledge.rules.values() if r.pattern == pattern.iri and r.status != "obsolete"]
            if rules:
                rows.extend(_run(knowledge, pattern, rules, context, modality))
        if patterns is None:
            known = {p.iri for p in knowledge.patterns.values()}
            rows.extend(
                Row(rule, _NO_PATTERN, (), "error", "its pattern does not exist")
                for rule in knowledge.rules.values()
                if rule.status != "obsolete" and rule.pattern not in known
            )
        return sorted(rows, key=lambda r: (r.rule.iri, r.segments, str(r.values.get("structure", ""))))

    def _clear(self) -> None:
        for graph in (STUDY, PAIRS, DERIVED):
            self.knowledge.store.remove_graph(graph)


_NO_PATTERN = Pattern("", "", "", "", "", "")


def _run(knowledge: Knowledge, pattern: Pattern, rules: list[Rule], context: Context, modality: str) -> list[Row]:
    try:
        answer = knowledge.store.query(PREFIXES + "\n" + pattern.query, use_default_graph_as_union=True)
    except (SyntaxError, ValueError, OSError) as error:
        return [Row(rule, pattern, (), "error", f"its query can't run: {str(error).splitlines()[0]}") for rule in rules]
    if not isinstance(answer, QuerySolutions):
        return [Row(rule, pattern, (), "error", "its query is no SELECT") for rule in rules]
    names = [variable.value for variable in answer.variables]
    by_iri = {rule.iri: rule for rule in rules}
    rows: dict[tuple[str, ...], Row] = {}
    for solution in answer:
        values = {name: _plain(term) for name, term in zip(names, solution, strict=True) if term is not None}
        rule = by_iri.get(str(values.pop("rule", "")))
        if rule is None:
            continue
        row = _row(rule, pattern, values, context, modality)
        key = (rule.iri, *row.segments, str(values.get("structure", "")))
        # Several answers for one ground rule: the worst one counts.
        if key not in rows or _RANK[row.outcome] > _RANK[rows[key].outcome]:
            rows[key] = row
    met = {row.rule.iri for row in rows.values()}
    idle = [Row(rule, pattern, (), "not applicable", "no such structure here") for rule in rules if rule.iri not in met]
    return [*rows.values(), *idle]


_RANK = {"not applicable": 0, "passed": 1, "failed": 2, "error": 3}


def _row(rule: Rule, pattern: Pattern, values: dict[str, Value], context: Context, modality: str) -> Row:
    segments = tuple(segment_key(str(values.pop(name))) for name in ("a", "b") if name in values)
    failed, gross, reason = (
        values.pop("failed", None),
        bool(values.pop("gross", False)),
        values.pop("notApplicable", None),
    )
    if rule.modality is not None and modality not in (rule.modality, "unknown"):
        return Row(rule, pattern, segments, "not applicable", f"holds for {rule.modality} alone", values=values)
    if rule.adults_only and context.age_years is not None and context.age_years < 18:
        return Row(rule, pattern, segments, "not applicable", "holds for adults alone", values=values)
    if reason is not None:
        return Row(rule, pattern, segments, "not applicable", str(reason), values=values)
    if failed is None:
        return Row(rule, pattern, segments, "error", "its query gave no outcome", values=values)
    return Row(rule, pattern, segments, "failed" if failed else "passed", "", gross and bool(failed), values)


_NUMBERS = frozenset((XSD + "double", XSD + "decimal", XSD + "integer", XSD + "float"))


def _plain(term: object) -> Value:
    if isinstance(term, NamedNode):
        return term.value
    if isinstance(term, Literal):
        kind, text = term.datatype.value, term.value
        return float(text) if kind in _NUMBERS else text == "true" if kind == _BOOLEAN else text
    return str(term)


_BOOLEAN = XSD + "boolean"
