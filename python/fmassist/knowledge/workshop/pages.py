"""All rules, ranges and histories on one page in plain words: browsable, searchable, loading nothing from outside."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Sequence

from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX
from fmassist.knowledge.workshop.explain import explain
from fmassist.knowledge.workshop.sources import Sources
from fmassist.page_policy import policy

_SCRIPT = """
const box = document.getElementById("search"), told = document.getElementById("told");
const cards = [...document.querySelectorAll("article, tbody tr")], parts = [...document.querySelectorAll("section")];
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    card.hidden = !words.every((word) => text.includes(word));
  }
  for (const part of parts) part.hidden = !part.querySelector("article:not([hidden]), tbody tr:not([hidden])");
  const found = cards.filter((card) => !card.hidden).length;
  told.textContent = words.length ? `${found} of ${cards.length} entries` : "";
});
"""
_STYLE = """
body{font:16px/1.5 system-ui;max-width:56rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
article{border-top:1px solid #8886;padding:.6rem 0}h3{margin:.2rem 0}dl{display:grid;grid-template-columns:8rem 1fr;
gap:.15rem .8rem;margin:.4rem 0}dt{opacity:.7}dd{margin:0}input{font:inherit;width:100%;padding:.4rem}
code{font-size:.85em}nav{columns:2;margin:1rem 0;font-size:.9em}nav a{display:block}table{border-collapse:collapse;
width:100%;font-size:.9em}th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}tr{border-top:1px solid
#8886}#told{opacity:.7;min-height:1.5em;margin:.2rem 0}
"""


def rules_page(knowledge: Knowledge, sources: Sources, model: str = "totalsegmentator:total") -> str:
    """The page; every string is escaped."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for iri, rule in sorted(knowledge.rules.items()):
        label = knowledge.patterns[rule.pattern].label
        grouped[label[:1].upper() + label[1:]].append(_card(explain(iri, knowledge, sources, model)))
    parts = {label: "".join(cards) for label, cards in sorted(grouped.items())}
    parts["Normal variants and histories"] = _variants(knowledge)
    parts["Reference ranges"] = _ranges(knowledge, sources)
    sections = "\n".join(
        f'<section id="{_anchor(label)}"><h2>{html.escape(label)}</h2>\n{body}</section>'
        for label, body in parts.items()
    )
    contents = "".join(f'<a href="#{_anchor(label)}">{html.escape(label)}</a>' for label in parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"{policy(style=_STYLE, script=_SCRIPT)}"
        '<meta name="viewport" content="width=device-width">'
        f"<title>FMAssist rules</title><style>{_STYLE}</style></head>\n<body><h1>Rules</h1>"
        f"<p>Version {html.escape(knowledge.stated_version)}. {len(knowledge.rules)} rules of "
        f"{len(knowledge.patterns)} patterns.</p>"
        '<input id="search" type="search" placeholder="Search: kidney, size, Gray …" aria-label="Search">'
        f'<p id="told" role="status"></p><nav>{contents}</nav>\n{sections}\n<script>{_SCRIPT}</script></body></html>\n'
    )


def _card(said: dict[str, object]) -> str:
    numbers = said["numbers"]
    assert isinstance(numbers, dict)
    ground = said["ground_rules"]
    assert isinstance(ground, list)
    rows = {
        "Why": said["why"],
        "Says": _plain(str(said["sentence"]), numbers),
        "Measured": said["measured"],
        "Expected": _plain(str(said["expected"]), numbers),
        "Numbers": ", ".join(f"{name} {value:g}" for name, value in numbers.items()),
        "Estimated": "; ".join(_list(said["estimated"])),
        "Sources": "; ".join(_list(said["sources"])),
        "Status": f"{said['status']}; by {', '.join(_list(said['authors']))}, since {said['since']}",
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


def _variants(knowledge: Knowledge) -> str:
    """Each with the word for a context file, how frequent it is, and which rules it excuses."""
    rows = []
    for iri, variant in sorted(knowledge.variants.items(), key=lambda item: item[1].label):
        excuses = [rule.label for rule in knowledge.rules.values() if iri in rule.excused_by]
        about = [knowledge.labels.get(name, name) for name in variant.affects]
        rows.append(
            (
                variant.label,
                iri.rsplit("/", 1)[-1],
                variant.prevalence,
                ", ".join(about) or "any",
                "; ".join(sorted(excuses)) or "what is missing, displaced or misshapen of it",
                "; ".join(variant.sources),
            )
        )
    return _table(("History", "In a context file", "Prevalence", "Of", "Would explain a failure of", "Sources"), rows)


def _ranges(knowledge: Knowledge, sources: Sources) -> str:
    rows = []
    for iri, known in sorted(knowledge.ranges.items()):
        low, typical, high = (sources.number(iri, FMX + name) for name in ("low", "typical", "high"))
        ends = f"{typical:g}" if typical is not None else f"{low or 0:g} to {high:g}" if high is not None else ""
        about = ", ".join(knowledge.labels.get(name, name) for name in sources.texts(iri, FMX + "structure"))
        quantity, unit = ("; ".join(sources.texts(iri, FMX + name)) for name in ("quantity", "unit"))
        rows.append((about, quantity, f"{ends} {unit}", known.sex or "both", known.population, "; ".join(known.basis)))
    return _table(("Structure", "Quantity", "Usual", "Sex", "Population", "Source"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr></thead><tbody>{body}</tbody></table>"


def _plain(text: str, numbers: dict[str, float]) -> str:
    """A sentence with the rule's own numbers in it, and a word or a gap for what each study fills in."""
    words = {"a": "[structure]", "b": "[other structure]", "structure": "[structure]"}
    words["whom"] = " [in women, in men]"
    return re.sub(
        r"\{(\w+)\}", lambda m: words.get(m[1]) or (f"{numbers[m[1]]:g}" if m[1] in numbers else f"[{m[1]}]"), text
    )


def _anchor(label: str) -> str:
    return "part-" + re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(item) for item in value]
