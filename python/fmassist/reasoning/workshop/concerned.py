"""Which patterns a change of the knowledge concerns, and which facts those ask for: the rest need not be looked at."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from pyoxigraph import BlankNode, NamedNode, Quad

from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import DCTERMS, EV, FMX, OWL, RDF, RDFS, ST

VOLUME_RANGE = "https://w3id.org/fmassist/range/volume_"
ASKED = frozenset(
    (
        *("superiorTo", "inferiorTo", "anteriorTo", "posteriorTo", "leftOf", "rightOf", "adjacentTo"),
        *("continuousWith", "containedIn", "mayOverlap", "tissue", "onePiece", "sex"),
        *("huLow", "huHigh", "huSpreadLow", "huSpreadHigh"),
    )
)
"""What the ontology says that queries alone ask for: nothing is derived from it before the rules run."""
TOGETHER = ("place", "piece")
"""Facets whose failures are gathered into one finding."""
TOLD = frozenset(
    (
        *("http://purl.obolibrary.org/obo/IAO_0000115", "http://purl.obolibrary.org/obo/IAO_0000119"),
        *("http://www.geneontology.org/formats/oboInOwl#hasDbXref", DCTERMS + "source", FMX + "estimated"),
        *(f"http://www.w3.org/2004/02/skos/core#{kind}Match" for kind in ("exact", "close", "broad")),
        *(FMX + name for name in ("snomedType", "snomedMeaning", "colorRGB", "levelSource")),
        *(RDFS + "comment", RDFS + "seeAlso"),
    )
)
"""What is said of a structure to readers, and decides nothing."""
_TERM = re.compile(r"\bev:(\w+)|<" + re.escape(EV) + r"(\w+)>")
_LISTS = re.compile(r"SELECT[^{]*|VALUES\s*\([^)]*\)", re.IGNORECASE)
"""Rows of variables that are no statements."""
_ANY_PROPERTY = re.compile(r"[?$]\w+\s+[?$](\w+)\s+[?$<\"\w]")


def patterns_concerned(old: Knowledge, new: Knowledge) -> frozenset[str] | None:
    """IRIs of the patterns whose outcome a change may alter; None where any may.

    A change of rules, patterns or variants concerns the patterns of those rules; one of volumes' ranges, and one of
    what the ontology says of tissue, neighbours and directions, the patterns that ask for it. A new version IRI
    concerns none. A change of causes, levels, sides, chains or groups, or of the spine's spacings, may concern all.
    """
    changed = _changed(old, new)
    names: set[str] = set()
    for subject, predicates in changed.items():
        mine: set[str] = set()
        known = False
        for knowledge in (old, new):
            if _is_header(knowledge, subject):
                known = True
            elif subject in knowledge.rules:
                mine.add(knowledge.rules[subject].pattern)
            elif subject in knowledge.patterns:
                mine.add(subject)
            elif subject in knowledge.variants:
                known = True
                mine |= {rule.pattern for rule in knowledge.rules.values() if subject in rule.excused_by}
            elif subject.startswith(VOLUME_RANGE):
                mine |= _asking(knowledge, ("ReferenceRange",))
            elif all(predicate in TOLD or predicate.removeprefix(FMX) in ASKED for predicate in predicates):
                known = subject.startswith((ST, FMX))
                mine |= _asking(knowledge, {p.removeprefix(FMX) for p in predicates if p not in TOLD})
        if not mine and not known:
            return None
        names |= {iri for iri in mine if iri}
    # What is gathered into one finding is judged together.
    for facet in TOGETHER:
        group = {iri for k in (old, new) for iri, pattern in k.patterns.items() if facet in pattern.facets}
        names |= group if names & group else set()
    return frozenset(names)


def facts_asked_for(versions: Iterable[Knowledge], patterns: frozenset[str] | None) -> Callable[[Quad], bool]:
    """Whether a fact is one that the queries of these patterns may ask for.

    Every fact is where all patterns run, or where a query leaves open which property it looks at.
    """
    names: set[str] = set()
    for knowledge in versions:
        for pattern in knowledge.patterns.values():
            if patterns is None or pattern.iri not in patterns:
                continue
            # `?relation` takes what fmx:relation names, which are relations of the ontology.
            if any(name != "relation" for name in _ANY_PROPERTY.findall(_LISTS.sub(" ", pattern.query))):
                return lambda _: True
            names |= {EV + (one or other) for one, other in _TERM.findall(pattern.query)}
    if patterns is None:
        return lambda _: True
    return lambda quad: quad.predicate.value in names


def _changed(old: Knowledge, new: Knowledge) -> dict[str, set[str]]:
    """Subjects of which something else is said, and by which properties."""
    statements = [{str(quad): quad for quad in knowledge.store if not _is_anonymous(quad)} for knowledge in (old, new)]
    found: dict[str, set[str]] = defaultdict(set)
    for text in statements[0].keys() ^ statements[1].keys():
        quad = statements[0].get(text) or statements[1][text]
        if isinstance(quad.subject, NamedNode):
            found[quad.subject.value].add(quad.predicate.value)
    return found


def _is_header(knowledge: Knowledge, subject: str) -> bool:
    header = Quad(NamedNode(subject), NamedNode(RDF + "type"), NamedNode(OWL + "Ontology"))
    return header in knowledge.store


def _asking(knowledge: Knowledge, terms: Iterable[str]) -> set[str]:
    """Patterns whose queries name one of these terms of the vocabulary."""
    words = [re.compile(rf"\bfmx:{re.escape(term)}\b") for term in terms]
    return {p.iri for p in knowledge.patterns.values() if any(word.search(p.query) for word in words)}


def _is_anonymous(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
