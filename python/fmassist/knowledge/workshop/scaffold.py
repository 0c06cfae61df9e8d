"""A new rule with everything that it needs, to be filled in: the Turtle, and a case that fails until it is."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from fmassist.errors import InputError
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX

_NAME = re.compile(r"^[a-z][a-z0-9-]{2,60}$")


def new_rule(pattern: str, name: str, folder: Path, knowledge: Knowledge) -> list[Path]:
    """Write `NAME.ttl` and `tests/NAME.json` into `folder`.

    Raises:
        InputError: no such pattern, an impossible or taken name, or the files are there already.
    """
    iri = FMX + pattern.removeprefix("fmx:")
    if iri not in knowledge.patterns:
        names = ", ".join(sorted(p.rsplit("#", 1)[-1] for p in knowledge.patterns))
        raise InputError("there is no pattern of that name", f"there are {names}")
    if not _NAME.match(name):
        raise InputError("the rule's name is not lower-case letters, digits and hyphens", "such as spleen-below-heart")
    if any(rule.rsplit("/", 1)[-1] == name for rule in knowledge.rules):
        raise InputError("there is a rule of that name already", "choose another, or edit that one")
    turtle, cases = folder / f"{name}.ttl", folder / "tests" / f"{name}.json"
    if turtle.exists() or cases.exists():
        raise InputError("the files of that rule are there already", "give another --out")
    cases.parent.mkdir(parents=True, exist_ok=True)
    query = knowledge.patterns[iri].query
    wanted = [
        n
        for n in ("limit", "grossLimit", "low", "high", "tolerance", "minimumMl", "relation", "object")
        if f"fmx:{n} " in query
    ]
    numbers = "".join(f"  # fmx:{n} …  ;\n" for n in wanted)
    turtle.write_text(
        f"""@prefix fmx: <{FMX}> .
@prefix st: <https://w3id.org/fmassist/structure/> .
@prefix rule: <https://w3id.org/fmassist/rule/> .
@prefix variant: <https://w3id.org/fmassist/variant/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

# {knowledge.patterns[iri].definition}
# The pattern asks for: {", ".join(wanted) or "nothing more"}. Fill in what stands after a #, and take the # away.

rule:{name} a fmx:Rule ;
  rdfs:label "{name.replace("-", " ").capitalize()}" ;
  fmx:pattern fmx:{iri.rsplit("#", 1)[-1]} ; fmx:subject st:liver ;
{numbers}  # fmx:estimated "how the numbers were found" ;
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
