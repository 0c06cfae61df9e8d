"""`fmassist rules explain`, `coverage` and `docs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import KnowledgeFolder
from fmassist.cli.rules_check import AsJson, OutBoth, write_both

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge

Model = Annotated[str, typer.Option("--model", metavar="NAME", help="Whose labels: a name of --label-map.")]


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its name, such as pair-order.")],
    knowledge: KnowledgeFolder = None,
    model: Model = "totalsegmentator:total",
    query: Annotated[bool, typer.Option("--query", help="Show the query too.")] = False,
    as_json: AsJson = False,
    out: OutBoth = None,
) -> int:
    """One rule in plain words: what it says, about what, with which numbers, from where, and what excuses it.

    With --out, rules_explain.json and rules_explain.txt are written into that folder too.
    """
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.explain import as_text
    from fmassist.knowledge.workshop.explain import explain as tell
    from fmassist.knowledge.workshop.sources import read_sources

    said = tell(rule, load_knowledge(knowledge), read_sources(own=knowledge), model)
    text = as_text(said, query=query)
    print(json.dumps(said, indent=1, ensure_ascii=False) if as_json else text)  # noqa: T201
    write_both(out, "rules_explain", said, text)
    return 0


def coverage(
    knowledge: KnowledgeFolder = None,
    model: Model = "totalsegmentator:total",
    as_json: AsJson = False,
    out: OutBoth = None,
) -> int:
    """Which structures, relations and models have which rules, and the gaps.

    With --out, rules_coverage.json and rules_coverage.txt are written into that folder too.
    """
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.coverage import cover
    from fmassist.knowledge.workshop.sources import read_sources

    knowing = load_knowledge(knowledge)
    found = cover(knowing, model)
    tests = read_sources(own=knowledge).tests
    document = {"knowledge": knowing.stated_version, **found.as_dict(), "rules_with_cases": len(tests) - 1}
    rows = [
        ("knowledge", knowing.stated_version),
        ("structures", f"{found.structures} in {model}"),
        ("patterns", str(found.patterns)),
        (
            "rules",
            f"{found.rules}, {len(tests) - 1} with cases, {found.primary_source_share:.0%} with a primary source "
            f"(paper, standard, terminology), {found.report_share:.0%} more with a report of the error",
        ),
        ("ground rules", str(found.ground_rules)),
        ("reference ranges", f"{found.ranges}, {found.ranges_by_sex} of them of one sex"),
    ]
    for family, (have, of, lacking) in found.families.items():
        gaps = f"; lacking: {', '.join(lacking[:8])}{' …' if len(lacking) > 8 else ''}" if lacking else ""
        rows.append((family, f"{have} of {of} where it applies{gaps}"))
    rows += [(name, f"{count} structures") for name, count in found.by_model.items()]
    told = "\n".join(f"{name:28}{text}" for name, text in rows)
    print(json.dumps(document, indent=1) if as_json else told)  # noqa: T201
    write_both(out, "rules_coverage", document, told)
    return 0


def docs(
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for rules.html; without it a list is printed.")
    ] = None,
    knowledge: KnowledgeFolder = None,
) -> int:
    """All rules and histories: on one page to browse and search, or without --out as a list on the terminal."""
    from fmassist.application.folder import whole_folder
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.pages import rules_page
    from fmassist.knowledge.workshop.sources import read_sources

    if out is None:
        _list(load_knowledge(knowledge))
        return 0
    page = rules_page(load_knowledge(knowledge), read_sources(own=knowledge))
    with whole_folder(out, overwrite=True) as folder:
        (folder / "rules.html").write_text(page, encoding="utf-8")
    print(f"rules: {out / 'rules.html'}")  # noqa: T201
    return 0


def _list(knowledge: Knowledge) -> None:
    """The rules, and the histories and variants that a context may name, a line each."""
    print("Rules")  # noqa: T201
    for iri, rule in sorted(knowledge.rules.items()):
        print(f"  {iri.rsplit('/', 1)[-1]:32} {rule.label}")  # noqa: T201
    print("Histories and variants (context: history)")  # noqa: T201
    for iri, variant in sorted(knowledge.variants.items()):
        print(f"  {iri.rsplit('/', 1)[-1]:32} {variant.label}")  # noqa: T201
