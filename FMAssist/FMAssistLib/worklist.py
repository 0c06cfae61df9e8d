"""A batch's folder as a worklist: its studies, worst first, and what people decided about them.

Every study's results lie in the folder as the check wrote them, so that going from one to the next reads files and
loads no knowledge. What is decided here stands in the same records as what is decided in the browser
(`fmassist.batch.records`): one review a study and reviewer. What only the panel needs, such as the voxels before a
repair, lies in `reviews` under the record's own name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from FMAssistLib import exchange, masks, reading, storage
from FMAssistLib.idle import Steps
from FMAssistLib.library import add_library_to_path
from FMAssistLib.session import ReviewSession

REVIEWS = "reviews"
CHOICES = ("accept", "unsure", "reject")
"""What can be said of a whole study."""
MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One study of the batch.

    Args:
        study: its id, which names its folder.
        outcome: the verdict.
        score: probability that something in it is wrong, or None.
        findings: how many ask for a decision.
    """

    study: str
    outcome: str
    score: float | None
    findings: int


@dataclass(frozen=True)
class Worklist:
    """The studies of a batch, worst first; those that failed have nothing to look at.

    Args:
        folder: that `fmassist batch` wrote.
        entries: in the order looked at.
        failed: how many studies have no result.
        scans: study → paths of its image, where somebody said where the scans are.
    """

    folder: Path
    entries: tuple[Entry, ...]
    failed: int = 0
    scans: Mapping[str, list[str]] = field(default_factory=dict)

    def decided(self, known: dict[Any, Any] | None = None) -> dict[str, list[dict[str, Any]]]:
        """What reviewers said of each study as a whole, by study; words that somebody changed do not count.

        Args:
            known: what an earlier call read; only records that changed since are read again.
        """
        add_library_to_path()
        from fmassist.batch.decisions import all_decisions

        found: dict[str, list[dict[str, Any]]] = {}
        for decision in all_decisions(self.folder, known):
            if decision["decision"] in CHOICES:
                found.setdefault(decision["study"], []).append(decision)
        return found


def open_batch(folder: Path) -> Worklist:
    """The worklist of a batch's folder.

    Raises:
        ValueError: it is none; in a sentence.
    """
    path = folder / "summary.json"
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = [Entry(row["study"], row["outcome"], row["score"], int(row["findings"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(_("This folder holds no batch: choose the one that fmassist batch wrote.")) from None
    whole = [entry for entry in found if entry.outcome != "failed" and _is_name(entry.study)]
    whole.sort(key=lambda entry: (-(entry.score if entry.score is not None else 0.0), -entry.findings, entry.study))
    return Worklist(folder, tuple(whole), len(found) - len(whole))


def _is_name(study: object) -> bool:
    """Whether an id names a folder within the batch's own and nothing else."""
    return isinstance(study, str) and bool(study) and Path(study).name == study and study not in (".", "..")


def result_of(folder: Path, title: str, volume_node: Any, codes: Mapping[str, Any] | None = None) -> Steps[Any]:
    """The result that a check left in a folder, as a session whose segmentation is not shown yet; in pieces.

    Args:
        folder: with `findings.json`, `evidence.json` and `segmentation.seg.nrrd`.
        title: of the segmentation node.
        volume_node: the scan, or None.
        codes: terminology and colours, for segments that a repair would make.

    Raises:
        ValueError: a file of it is missing or damaged.
        RuntimeError: the segmentation cannot be read.
    """
    add_library_to_path()
    from fmassist.review import Review

    result, evidence = json_of(folder / "findings.json"), json_of(folder / "evidence.json")
    yield
    if not isinstance(result, dict) or "findings" not in result:
        raise ValueError(_("The study's findings cannot be read."))
    node = yield from reading.read_segmentation_steps(folder / "segmentation.seg.nrrd", title, volume_node)
    return ReviewSession(node, volume_node, Review(result, evidence=evidence), ids_by_name(node), evidence, codes)


def ids_by_name(segmentation_node: Any) -> dict[str, list[str]]:
    """Segment name → ids of the segments that bear it."""
    found: dict[str, list[str]] = {}
    for sid, name in masks.segment_names(segmentation_node).items():
        found.setdefault(name, []).append(sid)
    return found


def json_of(path: Path) -> Any:
    """A JSON file's content; None where it is not there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def opening(worklist: Worklist, study: str, volume_node: Any, reviewer: str) -> Steps[ReviewSession]:
    """A study's result with this reviewer's record of it, in pieces; it is gated and stored, and not shown yet.

    Raises:
        ValueError: the result or the record is damaged; in a sentence.
    """
    session = yield from result_of(worklist.folder / study, study, volume_node)
    from fmassist.batch.records import open_review, record_path, result_hash
    from fmassist.errors import InputError

    try:
        review = open_review(worklist.folder, study, reviewer)
    except InputError as error:
        storage.remove(session.segmentation_node)
        raise ValueError(str(error)) from None
    review.evidence = session.evidence
    session.review = review
    yield
    beside = worklist.folder / REVIEWS / record_path(worklist.folder, study, reviewer).name
    more = json_of(beside)
    # What a hand or a repair changed belongs to the result that it was made on, and to the decisions that still stand.
    standing = {decision.id for decision in review.decisions}
    same = isinstance(more, dict) and more.get("result") == result_hash(worklist.folder, study)
    if same and set(more["state"]["undo"]) <= standing:
        voxels = beside.with_suffix(".seg.nrrd")
        node = session.segmentation_node
        if voxels.is_file():
            edited = yield from reading.read_segmentation_steps(voxels, study, volume_node)
            storage.remove(node)
            node = edited
        known = {**more["state"], "review": review.to_json(), "carried": 0}
        session = storage.session_of(node, volume_node, known, {"evidence": session.evidence}, ReviewSession)
    session.told_elsewhere = True
    session.code_segments()
    yield
    session.apply_gate()
    session.store()
    yield
    return session


def judge(worklist: Worklist, study: str, session: ReviewSession, choice: str, reviewer: str) -> None:
    """Writes down what a reviewer says of a whole study; `keeping` puts it into the record.

    Args:
        worklist: that holds the study.
        study: its id.
        session: the study's.
        choice: one of `CHOICES`.
        reviewer: the person's name.

    Raises:
        ValueError: nobody is named, or their key cannot be used; in a sentence.
    """
    from fmassist.batch.records import key_of, result_hash
    from fmassist.errors import InputError

    try:
        about = result_hash(worklist.folder, study)
        session.review.judge(choice, by=reviewer, about=about, key=key_of(reviewer))
    except InputError as error:
        raise ValueError(str(error)) from None
    session.store()


def keeping(worklist: Worklist, study: str, session: ReviewSession, reviewer: str) -> Steps[None]:
    """Keeps a reviewer's record of a study beside the batch's others, in pieces; where nothing was done, none is made.

    Raises:
        ValueError: the record was changed elsewhere meanwhile, or the folder cannot be written; in a sentence.
    """
    from fmassist.application.leftovers import held_file
    from fmassist.batch.records import one_at_a_time, read_record, record_path, result_hash, store_review
    from fmassist.errors import InputError

    ours = list(session.review.audit.entries)
    path = record_path(worklist.folder, study, reviewer)
    if all(entry["action"] == "checked" for entry in ours) and not path.is_file():
        return
    try:
        with one_at_a_time(worklist.folder):
            theirs = list(read_record(path).review.audit.entries) if path.is_file() else []
            if ours[: len(theirs)] != theirs:
                raise ValueError(_("You decided on this study elsewhere meanwhile, in the browser for instance."))
            if len(ours) > len(theirs):
                store_review(worklist.folder, study, reviewer, session.review)
    except (InputError, OSError) as error:
        raise ValueError(str(error)) from None
    yield
    beside = worklist.folder / REVIEWS / path.name
    voxels = beside.with_suffix(".seg.nrrd")
    changed = any(before for before in session.undo_voxels.values()) or session.before_edit is not None
    beside.parent.mkdir(exist_ok=True)
    if changed or voxels.is_file():
        with held_file(voxels) as file:
            names = masks.segment_names(session.segmentation_node)
            yield from exchange.write_segmentation(session.segmentation_node, session.volume_node, file, names)
    state = {name: value for name, value in storage.stored(session).items() if name != "review"}
    more = {"result": result_hash(worklist.folder, study), "state": state}
    with held_file(beside) as file:
        file.write_text(json.dumps(more), encoding="utf-8")
    yield
