"""Rules as SHACL-SPARQL constraints, for tools that know SHACL and not FMAssist.

Each current rule becomes a node shape that targets the rule's own node. Run over the knowledge (closed), a study's
facts and what was derived from them, a violation's value names the segments: `segment-of-a segment-of-b`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fmassist.knowledge.model import Knowledge, Rule
from fmassist.knowledge.namespaces import FMX, PREFIXES, short
from fmassist.knowledge.workshop.sources import Sources

_VALUES = re.compile(r"VALUES\s+(\([^)]*\)|\?\w+)\s*\{(.*?)\}\s*\n", re.DOTALL)
_HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix shape: <https://w3id.org/fmassist/shape/> .\n\n"


@dataclass(frozen=True)
class Exported:
    """The shapes, and the rules that SHACL-SPARQL can't say, with the reason."""

    turtle: str
    left_out: Mapping[str, str]


def export_shacl(knowledge: Knowledge, sources: Sources) -> Exported:
    """Every current rule."""
    shapes, left_out = [], {}
    for iri, rule in sorted(knowledge.rules.items()):
        if rule.status == "obsolete":
            continue
        query = knowledge.patterns[rule.pattern].query
        if re.search(r"\{\s*SELECT", query):
            left_out[iri] = "its query has one inside, which SHACL-SPARQL's pre-binding forbids"
            continue
        if rule.adults_only:
            query = (
                _body(query)[:-1]
                + " OPTIONAL { <urn:fmassist:study> ev:ageYears ?age } FILTER(COALESCE(?age >= 18, true)) }"
            )
        shapes.append(_shape(rule, query, sources))
    return Exported(_HEAD + "\n".join(shapes), left_out)


def _shape(rule: Rule, query: str, sources: Sources) -> str:
    name = short(rule.iri)
    relation = next(iter(sources.texts(rule.iri, FMX + "relation")), None)
    body = _body(query)
    body = _without_values(body, relation)
    body = re.sub(r"\?value\b", "?measured", body)
    body = re.sub(r"\?rule\b", "$this", body)
    modality = ""
    if rule.modality is not None:
        modality = f'<urn:fmassist:study> ev:modality ?modality . FILTER(?modality IN ("{rule.modality}", "unknown"))'
    told = 'BIND(CONCAT(COALESCE(STR(?a), STR(?structure), ""), " ", COALESCE(STR(?b), "")) AS ?value)'
    select = (
        f"{PREFIXES}\nSELECT $this ?value WHERE {body[:-1]} {modality}\n  {told}\n"
        "  FILTER(?failed = true && !BOUND(?notApplicable)) }"
    )
    text = select.replace("\\", "\\\\").replace('"', '\\"')
    label = rule.label.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f"shape:{name} a sh:NodeShape ; sh:targetNode <{rule.iri}> ;\n"
        f'  sh:sparql [ a sh:SPARQLConstraint ; sh:message "{label}" ;\n    sh:select """{text}""" ] .\n'
    )


def _body(query: str) -> str:
    return query[query.index("{") : query.rindex("}") + 1]


def _without_values(body: str, relation: str | None) -> str:
    """VALUES is not allowed beside pre-bound variables: the row that is this rule's own is written in."""
    found = _VALUES.search(body)
    if found is None or relation is None:
        return body
    names = re.findall(r"\?\w+", found[1])
    local = "fmx:" + short(relation)
    rows = re.findall(r"\(([^)]*)\)", found[2]) or found[2].split()
    row = next(row for row in rows if local in row.split())
    values = re.findall(r'"[^"]*"|\S+', row)
    rest = body[: found.start()] + body[found.end() :]
    for name, value in zip(names, values, strict=True):
        rest = re.sub(rf"\{name}\b", value, rest)
    return rest
