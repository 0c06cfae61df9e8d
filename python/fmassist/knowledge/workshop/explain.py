"""One rule in plain words: what it says, about what, with which numbers, from where, and what excuses it."""

from __future__ import annotations

from typing import Any

from fmassist.errors import InputError
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import DCTERMS, FMX, RULE
from fmassist.knowledge.workshop.check.rules import NUMBERS
from fmassist.knowledge.workshop.coverage import instances
from fmassist.knowledge.workshop.sources import Sources


def explain(name: str, knowledge: Knowledge, sources: Sources, model: str = "totalsegmentator:total") -> dict[str, Any]:
    """Everything that there is to say of a rule, as plain data.

    Raises:
        InputError: there is no such rule.
    """
    iri = RULE + name.removeprefix(RULE).removeprefix("rule:")
    rule = knowledge.rules.get(iri)
    if rule is None:
        raise InputError("there is no rule of that name", "see fmassist rules docs")
    pattern = knowledge.patterns[rule.pattern]
    file, line = sources.where(iri)
    present = frozenset(load_label_map(model).structures.values()) & knowledge.structures.keys()
    bound = instances(knowledge, rule, frozenset(present))
    label = knowledge.labels.get
    return {
        "rule": iri,
        "label": rule.label,
        "file": file,
        "line": line,
        "status": rule.status,
        "authors": sources.texts(iri, DCTERMS + "creator"),
        "since": next(iter(sources.texts(iri, DCTERMS + "created")), "–"),
        "kind": rule.kind,
        "severity": rule.severity,
        "gross_severity": rule.gross_severity,
        "why": rule.rationale,
        "meaning": pattern.definition,
        "sentence": pattern.sentence,
        "expected": pattern.expectation,
        "measured": f"{pattern.quantity} ({pattern.unit})" if pattern.unit else pattern.quantity,
        "numbers": {n: v for n in NUMBERS if (v := sources.number(iri, FMX + n)) is not None},
        "estimated": sources.texts(iri, FMX + "estimated"),
        "sources": list(rule.sources),
        "holds_for": [label(s, s) for s in sources.texts(iri, FMX + "subject")],
        "except_for": [label(s, s) for s in sources.texts(iri, FMX + "exceptFor")],
        "excused_by": [knowledge.variants[v].label for v in rule.excused_by if v in knowledge.variants],
        "only_for": {"modality": rule.modality, "adults_only": rule.adults_only},
        "model": model,
        "ground_rules": [[label(s, s) for s in pair] for pair in bound],
        "query": pattern.query.strip(),
    }


def as_text(said: dict[str, Any], *, query: bool = False) -> str:
    """The same, to read."""
    numbers = ", ".join(f"{name} {value:g}" for name, value in said["numbers"].items())
    shown = "; ".join(" – ".join(pair) for pair in said["ground_rules"][:12])
    more = len(said["ground_rules"]) - 12
    rows = [
        ("", f"{said['label']}  ({said['rule'].rsplit('/', 1)[-1]}, {said['status']})"),
        ("where", f"{said['file']}:{said['line']}"),
        ("why", said["why"]),
        ("meaning", said["meaning"]),
        ("says", said["sentence"]),
        ("measured", said["measured"]),
        ("expected", said["expected"]),
        ("numbers", numbers),
        ("estimated", "; ".join(said["estimated"])),
        ("sources", "; ".join(said["sources"])),
        ("severity", f"{said['kind']}, {said['severity']}; {said['gross_severity']} where beyond doubt"),
        ("holds for", ", ".join(said["holds_for"])),
        ("except for", ", ".join(said["except_for"])),
        ("excused by", ", ".join(said["excused_by"])),
        (
            f"in {said['model']}",
            f"{len(said['ground_rules'])} ground rules: {shown}{f'; and {more} more' if more > 0 else ''}",
        ),
    ]
    if query:
        rows.append(("query", "\n" + said["query"]))
    return "\n".join(f"{name:12} {text}" if name else text for name, text in rows if text)
