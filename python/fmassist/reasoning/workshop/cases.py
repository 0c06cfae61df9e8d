"""Cases that rules must tell apart: for every rule at least one that fires and one that does not.

A file in `Resources/rules/tests/` holds the cases of one rule: `{"rule": …, "fires": […], "silent": […]}`. Each case
says in words what it shows (`says`), and what differs from a normal adult (see `paper`). A silent case must be judged
and pass, or be not applicable for the reason that it names in `because`: that a rule never looked is no proof.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import RULE, ST
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.context import make_context
from fmassist.reasoning.judge import judge
from fmassist.reasoning.workshop.paper import evidence_on_paper, with_contact, with_foreign, with_overlap
from fmassist.resources import resource

KEYS = {
    *("says", "structures", "only", "field_of_view_ras_mm", "modality", "looks_like_hu", "context", "overlaps"),
    "foreign_borders",
    "borders",
    *("concerns", "because", "vocabulary"),
}
BASE = "normal_adult.json"
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Case:
    """One case of one rule.

    Attributes:
        rule: IRI.
        fires: whether the rule must fail here.
        file: name of the file that it stands in.
    """

    rule: str
    says: str
    fires: bool
    content: Mapping[str, Any]
    file: str


@dataclass(frozen=True)
class Outcome:
    """What a case came to."""

    case: Case
    holds: bool
    reason: str


@dataclass(frozen=True)
class Account:
    """All cases, and the rules that lack one."""

    outcomes: tuple[Outcome, ...]
    without_firing: tuple[str, ...]
    without_silent: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every case came out as it says, and no current rule lacks one."""
        return all(o.holds for o in self.outcomes) and not self.without_firing and not self.without_silent


def load_cases(own: Path | None = None) -> list[Case]:
    """The shipped cases, and those in the folder `tests` of a user's own knowledge.

    Raises:
        InputError: a file is no set of cases; the line names it.
    """
    folders = [resource("rules", "tests")]
    if own is not None and (own / "ontology").is_dir():
        folders = [own / "rules" / "tests"]  # a whole version, in place of the shipped one
    elif own is not None:
        folders += sorted(path for path in own.rglob("tests") if path.is_dir())
    return [case for folder in folders for path in sorted(folder.glob("*.json")) for case in _read(path)]


def run_cases(cases: list[Case], knowledge: Knowledge) -> list[Outcome]:
    """Judge every case under `knowledge`."""
    return [_run(case, knowledge) for case in cases]


def account(cases: list[Case], knowledge: Knowledge) -> Account:
    """Run the cases, and see which current rules have none."""
    current = [iri for iri, rule in sorted(knowledge.rules.items()) if rule.status == "current"]
    firing = {case.rule for case in cases if case.fires}
    silent = {case.rule for case in cases if not case.fires}
    return Account(
        tuple(run_cases(cases, knowledge)),
        tuple(iri for iri in current if iri not in firing),
        tuple(iri for iri in current if iri not in silent),
    )


def _read(path: Path) -> list[Case]:
    if path.name == BASE:
        return []
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path.name} is larger than any set of cases")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rule = RULE + content["rule"]
        found = [
            Case(rule, str(case["says"]), kind == "fires", case, path.name)
            for kind in ("fires", "silent")
            for case in content.get(kind, [])
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"{path.name} holds no cases of a rule", 'write {"rule": …, "fires": [], "silent": []}'
        ) from None
    for case in found:
        if unknown := case.content.keys() - KEYS:
            raise InputError(f"{path.name}: a case has an entry {min(unknown)!r} that nothing reads")
    return found


def _run(case: Case, knowledge: Knowledge) -> Outcome:
    rule = knowledge.rules.get(case.rule)
    if rule is None:
        return Outcome(case, False, "there is no such rule")
    content = case.content
    try:
        evidence = with_overlap(evidence_on_paper(content, knowledge), content.get("overlaps", []))
        evidence = with_foreign(evidence, content.get("foreign_borders", []))
        evidence = with_contact(evidence, content.get("borders", []))
        context = make_context(dict(content.get("context", {})), knowledge)
    except InputError as error:
        return Outcome(case, False, str(error))
    meanings = {segment.key: ST + segment.name for segment in evidence.segments}
    able = frozenset(ST + name for name in content.get("vocabulary", ())) | frozenset(meanings.values())
    judged = judge(Anatomy(evidence, knowledge, meanings, able), context, patterns=frozenset({rule.pattern}))
    names = {segment.key: segment.name for segment in evidence.segments}
    rows = [row for row in judged.rows if row.rule.iri == case.rule]
    wanted = set(content.get("concerns", ()))
    about = [
        row
        for row in rows
        if not wanted
        or wanted & {names.get(key, key) for key in row.segments}
        or str(row.values.get("structure", "")).removeprefix(ST) in wanted
    ]
    if errors := [row.reason for row in rows if row.outcome == "error"]:
        return Outcome(case, False, errors[0])
    failed = [row for row in about if row.outcome == "failed"]
    if case.fires:
        return Outcome(case, bool(failed), "fires" if failed else f"does not fire: {_said(about)}")
    if failed:
        return Outcome(
            case, False, f"fires for {', '.join(names.get(k, k) for k in failed[0].segments) or 'the study'}"
        )
    because = content.get("because")
    if because is not None:
        met = any(because in row.reason for row in about)
        return Outcome(case, met, because if met else f"is silent for another reason: {_said(about)}")
    passed = any(row.outcome == "passed" for row in about)
    return Outcome(case, passed, "passes" if passed else f"was not judged: {_said(about)}")


def _said(rows: list[Any]) -> str:
    return "; ".join(sorted({row.reason or row.outcome for row in rows})[:3]) or "it binds nothing here"
