"""All rules on one page in plain language: browsable, searchable, loading nothing from outside."""

from __future__ import annotations

import html
from collections import defaultdict

from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.workshop.explain import explain
from fmassist.knowledge.workshop.sources import Sources

_SCRIPT = """
const box = document.getElementById("search"), cards = [...document.querySelectorAll("article")];
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    card.hidden = !words.every((word) => text.includes(word));
  }
});
"""
_STYLE = """
body{font:16px/1.5 system-ui;max-width:56rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
article{border-top:1px solid #8886;padding:.6rem 0}h3{margin:.2rem 0}dl{display:grid;grid-template-columns:8rem 1fr;
gap:.15rem .8rem;margin:.4rem 0}dt{opacity:.7}dd{margin:0}input{font:inherit;width:100%;padding:.4rem}
code{font-size:.85em}
"""


def rules_page(knowledge: Knowledge, sources: Sources, model: str = "totalsegmentator:total") -> str:
    """The page; every string is escaped."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for iri, rule in sorted(knowledge.rules.items()):
        grouped[knowledge.patterns[rule.pattern].label].append(_card(explain(iri, knowledge, sources, model)))
    sections = "\n".join(
        f"<section><h2>{html.escape(label)}</h2>\n{''.join(cards)}</section>"
        for label, cards in sorted(grouped.items())
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>FMAssist rules</title><style>{_STYLE}</style></head>\n<body><h1>Rules</h1>"
        f"<p>Version {html.escape(knowledge.stated_version)}. {len(knowledge.rules)} rules of "
        f"{len(knowledge.patterns)} patterns.</p>"
        '<input id="search" type="search" placeholder="Search: kidney, size, Gray …" aria-label="Search">'
        f"\n{sections}\n<script>{_SCRIPT}</script></body></html>\n"
    )


def _card(said: dict[str, object]) -> str:
    numbers = said["numbers"]
    assert isinstance(numbers, dict)
    ground = said["ground_rules"]
    assert isinstance(ground, list)
    rows = {
        "Why": said["why"],
        "Says": said["sentence"],
        "Measured": said["measured"],
        "Expected": said["expected"],
        "Numbers": ", ".join(f"{name} {value:g}" for name, value in numbers.items()),
        "Estimated": "; ".join(_list(said["estimated"])),
        "Sources": "; ".join(_list(said["sources"])),
        "Severity": f"{said['kind']}, {said['severity']}; {said['gross_severity']} where beyond doubt",
        "Holds for": ", ".join(_list(said["holds_for"])),
        "Except for": ", ".join(_list(said["except_for"])),
        "Excused by": ", ".join(_list(said["excused_by"])),
        "Ground rules": f"{len(ground)} in {said['model']}",
        "Where": f"{said['file']}, line {said['line']}",
    }
    body = "".join(f"<dt>{name}</dt><dd>{html.escape(str(text))}</dd>" for name, text in rows.items() if text)
    name = str(said["rule"]).rsplit("/", 1)[-1]
    label = html.escape(str(said["label"]))
    return (
        f'<article id="{html.escape(name)}"><h3>{label}</h3><code>{html.escape(name)}</code><dl>{body}</dl></article>\n'
    )


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(item) for item in value]
