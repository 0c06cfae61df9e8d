"""The curator's workshop, measured: how long a check and a comparison of versions take, and what the rules cover."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fmassist.bench.figures import Figure, Measured
from fmassist.errors import InputError

STUDIES = 1_000
"""Stored studies that a comparison of versions has a minute for."""
FIELDS = ("abdomen", "chest", "upper_abdomen", "kidneys", "lumbar_spine")
SPREAD = 0.15
"""Share by which volumes are varied from one study to the next, so that none is like another."""
FULL = 20
"""Studies that are judged by every rule under both versions, for the comparison; all would take too long."""
Progress = Callable[[str, float], None]


def measure(*, data: Path | None = None, progress: Progress | None = None) -> Measured:
    """Check the shipped knowledge, count what it covers, and compare two versions of it over 1,000 stored studies.

    Args:
        data: folder of stored studies (`evidence.json`, as `fmassist check` writes them) to vary; None measures
            synthetic anatomy in five fields of view.
        progress: called with a stage and the share done.

    Raises:
        InputError: `data` holds no stored study.
    """
    say = progress or (lambda *_: None)
    figures, details = _check()
    with TemporaryDirectory(prefix="fmassist-bench-") as scratch:
        folder = Path(scratch)
        stored = _stored(data, folder / "measured", say)
        studies = _varied(stored, folder / "studies", say)
        old, new = _versions(folder)
        figures += _comparison(old, new, studies, say)
    figures += _coverage()
    details["studies measured"] = len(stored)
    return Measured(figures, details=details)


def _check() -> tuple[list[Figure], dict[str, Any]]:
    from fmassist.knowledge.workshop.check import check_sources
    from fmassist.knowledge.workshop.sources import read_sources

    begun = time.perf_counter()
    problems = check_sources(read_sources())
    took = time.perf_counter() - begun
    errors = sum(problem.level == "ERROR" for problem in problems)
    goal = "under 10 s without Java"
    return [
        Figure("rules check of the shipped knowledge", took, "s", goal=goal, met=took < 10),
        Figure("errors that it finds there", errors, "", goal="none", met=errors == 0),
    ], {"warnings": [problem.message for problem in problems if problem.level == "WARN"]}


def _stored(data: Path | None, folder: Path, say: Progress) -> list[Path]:
    """Folders with an evidence.json: those given, or five of synthetic anatomy."""
    if data is not None:
        found = sorted(path.parent for path in data.rglob("evidence.json"))
        if not found:
            raise InputError("the folder of --data holds no evidence.json", "give results of fmassist check")
        return found
    from fmassist.evidence.store import write_evidence
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.load import load_knowledge
    from fmassist.phantom import torso
    from fmassist.reasoning.study import check_study

    knowledge, labels = load_knowledge(), load_label_map("totalsegmentator:total")
    for number, field in enumerate(FIELDS):
        say("Measuring synthetic studies", number / len(FIELDS))
        case = torso(seed=number, spacing_mm=(4.0, 4.0, 4.0), field_of_view=field)
        _, evidence, _ = check_study(case.segmentation, case.volume, label_map=labels, knowledge=knowledge)
        (folder / field).mkdir(parents=True)
        write_evidence(evidence, folder / field / "evidence.json")
    return [folder / field for field in FIELDS]


def _varied(stored: list[Path], folder: Path, say: Progress) -> list[Path]:
    """The stored studies again and again, each time with other volumes."""
    dice = random.Random(4)  # noqa: S311 - no secret
    documents = [json.loads((study / "evidence.json").read_text("utf-8")) for study in stored]
    paths = []
    for number in range(STUDIES):
        if number % 100 == 0:
            say("Writing studies", number / STUDIES)
        content = dict(documents[number % len(stored)])
        content["segments"] = [
            {**segment, "volume_ml": segment["volume_ml"] * dice.uniform(1 - SPREAD, 1 + SPREAD)}
            for segment in content["segments"]
        ]
        study = folder / f"study{number:04}"
        study.mkdir(parents=True)
        (study / "evidence.json").write_text(json.dumps(content, separators=(",", ":")), "utf-8")
        beside = stored[number % len(stored)] / "findings.json"
        if beside.is_file():
            shutil.copyfile(beside, study / "findings.json")
        paths.append(study / "evidence.json")
    return paths


def _versions(folder: Path) -> tuple[Path, Path]:
    """The shipped knowledge, and the same after a curator's day: a range, an exception, a rule less, a new version."""
    from fmassist.knowledge.workshop.sources import FOLDERS
    from fmassist.resources import resource

    old, new = folder / "old", folder / "new"
    for root in (old, new):
        for name in FOLDERS:
            shutil.copytree(resource(name), root / name)
    for file, before, after in (
        ("ranges/volumes.ttl", "fmx:high 322.0 ;", "fmx:high 120.0 ;"),
        (
            "rules/rules.ttl",
            "fmx:pattern fmx:NoFarFragment ;",
            "fmx:pattern fmx:NoFarFragment ; fmx:exceptFor st:liver ;",
        ),
        ("rules/rules.ttl", "fmx:pattern fmx:NoFlatCut ;", "fmx:pattern fmx:NoFlatCut ; fmx:exceptFor st:heart ;"),
        (
            "ontology/fmassist.ttl",
            "owl:versionIRI <https://w3id.org/fmassist/ontology/",
            "owl:versionIRI <https://w3id.org/fmassist/ontology/next-",
        ),
    ):
        text = (new / file).read_text("utf-8")
        if before not in text:
            raise InputError(f"{file} is not as this bench knows it", "change fmassist/bench/knowledge.py with it")
        (new / file).write_text(text.replace(before, after, 1), "utf-8")
    return old, new


def _comparison(old: Path, new: Path, studies: list[Path], say: Progress) -> list[Figure]:
    from fmassist.reasoning.workshop.impact import impact

    processes = min(2, os.cpu_count() or 1)
    begun, used = time.perf_counter(), _processor_time()
    found = impact(
        old, new, studies, processes=processes, progress=lambda done, of: say("Comparing versions", done / of)
    )
    took, used = time.perf_counter() - begun, _processor_time() - used
    each = took * processes / len(studies)
    full = _judged_in_full(old, new, studies[:FULL])
    changed = len({difference.study for difference in found.differences})
    return [
        Figure(
            f"rules impact over {len(studies):,} stored studies, {processes} processes",
            took,
            "s",
            goal="within a minute",
            met=took <= 60,
            note=f"{used:.0f} s of processor time; {changed} studies change, {len(found.unreadable)} unreadable",
        ),
        Figure(
            "one study in a comparison, one process",
            each,
            "s",
            peer=f"every rule under both versions ({FULL} studies)",
            peer_value=full,
            ratio=each / full,
        ),
    ]


def _processor_time() -> float:
    """Seconds, of this process and of those that it started and that have ended: what a busy machine leaves alone."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _judged_in_full(old: Path, new: Path, studies: list[Path]) -> float:
    """Seconds a study that reading it and judging it by every rule under both versions takes."""
    from fmassist.evidence.store import read_evidence
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.load import load_knowledge_from
    from fmassist.knowledge.meaning import understand
    from fmassist.reasoning.anatomy import Anatomy
    from fmassist.reasoning.context import Context
    from fmassist.reasoning.judge import judge
    from fmassist.reasoning.stored import file_of
    from fmassist.reasoning.study import vocabulary_of

    versions, labels = [load_knowledge_from(folder) for folder in (old, new)], load_label_map("totalsegmentator:total")
    begun = time.perf_counter()
    for study in studies:
        evidence = read_evidence(study)
        for knowledge in versions:
            meanings = understand(file_of(evidence), labels, knowledge).meanings
            judge(Anatomy(evidence, knowledge, meanings, vocabulary_of(labels)), Context())
    return (time.perf_counter() - begun) / len(studies)


def _coverage() -> list[Figure]:
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.coverage import cover
    from fmassist.reasoning.workshop.cases import account, load_cases

    knowledge = load_knowledge()
    found, cases = cover(knowledge), load_cases()
    told = account(cases, knowledge)
    tested = found.rules - len({*told.without_firing, *told.without_silent})
    holding = sum(outcome.holds for outcome in told.outcomes)
    return [
        Figure("patterns", found.patterns, "", goal="about 25"),
        Figure("rules", found.rules, ""),
        Figure("ground rules of `total`", found.ground_rules, "", goal="at least 600", met=found.ground_rules >= 600),
        *(
            Figure(f"structures of `total` with a rule of {name}", have, "", goal=f"all {of}", met=have == of)
            for name, (have, of, _) in found.families.items()
        ),
        Figure("rules with a paper, standard or terminology", found.primary_source_share, "share"),
        Figure("further rules with a report of the error alone", found.report_share, "share"),
        Figure("rules with cases", tested / found.rules, "share", goal="all", met=tested == found.rules),
        Figure("cases that hold", holding, "", goal=f"all {len(cases)}", met=holding == len(cases)),
    ]
