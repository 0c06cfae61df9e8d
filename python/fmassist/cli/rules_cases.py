"""`fmassist rules test`: every rule's cases."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from fmassist.cli.options import KnowledgeFolder
from fmassist.cli.rules_check import AsJson, OutBoth, write_both


def run_cases(
    knowledge: KnowledgeFolder = None,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="NAME", help="One rule alone, such as pair-order.")
    ] = None,
    as_json: AsJson = False,
    out: OutBoth = None,
) -> int:
    """Run every rule's cases: what must fire, and what must not.

    With --out, rules_test.json and rules_test.txt are written into that folder too. Ends with 2 where a case does not
    hold, or a current rule has no case that fires or none that is silent.
    """
    from fmassist.cli.tables import emit
    from fmassist.errors import InputError
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.namespaces import RULE
    from fmassist.reasoning.workshop.cases import account, load_cases

    knowing, cases = load_knowledge(knowledge), load_cases(knowledge)
    if rule is not None:
        cases = [case for case in cases if case.rule == RULE + rule.removeprefix(RULE)]
        if not cases:
            raise InputError("no case of a rule of that name", "see Resources/rules/tests")
    found = account(cases, knowing)
    lacking = [] if rule is not None else [*found.without_firing, *found.without_silent]
    lines = [
        (
            "PASS" if outcome.holds else "FAIL",
            outcome.case.rule.removeprefix(RULE),
            f"{'fires' if outcome.case.fires else 'silent'}: {outcome.case.says}"
            + ("" if outcome.holds else f" — {outcome.reason}"),
        )
        for outcome in found.outcomes
    ]
    lines += [
        ("FAIL", iri.removeprefix(RULE), "has no case that fires") for iri in found.without_firing if rule is None
    ]
    lines += [
        ("FAIL", iri.removeprefix(RULE), "has no case that is silent") for iri in found.without_silent if rule is None
    ]
    failed = sum(word == "FAIL" for word, _, _ in lines)
    document = {
        "knowledge": knowing.stated_version,
        "cases": [
            {"rule": o.case.rule, "fires": o.case.fires, "says": o.case.says, "holds": o.holds, "reason": o.reason}
            for o in found.outcomes
        ],
        "rules_without_case": sorted(set(lacking)),
    }
    ending = f"{len(found.outcomes) - sum(not o.holds for o in found.outcomes)} of {len(found.outcomes)} cases hold"
    ending += f"; knowledge {knowing.stated_version}"
    emit(lines, ending, json.dumps(document, indent=1, ensure_ascii=False) if as_json else None)
    write_both(out, "rules_test", document, "\n".join([*(f"{w:8}{at}  {said}" for w, at, said in lines), ending]))
    return 2 if failed else 0
