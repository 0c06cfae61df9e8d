"""How fast the reasoner is once a study is loaded, with pySHACL's time on the same facts and violations beside it.

Both run in one thread; processor time is taken, which other programs on the machine change less than the clock's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from fmassist.bench.figures import Figure
from fmassist.bench.injectors import inject
from fmassist.evidence.facts import Evidence
from fmassist.evidence.rdf import evidence_quads
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.meaning import Meanings
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.causes import diagnose
from fmassist.reasoning.consolidate import consolidate
from fmassist.reasoning.context import Context
from fmassist.reasoning.derive import derived_quads
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.judge import Judgement, judge
from fmassist.reasoning.study import check_study, vocabulary_of

LABEL_MAP = "totalsegmentator:total"
ASKED_RULES = 600
"""Ground rules that the project's goal speaks of; a whole torso has about three times as many."""
REPEATS = 7
CASES = (("pair_swapped", 3), ("vertebrae_shifted_up_1", 2), ("study_mirrored", 3), ("displaced", 3))
"""Errors whose causes and repairs are timed: of one pair, of a chain, of the whole study, of one organ."""


def measure_reasoning() -> list[Figure]:
    """Time on one synthetic person, the whole torso with every structure that it has."""
    from fmassist.phantom import torso

    knowledge, labels = load_knowledge(), load_label_map(LABEL_MAP)
    person = torso(seed=9_000, sex="male")
    asked: list[float] = []
    figures: list[Figure] = []
    for kind, severity in CASES:
        spoilt = inject(person.segmentation, person.volume, kind=kind, severity=severity, seed=1)
        _, evidence, meanings = check_study(spoilt.segmentation, spoilt.volume, label_map=labels, knowledge=knowledge)
        anatomy = Anatomy(evidence, knowledge, meanings, vocabulary_of(labels))
        with Study(knowledge, evidence) as study:
            judged = judge(anatomy, Context(), study=study)
            said = consolidate(judged)
            asked.append(_fastest(lambda j=judged, f=said, s=study: diagnose(j, Context(), f, s), 3))  # type: ignore[misc]
            if not figures:
                derived = list(derived_quads(anatomy, Context()))
                seconds = _fastest(lambda d=derived, s=study: s.evaluate(d, Context()), REPEATS)  # type: ignore[misc]
                figures = _rules(seconds, judged, len(evidence.segments), _pyshacl(knowledge, evidence, meanings))
    note = f"slowest of {len(CASES)}: " + "; ".join(
        f"{kind.replace('_', ' ')} {seconds:.2f} s" for (kind, _), seconds in zip(CASES, asked, strict=True)
    )
    worst = max(asked)
    return [*figures, Figure("causes and repairs", worst, "s", goal="at most 0.5 s", met=worst <= 0.5, note=note)]


def _rules(seconds: float, judged: Judgement, segments: int, theirs: tuple[float, bool] | None) -> list[Figure]:
    count = len(judged.rows)
    scaled = seconds * ASKED_RULES / count
    note = f"{segments} segments, {count} ground rules in {seconds * 1000:.0f} ms, after loading; fastest of {REPEATS}"
    name = f"time for {ASKED_RULES} ground rules"
    goal = "at most 0.05 s"
    if theirs is None:
        missing = "pySHACL (extra `dev`) is not installed"
        return [Figure(name, scaled, "s", goal=goal, met=scaled <= 0.05, note=f"{note}; {missing}")]
    peer, same = theirs
    same_note = "the same violations" if same else "OTHER violations"
    return [
        Figure(name, scaled, "s", goal=goal, met=scaled <= 0.05, note=note),
        Figure("all ground rules of a torso", seconds, "s", "pySHACL", peer, seconds / peer, note=same_note),
        Figure("pySHACL gives the same violations", float(same), "share", goal="all", met=same),
    ]


def _fastest(work: Callable[[], object], repeats: int) -> float:
    """The least of several times: what other programs do meanwhile only adds."""
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def _pyshacl(knowledge: Knowledge, evidence: Evidence, meanings: Meanings) -> tuple[float, bool] | None:
    """Seconds that pySHACL takes for the same rules, and whether it finds the same; None where it isn't installed."""
    try:
        found = violations_by_pyshacl(knowledge, evidence, meanings, vocabulary_of(load_label_map(LABEL_MAP)))
    except ImportError:
        return None
    return found.seconds, found.theirs == found.ours


class Violations:
    """What pySHACL and the check find in one study: (rule, nodes) of each violation."""

    def __init__(self, theirs: Iterable[Any], ours: Iterable[Any], seconds: float) -> None:
        self.theirs, self.ours, self.seconds = frozenset(theirs), frozenset(ours), seconds


def violations_by_pyshacl(
    knowledge: Knowledge,
    evidence: Evidence,
    meanings: Meanings,
    vocabulary: frozenset[str],
    context: Context | None = None,
) -> Violations:
    """Run the exported shapes over the closed knowledge, a study's facts and what was derived from them.

    Raises:
        ImportError: pySHACL is not installed.
    """
    import pyshacl  # type: ignore[import-untyped,unused-ignore]
    import rdflib

    from fmassist.knowledge.workshop.export import export_shacl
    from fmassist.knowledge.workshop.sources import read_sources

    context = context or Context()
    anatomy = Anatomy(evidence, knowledge, meanings, vocabulary)
    exported = export_shacl(knowledge, read_sources())
    data = rdflib.Graph()
    for quad in (*knowledge.store, *evidence_quads(evidence), *derived_quads(anatomy, context)):
        data.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    shapes = rdflib.Graph().parse(data=exported.turtle, format="turtle")
    started = time.process_time()
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, js=False, do_owl_imports=False, advanced=False)
    seconds = time.process_time() - started
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    theirs = {
        (str(report.value(result, sh.focusNode)), tuple(sorted(str(report.value(result, sh.value)).split())))
        for result in report.subjects(rdflib.RDF.type, sh.ValidationResult)
    }
    ours = set()
    for row in judge(anatomy, context).rows:
        if row.outcome == "failed" and row.rule.iri not in exported.left_out:
            nodes = [f"urn:fmassist:segment:{key}" for key in row.segments] or [str(row.values.get("structure", ""))]
            ours.add((row.rule.iri, tuple(sorted(nodes))))
    return Violations(theirs, ours, seconds)


def _term(term: Any) -> Any:
    import rdflib
    from pyoxigraph import BlankNode, NamedNode

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    kind = rdflib.URIRef(term.datatype.value)
    # rdflib tells a plain string from one that says so; RDF 1.1 does not.
    return rdflib.Literal(term.value) if kind == rdflib.XSD.string else rdflib.Literal(term.value, datatype=kind)


__all__ = ["Violations", "measure_reasoning", "violations_by_pyshacl"]
