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
from typing import TYPE_CHECKING, Any, cast

from fmassist.errors import InputError
from fmassist.evidence.facts import Evidence
from fmassist.evidence.rdf import evidence_quads
from fmassist.evidence.store import read_evidence
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge_from
from fmassist.knowledge.meaning import meanings_for
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.consolidate import consolidate
from fmassist.reasoning.context import make_context
from fmassist.reasoning.derive import derived_quads
from fmassist.reasoning.evaluate import Study
from fmassist.reasoning.judge import judge
from fmassist.reasoning.study import vocabulary_of
from fmassist.reasoning.workshop.concerned import facts_asked_for, patterns_concerned
from fmassist.volume import Segmentation

if TYPE_CHECKING:
    from pyoxigraph import Quad


@dataclass(frozen=True)
class Difference:
    """One finding of one study that the change concerns.

    Attributes:
        study: name of the study's folder.
        kind: `added`, `gone` or `changed`.
        before, after: severities.
    """

    study: str
    kind: str
    finding: str
    rule: str
    before: str | None
    after: str | None


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
    jobs = [(path, old, new) for path in paths]
    if processes == 1:
        results: Iterable[list[Difference] | str] = map(_one, jobs)
        for number, result in enumerate(results, start=1):
            found, unreadable = _collect(result, found, unreadable)
            if progress is not None:
                progress(number, len(paths))
    else:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
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
        rule = (now or was or ("", ""))[1]
        rows.append(Difference(name, kind, identity, rule, was[0] if was else None, now[0] if now else None))
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
) -> list[dict[str, tuple[str, str]]]:
    """For each version: identity to severity and rule, of every finding before causes are looked for."""
    beside = path.parent / "findings.json"
    then: dict[str, Any] = {}
    if beside.is_file():
        try:
            then = json.loads(beside.read_text(encoding="utf-8"))
        except ValueError:
            raise InputError("its findings.json is no JSON") from None
    labels = load_label_map(then.get("label_map") or "totalsegmentator:total")
    asked_for = facts_asked_for(versions, patterns)
    measured = [quad for quad in evidence_quads(evidence) if asked_for(quad)]
    derived: list[Quad] | None = None
    found = []
    for knowledge in versions:
        meanings = meanings_for(cast("Segmentation", evidence), labels, knowledge)
        able = vocabulary_of(labels) or frozenset(meanings.values())
        context = make_context(then.get("context") or {}, knowledge)
        anatomy = Anatomy(evidence, knowledge, meanings, able)
        # What follows from the facts hangs on the ontology, which is the same wherever patterns could be told apart.
        if derived is None or patterns is None:
            derived = [quad for quad in derived_quads(anatomy, context) if asked_for(quad)]
        with Study(knowledge, evidence, measured) as study:
            judged = judge(anatomy, context, study=study, patterns=patterns, derived=derived)
        found.append({finding.id: (str(finding.severity), finding.rule) for finding, _ in consolidate(judged)})
    return found
