"""One rule in plain words: what it says, about what, with which numbers, from where, and what excuses it."""

from __future__ import annotations

from typing import Any

from fmassist.errors import InputError
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.model import Knowledge, Pattern
from fmassist.knowledge.namespaces import DCTERMS, FMX, RULE
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
        "numbers": {p.name: v for p in pattern.parameters if (v := sources.number(iri, p.iri)) is not None},
        "estimated": sources.texts(iri, FMX + "estimated"),
        "sources": list(rule.sources),
        "holds_for": [label(s, s) for s in sources.texts(iri, FMX + "subject")],
        "except_for": [label(s, s) for s in sources.texts(iri, FMX + "exceptFor")],
        "excused_by": [knowledge.variants[v].label for v in rule.excused_by if v in knowledge.variants],
        "ranges": _ranges(pattern, [pair[0] for pair in bound], knowledge, sources),
        "only_for": {"modality": rule.modality, "adults_only": rule.adults_only},
        "model": model,
        "ground_rules": [[label(s, s) for s in pair] for pair in bound],
        "query": pattern.query.strip(),
    }


def _ranges(pattern: Pattern, structures: list[str], knowledge: Knowledge, sources: Sources) -> list[dict[str, Any]]:
    """The reference ranges that a rule of volumes reads: that of both sexes, then those of one."""
    if "fmx:ReferenceRange" not in pattern.query:
        return []
    found = []
    for iri, known in sorted(knowledge.ranges.items()):
        about = next(iter(sources.texts(iri, FMX + "structure")), "")
        if about in structures and "volume" in sources.texts(iri, FMX + "quantity"):
            ends = {end: sources.number(iri, FMX + end) for end in ("low", "high")}
            entry = {
                "structure": knowledge.labels.get(about, about),
                "sex": known.sex,
                **ends,
                "basis": list(known.basis),
            }
            found.append(entry)
    return sorted(found, key=lambda entry: (entry["structure"], entry["sex"] or ""))


def as_text(said: dict[str, Any], *, query: bool = False) -> str:
    """The same, to read."""
    numbers = ", ".join(f"{name} {value:g}" for name, value in said["numbers"].items())
    shown = "; ".join(" – ".join(pair) for pair in said["ground_rules"][:12])
    more = len(said["ground_rules"]) - 12
    by_sex = [entry for entry in said["ranges"] if entry["sex"]]
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
    if said["ranges"]:
        told = f"{len(said['ranges'])}, of which {len(by_sex)} hold in one sex"
        rows.append(("ranges", told + "".join(f"\n{'':13}{_range(entry)}" for entry in by_sex)))
    if query:
        rows.append(("query", "\n" + said["query"]))
    return "\n".join(f"{name:12} {text}" if name else text for name, text in rows if text)


def _range(entry: dict[str, Any]) -> str:
    ends = f"{entry['low'] or 0:g} to {entry['high']:g} mL" if entry["high"] is not None else "no upper end"
    return f"{entry['structure']}, {entry['sex']}: {ends}"
