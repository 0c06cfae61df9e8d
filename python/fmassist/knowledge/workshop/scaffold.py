"""A new rule with everything that it needs, to be filled in: the Turtle, and a case that fails until it is."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from fmassist.errors import InputError
from fmassist.knowledge.model import Knowledge, Parameter, Pattern
from fmassist.knowledge.namespaces import FMX, short

_NAME = re.compile(r"^[a-z][a-z0-9-]{2,60}$")


def new_rule(pattern: str, name: str, folder: Path, knowledge: Knowledge) -> list[Path]:
    """Write `NAME.ttl` and `tests/NAME.json` into `folder`.

    Raises:
        InputError: no such pattern, an impossible or taken name, or the files are there already.
    """
    iri = FMX + pattern.removeprefix("fmx:")
    if iri not in knowledge.patterns:
        names = ", ".join(sorted(short(p) for p in knowledge.patterns))
        raise InputError("there is no pattern of that name", f"there are {names}")
    if not _NAME.match(name):
        raise InputError("the rule's name is not lower-case letters, digits and hyphens", "such as spleen-below-heart")
    if any(short(rule) == name for rule in knowledge.rules):
        raise InputError("there is a rule of that name already", "choose another, or edit that one")
    turtle, cases = folder / f"{name}.ttl", folder / "tests" / f"{name}.json"
    if turtle.exists() or cases.exists():
        raise InputError("the files of that rule are there already", "give another --out")
    cases.parent.mkdir(parents=True, exist_ok=True)
    chosen = knowledge.patterns[iri]
    stated, like = _lines(chosen, knowledge)
    turtle.write_text(
        f"""@prefix fmx: <{FMX}> .
@prefix st: <https://w3id.org/fmassist/structure/> .
@prefix rule: <https://w3id.org/fmassist/rule/> .
@prefix variant: <https://w3id.org/fmassist/variant/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

# {chosen.definition}
# The numbers are those of {f"rule:{like}" if like else "nobody"}: put your own, and say how they were found.

rule:{name} a fmx:Rule ;
  rdfs:label "{name.replace("-", " ").capitalize()}" ;
  fmx:pattern fmx:{short(iri)} ; fmx:subject st:liver ;
{stated}  fmx:estimated "not yet: say how the numbers were found" ;
  fmx:kind "needs_confirmation" ; fmx:severity "review" ; fmx:grossSeverity "review" ;
  # fmx:excusedBy variant:… ;
  rdfs:comment "why this holds" ;
  # dcterms:source "where that is written" ;
  dcterms:creator "your name" ; dcterms:created "{date.today().isoformat()}"^^xsd:date ; fmx:status "testing" .
""",
        encoding="utf-8",
    )
    fixture = {
        "rule": name,
        "fires": [{"says": "what goes wrong here, in words", "structures": {}, "concerns": []}],
        "silent": [{"says": "a normal adult", "structures": {}, "concerns": []}],
    }
    cases.write_text(json.dumps(fixture, indent=1) + "\n", encoding="utf-8")
    return [turtle, cases]


def _lines(pattern: Pattern, knowledge: Knowledge) -> tuple[str, str]:
    """What the pattern asks for, with the values of a rule that there is; and that rule's name."""
    example = next((rule for _, rule in sorted(knowledge.rules.items()) if rule.pattern == pattern.iri), None)
    text = ""
    for parameter in pattern.parameters:
        value = _stated(knowledge, example.iri if example else "", parameter) or ("0.0" if parameter.is_number else "")
        unit = f", in {parameter.unit}" if parameter.unit else ""
        needed = "" if parameter.is_required else " (may be left out)"
        hidden = "" if value else "# "
        text += f"  {hidden}fmx:{parameter.name} {value or '…'} ;  # {parameter.definition}{unit}{needed}\n"
    return text, short(example.iri) if example else ""


def _decimal(text: str) -> str:
    return text if "." in text else f"{text}.0"


def _stated(knowledge: Knowledge, rule: str, parameter: Parameter) -> str:
    """What a rule states, as Turtle; empty where it says nothing."""
    if not rule:
        return ""
    quads = knowledge.store.quads_for_pattern(NamedNode(rule), NamedNode(parameter.iri), None)
    found = [quad.object for quad in quads]
    if parameter.is_number:
        return " , ".join(sorted(_decimal(value.value) for value in found if isinstance(value, Literal)))
    return " , ".join(sorted(map(str, found)))
