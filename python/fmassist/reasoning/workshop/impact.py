"""What a change of the knowledge does to stored studies: findings added, gone, or of another severity; no images."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fmassist.errors import InputError
from fmassist.evidence.facts import Evidence
from fmassist.evidence.rdf import evidence_quads
from fmassist.evidence.store import read_evidence
from fmassist.isolated import spawning
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge_from
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.asked import anatomy_of
from fmassist.reasoning.check import check
from fmassist.reasoning.consolidate import consolidate
from fmassist.reasoning.context import make_context
from fmassist.reasoning.derive import derived_quads
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.findings import Finding
from fmassist.reasoning.judge import judge
from fmassist.reasoning.stored import map_then, understood_then
from fmassist.reasoning.study import vocabulary_of
from fmassist.reasoning.workshop.concerned import facts_asked_for, patterns_concerned

if TYPE_CHECKING:
    from pyoxigraph import Quad


@dataclass(frozen=True)
class Difference:
    """One finding of one study that the change concerns.

    Attributes:
        study: name of the study's folder.
        kind: `added`, `gone` or `changed`.
        before, after: severities.
        cause_before, cause_after: the likeliest cause with its probability; None where no causes were looked for.
    """

    study: str
    kind: str
    finding: str
    rule: str
    before: str | None
    after: str | None
    cause_before: str | None = None
    cause_after: str | None = None


class Telling(NamedTuple):
    """What is told by one finding."""

    rule: str
    severity: str
    cause: str | None


@dataclass(frozen=True)
class Impact:
    """All differences, and what could not be read."""

    studies: int
    differences: tuple[Difference, ...]
    unreadable: tuple[str, ...]
    old: str = ""
    new: str = ""
    """The versions compared, with the user's own files on top of them."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with totals by rule and kind."""
        totals = Counter((d.rule.rsplit("/", 1)[-1], d.kind) for d in self.differences)
        return {
            "old": self.old,
            "new": self.new,
            "studies": self.studies,
            "studies_changed": len({d.study for d in self.differences}),
            "totals": [{"rule": rule, "kind": kind, "count": n} for (rule, kind), n in sorted(totals.items())],
            "differences": [asdict(d) for d in self.differences],
            "unreadable": list(self.unreadable),
        }


def find_evidence(folder: Path) -> list[Path]:
    """Stored studies under a folder: every `evidence.json`.

    Raises:
        InputError: there is none.
    """
    found = sorted(folder.rglob("evidence.json")) if folder.is_dir() else []
    if not found:
        raise InputError(
            "the folder holds no stored study", "give a folder with evidence.json files, as check writes them"
        )
    return found


def impact(
    old: Path | None,
    new: Path | None,
    studies: Iterable[Path],
    *,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Impact:
    """Judge every stored study under both versions.

    Args:
        old, new: Resources folders, or folders of a user's own files on top of the shipped; None for the shipped.
        studies: paths of `evidence.json`; what was known of the patient is read from the `findings.json` beside it.
        processes: how many work side by side.
        progress: called with the studies done and all of them.
    """
    paths = list(studies)
    # One line about what is wrong with a version, and not one for each study.
    stated = [load_knowledge_from(folder).stated_version for folder in (old, new)]
    found: list[Difference] = []
    unreadable: list[str] = []
    jobs = [(path.absolute(), old and old.absolute(), new and new.absolute()) for path in paths]
    if processes == 1:
        results: Iterable[list[Difference] | str] = map(_one, jobs)
        for number, result in enumerate(results, start=1):
            found, unreadable = _collect(result, found, unreadable)
            if progress is not None:
                progress(number, len(paths))
    else:
        with spawning(), ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            for number, result in enumerate(pool.map(_one, jobs, chunksize=8), start=1):
                found, unreadable = _collect(result, found, unreadable)
                if progress is not None:
                    progress(number, len(paths))
    return Impact(len(paths), tuple(found), tuple(unreadable), *stated)


def _collect(result: list[Difference] | str, found: list[Difference], unreadable: list[str]) -> Any:
    if isinstance(result, str):
        unreadable.append(result)
    else:
        found.extend(result)
    return found, unreadable


def _one(job: tuple[Path, Path | None, Path | None]) -> list[Difference] | str:
    path, old, new = job
    name = path.parent.name
    patterns = _patterns(old, new)
    versions = (_known(old), _known(new))
    try:
        evidence = read_evidence(path, pairs=any(_asks_for_pairs(version, patterns) for version in versions))
        before, after = _findings(path, evidence, versions, patterns)
    except InputError as error:
        return f"{name}: {error.what}"
    rows = []
    for identity in sorted(before.keys() | after.keys()):
        was, now = before.get(identity), after.get(identity)
        if was == now:
            continue
        kind = "added" if was is None else "gone" if now is None else "changed"
        told = now or was
        assert told is not None
        rows.append(
            Difference(
                name, kind, identity, told.rule,
                was.severity if was else None, now.severity if now else None,
                was.cause if was else None, now.cause if now else None,
            )
        )  # fmt: skip
    return rows


@lru_cache(maxsize=2)
def _known(folder: Path | None) -> Knowledge:
    return load_knowledge_from(folder)


@lru_cache(maxsize=2)
def _patterns(old: Path | None, new: Path | None) -> frozenset[str] | None:
    return patterns_concerned(_known(old), _known(new))


def _asks_for_pairs(knowledge: Knowledge, patterns: frozenset[str] | None) -> bool:
    asked = [p.query for p in knowledge.patterns.values() if patterns is None or p.iri in patterns]
    return patterns is None or any("ev:from" in query or "ev:to" in query for query in asked)


def _findings(
    path: Path, evidence: Evidence, versions: Sequence[Knowledge], patterns: frozenset[str] | None
) -> list[dict[str, Telling]]:
    """For each version: every finding by its identity.

    Where only some patterns are concerned, causes are not looked for: that takes many times as long, and a cause's
    entry has not changed.
    """
    beside = path.parent / "findings.json"
    then: dict[str, Any] = {}
    if beside.is_file():
        try:
            then = json.loads(beside.read_text(encoding="utf-8"))
        except ValueError:
            raise InputError("its findings.json is no JSON") from None
    labels = map_then(then) if then.get("label_map") else load_label_map("totalsegmentator:total")
    asked_for = facts_asked_for(versions, patterns)
    measured = [quad for quad in evidence_quads(evidence) if asked_for(quad)]
    derived: list[Quad] | None = None
    found = []
    for knowledge in versions:
        understood = understood_then(then, evidence, labels, knowledge)
        context = make_context(then.get("context") or {}, knowledge)
        if patterns is None:
            result = check(
                evidence, knowledge, understood.meanings, context,
                vocabulary=vocabulary_of(labels), understanding=understood,
            )  # fmt: skip
            found.append({finding.id: _telling(finding) for finding in result.findings})
            continue
        anatomy, _ = anatomy_of(evidence, knowledge, understood, vocabulary_of(labels))
        # What follows from the facts hangs on the ontology, which is the same wherever patterns could be told apart.
        if derived is None:
            derived = [quad for quad in derived_quads(anatomy, context) if asked_for(quad)]
        with Study(knowledge, evidence, measured) as study:
            judged = judge(anatomy, context, study=study, patterns=patterns, derived=derived)
        found.append({finding.id: _telling(finding) for finding, _ in consolidate(judged)})
    return found


def _telling(finding: Finding) -> Telling:
    first = finding.causes[0] if finding.causes else None
    cause = f"{first.label} ({first.probability:.0%})" if first else None
    return Telling(finding.rule, str(finding.severity), cause)
