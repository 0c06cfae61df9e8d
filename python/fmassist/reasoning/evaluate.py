"""Runs every pattern's query over one study, and accounts for every ground rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from fmassist.evidence.facts import Evidence
from fmassist.evidence.rdf import (
    DERIVED,
    PAIRS,
    STUDY,
    evidence_quads,
    is_segment,
    pair_quads,
    segment_key,
    study_quads,
)
from fmassist.knowledge.apart import Ended
from fmassist.knowledge.model import Knowledge, Pattern, Rule
from fmassist.knowledge.namespaces import PREFIXES, XSD, short
from fmassist.knowledge.working import WorkingStore, borrow, give_back
from fmassist.reasoning.ask import ask, by_variable
from fmassist.reasoning.context import Context
from fmassist.reasoning.incremental import Changes, about
from fmassist.terms import Outcome, RuleStatus

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
    outcome: Outcome
    reason: str = ""
    is_gross: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)
    """Every other variable of the query's row."""


@dataclass(frozen=True)
class Reading:
    """What one reading of the labels gave: the derived facts, and every ground rule's row before any excuse."""

    derived: frozenset[Quad]
    rows: tuple[Row, ...]

    @cached_property
    def by_pattern(self) -> Mapping[str, list[Row]]:
        """The rows by their rule's pattern."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.rule.pattern].append(row)
        return found


MOST_ANEW = 0.4
"""Where more of the segments than this are touched, a pattern is run as a whole (estimate: a query about one segment
costs about twice its share of the whole)."""


MOST_ENDED = 5
"""Queries of one's own that may take too much before the rest of them is not asked any more: each costs its time."""


class Study:
    """One study's facts beside the knowledge, ready to be asked.

    The measured facts are put into a store once; the derived ones, which depend on how the labels are read, are
    exchanged for each reading. Use it as a context manager: the store is its own until then, and clean afterwards.

    Args:
        knowledge: what its facts are put beside, in a copy.
        evidence: of the study.
        measured: the evidence as quads where somebody has them already.
    """

    def __init__(self, knowledge: Knowledge, evidence: Evidence, measured: Iterable[Quad] | None = None) -> None:
        self.knowledge = knowledge
        self.evidence = evidence
        self._measured = measured
        self._held: list[frozenset[Quad]] = [frozenset()]
        """The derived facts that the store holds, shared with every other view of the same study."""
        self._store: WorkingStore | None = None

    @property
    def _working(self) -> WorkingStore:
        assert self._store is not None, "a study is asked within its `with`"
        return self._store

    def __enter__(self) -> Self:
        self._store = borrow(self.knowledge.store)
        self._clear()
        self._working.extend(evidence_quads(self.evidence) if self._measured is None else self._measured)
        return self

    @contextmanager
    def seen_as(self, evidence: Evidence) -> Iterator[Study]:
        """The same study with what was measured read otherwise, as in a mirror or at another scale."""
        other = Study(self.knowledge, evidence)
        other._held, other._store = self._held, self._store
        pairs = evidence.pairs is not self.evidence.pairs
        mine, theirs = self._of_segments, other._of_segments
        if pairs:
            mine, theirs = mine | frozenset(pair_quads(self.evidence)), theirs | frozenset(pair_quads(evidence))
        self._exchange(mine, theirs)
        try:
            yield other
        finally:
            self._exchange(theirs, mine)

    @cached_property
    def _of_segments(self) -> frozenset[Quad]:
        """What was measured, but for pairs."""
        return frozenset(study_quads(self.evidence))

    def _exchange(self, old: frozenset[Quad], new: frozenset[Quad]) -> None:
        """Let the store hold these facts in place of others: a mirror changes a part of them."""
        store = self._working
        for quad in old - new:
            store.remove(quad)
        store.extend(new - old)

    def __exit__(self, *_: object) -> None:
        self._clear()
        give_back(self.knowledge.store, self._working)
        self._store = None

    def evaluate(
        self,
        derived: Iterable[Quad],
        context: Context,
        *,
        patterns: frozenset[str] | None = None,
        base: Reading | None = None,
    ) -> Reading:
        """Every ground instance of every rule under one reading, in a stable order.

        A rule whose query fails, or that gives neither an outcome nor a reason, ends as an error: the check fails
        closed.

        Args:
            derived: what follows from the facts and the meanings, in the graph `DERIVED`.
            context: what is known of the patient.
            patterns: IRIs (or their local names) of the patterns to run; None for all.
            base: another reading of the same facts by all patterns. What both have in common is taken from it.
        """
        knowledge, modality = self.knowledge, self.evidence.scan.modality
        wanted = frozenset(derived)
        self._hold(wanted)
        changed = None if base is None else Changes(base.derived ^ wanted)
        known = {} if base is None else base.by_pattern
        rows: list[Row] = []
        for iri, rules in _rules_by_pattern(knowledge):
            if patterns is not None and iri not in patterns and short(iri) not in patterns:
                continue
            pattern = knowledge.patterns.get(iri)
            if pattern is None:
                rows.extend(Row(rule, _NO_PATTERN, (), Outcome.ERROR, "its pattern does not exist") for rule in rules)
                continue
            touched = None if changed is None else changed.segments_for(pattern.query)
            if touched is not None and len(touched) <= MOST_ANEW * len(self.evidence.segments):
                mine = [row for row in known[iri] if row.reason != NOTHING_HERE and not touched & set(row.segments)]
                for query in about(pattern.query, touched):
                    mine += _run(knowledge, self._working, pattern, rules, context, modality, f"{PREFIXES}\n{query}")
                mine = list({(r.rule.iri, r.segments, _structure(r)): r for r in mine}.values())
            else:
                mine = _run(knowledge, self._working, pattern, rules, context, modality)
            rows += [*mine, *_idle(pattern, rules, mine)]
        rows.sort(key=lambda r: (r.rule.label, r.rule.iri, r.segments, _structure(r)))
        return Reading(wanted, tuple(rows))

    def _hold(self, derived: frozenset[Quad]) -> None:
        """Let the store have these derived facts and no others."""
        held = self._held[0]
        if not held or len(held ^ derived) > len(derived):
            self._working.remove_graph(DERIVED)
            self._working.extend(derived)
        else:
            self._exchange(held, derived)
        self._held[0] = derived

    def _clear(self) -> None:
        for graph in (STUDY, PAIRS, DERIVED):
            self._working.remove_graph(graph)
        self._held[0] = frozenset()


def _rules_by_pattern(knowledge: Knowledge) -> list[tuple[str, list[Rule]]]:
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in knowledge.rules.values():
        if rule.status is not RuleStatus.OBSOLETE:
            found[rule.pattern].append(rule)
    return sorted(found.items())


def _structure(row: Row) -> str:
    """What a row without segments speaks about."""
    return "" if row.segments else str(row.values.get("structure", ""))


_NO_PATTERN = Pattern("", "", "", "", "", "")


def _run(
    knowledge: Knowledge,
    working: WorkingStore,
    pattern: Pattern,
    rules: list[Rule],
    context: Context,
    modality: str,
    query: str | None = None,
) -> list[Row]:
    """Every row of one pattern, without those of the rules that have none."""
    try:
        answers = _ask(knowledge, working, pattern, query or f"{PREFIXES}\n{pattern.query}")
    except (SyntaxError, ValueError, OSError) as error:
        reason = f"its query can't run: {str(error).splitlines()[0]}"
        return [Row(rule, pattern, (), Outcome.ERROR, reason) for rule in rules]
    except Ended as error:
        return [Row(rule, pattern, (), Outcome.ERROR, f"its query was ended, {error}") for rule in rules]
    by_iri = {rule.iri: rule for rule in rules}
    rows: dict[tuple[str, ...], Row] = {}
    for terms in answers:
        rule = by_iri.get(_text(terms.get("rule")))
        if rule is None:
            continue
        row = _row(rule, pattern, terms, context, modality)
        key = (rule.iri, *row.segments, _text(terms.get("structure")))
        # Several answers for one ground rule: the worst one counts.
        if key not in rows or _RANK[row.outcome] > _RANK[rows[key].outcome]:
            rows[key] = row
    return list(rows.values())


def _ask(knowledge: Knowledge, working: WorkingStore, pattern: Pattern, query: str) -> Iterable[dict[str, object]]:
    """The answers by variable: from here where the query is known, from a process that can be ended where it isn't.

    A query that was ended once is not asked again: it would be once for every reading of the labels.
    """
    if knowledge.runs_here is None or pattern.query in knowledge.runs_here:
        answer = working.store.query(query, use_default_graph_as_union=True)
        if not isinstance(answer, QuerySolutions):
            raise ValueError("it is no SELECT")
        names = tuple(variable.value for variable in answer.variables)
        return (dict(zip(names, solution, strict=True)) for solution in answer)
    ended = working.ended
    if pattern.query in ended:
        raise Ended(ended[pattern.query])
    if len(ended) >= MOST_ENDED:
        raise Ended("too many of these queries were ended before it")
    try:
        return by_variable(*ask(working.store, query))
    except Ended as error:
        ended[pattern.query] = str(error)
        raise


def _idle(pattern: Pattern, rules: Iterable[Rule], rows: Iterable[Row]) -> list[Row]:
    """A row for each rule that speaks about nothing here."""
    met = {row.rule.iri for row in rows}
    return [Row(rule, pattern, (), Outcome.NOT_APPLICABLE, NOTHING_HERE) for rule in rules if rule.iri not in met]


NOTHING_HERE = "no such structure here"
_RANK = {outcome: outcome.rank for outcome in Outcome}
_OUTCOME = frozenset(("rule", "a", "b", "failed", "gross", "notApplicable", "cannotTell"))


class _Values(Mapping[str, Value]):
    """What a query found besides the outcome, read when somebody asks: most rows pass, and nobody does."""

    __slots__ = ("_terms",)

    def __init__(self, terms: Mapping[str, object]) -> None:
        self._terms = terms

    def __getitem__(self, name: str) -> Value:
        term = self._terms.get(name)
        if term is None or name in _OUTCOME:
            raise KeyError(name)
        return _plain(term)

    def __iter__(self) -> Iterator[str]:
        return (name for name, term in self._terms.items() if term is not None and name not in _OUTCOME)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


def _row(rule: Rule, pattern: Pattern, terms: Mapping[str, object], context: Context, modality: str) -> Row:
    a, b, reason = terms.get("a"), terms.get("b"), terms.get("notApplicable")
    segments = tuple(segment_key(_text(node)) for node in (a, b) if node is not None)
    values = _Values(terms)
    if rule.modality is not None and modality not in (rule.modality, "unknown"):
        return Row(rule, pattern, segments, Outcome.NOT_APPLICABLE, f"holds for {rule.modality} alone", values=values)
    if rule.adults_only and context.age_years is not None and context.age_years < 18:
        return Row(rule, pattern, segments, Outcome.NOT_APPLICABLE, "holds for adults alone", values=values)
    if reason is not None:
        return Row(rule, pattern, segments, Outcome.NOT_APPLICABLE, _text(reason), values=values)
    unknown = terms.get("cannotTell")
    if unknown is not None:
        return Row(rule, pattern, segments, Outcome.CANNOT_TELL, _text(unknown), values=values)
    failed = terms.get("failed")
    if failed is None:
        return Row(rule, pattern, segments, Outcome.ERROR, "its query gave no outcome", values=values)
    if not _plain(failed):
        return Row(rule, pattern, segments, Outcome.PASSED, values=values)
    gross = terms.get("gross")
    return Row(rule, pattern, segments, Outcome.FAILED, "", gross is not None and bool(_plain(gross)), values)


def _text(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else "" if term is None else str(term)


_NUMBERS = frozenset((XSD + "double", XSD + "decimal", XSD + "integer", XSD + "float"))


def _plain(term: object) -> Value:
    if isinstance(term, NamedNode):
        return segment_key(term.value) if is_segment(term.value) else term.value
    if isinstance(term, Literal):
        kind, text = term.datatype.value, term.value
        return float(text) if kind in _NUMBERS else text == "true" if kind == _BOOLEAN else text
    return str(term)


_BOOLEAN = XSD + "boolean"
