"""What the reasoner believes, for an agent that asks."""

from __future__ import annotations

from typing import Any

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.workshop.explain import explain
from fmassist.knowledge.workshop.sources import read_sources


def rules_about(structure: str = "") -> list[dict[str, str]]:
    """The rules, or those that bind a structure whose name contains `structure`: name, and what each says."""
    knowledge = load_knowledge()
    wanted = structure.strip().lower().replace("_", " ")
    found = []
    for iri, rule in sorted(knowledge.rules.items()):
        bound = [knowledge.labels.get(bind, bind).lower() for bind in rule.binds]
        if not wanted or any(wanted in label for label in bound):
            found.append({"rule": iri.rsplit("/", 1)[-1], "label": rule.label, "why": rule.rationale})
    return found


def rule_in_full(name: str) -> dict[str, Any]:
    """One rule with its numbers, sources, exceptions and what excuses it.

    Raises:
        InputError: there is no such rule.
    """
    said = explain(name, load_knowledge(), read_sources(None))
    return {key: value for key, value in said.items() if key not in ("file", "line", "query")}
