"""A page for each rule and each pattern, made from the knowledge itself, so that it can't be out of date."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.model import Knowledge, Pattern
from fmassist.knowledge.workshop.explain import explain
from fmassist.knowledge.workshop.sources import read_sources

_WARNING = "<!-- Made by docs/knowledge_pages.py from Resources/. Do not edit. -->\n\n"


def write(folder: Path) -> None:
    """Writes all pages into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    knowledge, sources = load_knowledge(), read_sources(None)
    for iri in sorted(knowledge.rules):
        said = explain(iri, knowledge, sources)
        (folder / f"rule-{_name(iri)}.md").write_text(_rule_page(said, knowledge), encoding="utf-8")
    for iri, pattern in sorted(knowledge.patterns.items()):
        (folder / f"pattern-{_name(iri)}.md").write_text(_pattern_page(iri, pattern, knowledge), encoding="utf-8")
    (folder / "index.md").write_text(_index(knowledge), encoding="utf-8")


def _name(iri: str) -> str:
    return iri.replace("#", "/").rsplit("/", 1)[-1]


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _index(knowledge: Knowledge) -> str:
    counted = (
        f"{len(knowledge.structures)} structures, {len(knowledge.rules)} rules of {len(knowledge.patterns)} patterns, "
        f"{len(knowledge.variants)} variants and histories, {len(knowledge.causes)} causes"
    )
    lists = "".join(
        f"```{{toctree}}\n:maxdepth: 1\n:glob:\n:caption: {caption}\n\n{names}\n```\n\n"
        for caption, names in (("Rules", "rule-*"), ("Patterns", "pattern-*"))
    )
    return f"{_WARNING}# What is believed\n\nVersion {knowledge.stated_version}: {counted}.\n\n{lists}"


def _rule_page(said: dict[str, Any], knowledge: Knowledge) -> str:
    pattern = knowledge.rules[said["rule"]].pattern
    numbers = ", ".join(f"{name} {value:g}" for name, value in said["numbers"].items())
    rows = [
        ("Why", said["why"]),
        ("Says", said["sentence"]),
        ("Measured", said["measured"]),
        ("Expected", said["expected"]),
        ("Numbers", numbers),
        ("Estimated", "; ".join(said["estimated"])),
        ("Sources", "; ".join(said["sources"])),
        ("Severity", f"{said['kind']}, {said['severity']}; {said['gross_severity']} where beyond doubt"),
        ("Holds for", ", ".join(said["holds_for"])),
        ("Except for", ", ".join(said["except_for"])),
        ("Excused by", ", ".join(said["excused_by"])),
    ]
    told = "\n".join(f"**{name}**: {_plain(text)}\n" for name, text in rows if text)
    pairs = "\n".join(f"- {' – '.join(pair)}" for pair in said["ground_rules"])
    return (
        f"{_WARNING}# {_title(said['label'])}\n\n`rule:{_name(said['rule'])}`, a rule of the pattern "
        f"[{knowledge.patterns[pattern].label}](pattern-{_name(pattern)}.md).\n\n{told}\n"
        f"## In {said['model']}\n\n{pairs or 'It binds none of its structures.'}\n"
    )


def _pattern_page(iri: str, pattern: Pattern, knowledge: Knowledge) -> str:
    rules = [(name, rule.label) for name, rule in sorted(knowledge.rules.items()) if rule.pattern == iri]
    listed = "\n".join(f"- [{label}](rule-{_name(name)}.md)" for name, label in rules)
    measured = f"{pattern.quantity} ({pattern.unit})" if pattern.unit else pattern.quantity
    return (
        f"{_WARNING}# {_title(pattern.label)}\n\n{_plain(pattern.definition)}\n\n"
        f"**Says**: {_plain(pattern.sentence)}\n\n**Measured**: {measured}\n\n"
        f"## Rules of this pattern\n\n{listed or 'None is shipped.'}\n\n"
        f"## Query\n\n```sparql\n{pattern.query.strip()}\n```\n"
    )


def _plain(text: str) -> str:
    """Text that stands in a page as it is: braces and brackets of sentences are no markup."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "&lt;").replace("_", "\\_").replace("[", "\\[")
