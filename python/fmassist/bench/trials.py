"""The trials of `fmassist bench detect`: how often the check is right, and how often it cries wolf.

On every anatomy the untouched study is checked first, then the same study with one injected error after the other. An
error counts as detected when a finding above `info`, which the untouched study does not raise, concerns it. All
figures are those of the test half; the tuning half is there for thresholds and probabilities.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fmassist.bench.cases import Anatomy
from fmassist.bench.injectors import KINDS, SEVERITIES, CannotInjectError, Injected, inject
from fmassist.bench.peers import Peer
from fmassist.bench.score import Scored, concerns, loud, new_findings, same_labels
from fmassist.bench.subject import Checker
from fmassist.isolated import spawning
from fmassist.phantom import Phantom
from fmassist.reasoning.confidence import kind_of, suspicion
from fmassist.reasoning.findings import CheckResult
from fmassist.volume import Segmentation, Volume

UNTOUCHED = "untouched"
TWO_ERRORS = "two errors"
OURS = "fmassist"
WHOLE_STUDY = frozenset(
    kind
    for kind in KINDS
    if kind.startswith(("study_", "labels_flipped", "labels_moved", "wrong_", "invented_in_padding"))
)
"""Errors of the whole study: not combined with a second one."""


@dataclass
class Tally:
    """Scored cases by checker."""

    scored: dict[str, list[Scored]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    """Kind to the number of anatomies that have nothing to put it into."""
    worse_after_repair: int = 0
    repairs_checked: int = 0

    def add(self, checker: str, scored: Scored) -> None:
        """Keep one case."""
        self.scored.setdefault(checker, []).append(scored)

    def merge(self, other: Tally) -> None:
        """Take over another tally's cases."""
        for checker, cases in other.scored.items():
            self.scored.setdefault(checker, []).extend(cases)
        for kind, count in other.skipped.items():
            self.skipped[kind] = self.skipped.get(kind, 0) + count
        self.worse_after_repair += other.worse_after_repair
        self.repairs_checked += other.repairs_checked


def wishes(number: int, count: int) -> Iterator[tuple[str, int]]:
    """Which errors anatomy `number` gets, `count` of them asked for: over all anatomies each turns up equally often.

    More follow for those that can't be put into this anatomy.
    """
    everything = [(kind, severity) for severity in (3, 2, 1) for kind in KINDS]
    stride = 47  # coprime to the number of combinations, so that neighbours get unlike errors
    for step in range(len(everything)):
        yield everything[(number * count + step) * stride % len(everything)]


def run_anatomy(
    number: int, anatomy: Anatomy, checker: Checker, peers: Sequence[Peer], *, errors: int = 6, spacing_mm: float = 3.0
) -> Tally:
    """Check one person untouched, with `errors` single errors, and with two at once."""
    tally = Tally()
    phantom = anatomy.make(spacing_mm)
    context = {"age": anatomy.age_years, "sex": anatomy.sex}
    started = time.perf_counter()
    clean = checker.check(phantom.segmentation, phantom.volume, context)
    calm = {peer.name: peer.suspicion(phantom.segmentation) for peer in peers}
    case = Scored(
        anatomy=anatomy.seed,
        half=anatomy.half,
        kind=UNTOUCHED,
        severity=0,
        score=suspicion(clean.findings),
        detected=False,
        flags=len(loud(clean)),
        true_flags=0,
        implausible=clean.verdict == "implausible",
        seconds=time.perf_counter() - started,
        findings=tuple((*kind_of(f), False) for f in clean.findings),
    )
    tally.add(OURS, case)
    for peer in peers:
        tally.add(peer.name, _peer_case(case, None, calm[peer.name], calm[peer.name]))
    made: list[Injected] = []
    for kind, severity in wishes(number, errors):
        if len(made) == errors:
            break
        try:
            spoilt = inject(phantom.segmentation, phantom.volume, kind=kind, severity=severity, seed=anatomy.seed)
        except CannotInjectError:
            tally.skipped[kind] = tally.skipped.get(kind, 0) + 1
            continue
        made.append(spoilt)
        _one_case(tally, anatomy, spoilt, clean, calm, checker, peers, context, volume=phantom.volume)
    double = _two_errors(phantom, made, anatomy)
    if double is not None:
        _one_case(tally, anatomy, double[0], clean, calm, checker, peers, context, causes=double[1])
    return tally


def _one_case(
    tally: Tally,
    anatomy: Anatomy,
    spoilt: Injected,
    clean: CheckResult,
    calm: Mapping[str, dict[str, float]],
    checker: Checker,
    peers: Sequence[Peer],
    context: Mapping[str, object],
    causes: Sequence[frozenset[str]] = (),
    volume: Volume | None = None,
) -> None:
    known = {**context, **spoilt.context}
    started = time.perf_counter()
    result = checker.check(spoilt.segmentation, spoilt.volume, known)
    seconds = time.perf_counter() - started
    fresh = new_findings(result, clean)
    true = [finding for finding in fresh if concerns(finding, spoilt)]
    repaired = None
    proposal = checker.repair(spoilt.segmentation, result)
    if proposal is not None:
        tally.repairs_checked += 1
    if spoilt.repaired is not None:
        repaired = proposal is not None and same_labels(proposal, spoilt.repaired)
    if proposal is not None:
        # What is the untouched study again to the voxel has been checked already.
        is_clean = bool(repaired) and spoilt.volume is volume is not None and not spoilt.context
        after = clean if is_clean else checker.check(proposal, spoilt.volume, known)
        tally.worse_after_repair += len(loud(after)) > len(loud(result))
    case = Scored(
        anatomy=anatomy.seed,
        half=anatomy.half,
        kind=spoilt.kind,
        severity=spoilt.severity,
        score=suspicion(result.findings),
        detected=bool(true),
        flags=len(loud(result)),
        true_flags=len(true),
        cause_right=_causes_right(result, causes or (spoilt.causes,), clean),
        repaired=repaired,
        implausible=result.verdict == "implausible",
        seconds=seconds,
        findings=tuple((*kind_of(f), f in true) for f in result.findings),
        told=tuple(cause.label for cause in result.causes[:2]),
    )
    tally.add(OURS, case)
    for peer in peers:
        tally.add(peer.name, _peer_case(case, spoilt, peer.suspicion(spoilt.segmentation), calm[peer.name]))


def _causes_right(result: CheckResult, wanted: Sequence[frozenset[str]], clean: CheckResult) -> bool:
    """Whether the first causes, as many as there are errors, hold a right one for each.

    What the check says of the untouched study already, such as that person's situs inversus, is no answer to the
    question what was done to it, and is left out.
    """
    known = {cause.label for cause in clean.causes}
    told = [cause for cause in result.causes if cause.label not in known]
    first = [cause.id.rsplit("/", 1)[-1].split(":")[0] for cause in told[: len(wanted)]]
    return all(any(cause in accepted for cause in first) for accepted in wanted)


def _two_errors(
    phantom: Phantom, made: Sequence[Injected], anatomy: Anatomy
) -> tuple[Injected, tuple[frozenset[str], frozenset[str]]] | None:
    """The first error that leaves one layer, with a second one on top that concerns other segments."""
    for first in made:
        if first.kind in WHOLE_STUDY or len(first.segmentation.layers) > 1 or first.severity == 1:
            continue
        for kind in ("pair_swapped", "fragment_far", "missing", "displaced"):
            try:
                second = inject(first.segmentation, phantom.volume, kind=kind, severity=3, seed=anatomy.seed + 1)
            except CannotInjectError:
                continue
            if kind != first.kind and not second.wrong & first.wrong:
                both = replace(second, kind=TWO_ERRORS, wrong=first.wrong | second.wrong, repaired=None)
                return both, (first.causes, second.causes)
    return None


def _peer_case(case: Scored, spoilt: Injected | None, now: dict[str, float], calm: dict[str, float]) -> Scored:
    flagged = {name for name, value in now.items() if value > 1}
    before = {name for name, value in calm.items() if value > 1}
    true = (flagged - before) & spoilt.wrong if spoilt is not None else set()
    return replace(
        case,
        score=sum(now.values()),
        detected=bool(true),
        flags=len(flagged),
        true_flags=len(true),
        cause_right=None,
        repaired=None,
        implausible=False,
        seconds=0.0,
        findings=(),
        told=(),
    )


def run(
    people: Sequence[Anatomy],
    make_checker: Callable[[], Checker],
    peers: Sequence[Peer],
    *,
    errors: int = 6,
    spacing_mm: float = 3.0,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
    folder: Path | None = None,
    numbers: Sequence[int] | None = None,
) -> Tally:
    """Run the benchmark over `people`.

    Args:
        people: see `cases.anatomies`.
        make_checker: called once in each process.
        peers: already fitted.
        errors: injected into each person, one at a time.
        spacing_mm: of the volumes.
        processes: how many work side by side; the result does not depend on it, but for the times.
        progress: called with the people done and all of them.
        folder: each person's part is kept there, and taken from there by a run that goes on.
        numbers: each person's place among all, which says what errors she gets; by default her place in `people`.
    """
    total = Tally()
    if processes == 1:
        checker = make_checker()
        for done, (number, anatomy) in enumerate(zip(numbers or range(len(people)), people, strict=True), start=1):
            total.merge(_person(number, anatomy, checker, peers, errors, spacing_mm, folder))
            if progress is not None:
                progress(done, len(people))
        return total
    with (
        spawning(),
        ProcessPoolExecutor(
            processes, get_context("spawn"), _start, (make_checker, peers, errors, spacing_mm, folder)
        ) as pool,
    ):
        for done, tally in enumerate(pool.map(_work, numbers or range(len(people)), people), start=1):
            total.merge(tally)
            if progress is not None:
                progress(done, len(people))
    return total


_worker: dict[str, Any] = {}
"""What one worker process keeps between people."""


def _start(
    make_checker: Callable[[], Checker], peers: Sequence[Peer], errors: int, spacing_mm: float, folder: Path | None
) -> None:
    _worker.update(checker=make_checker(), peers=peers, errors=errors, spacing_mm=spacing_mm, folder=folder)


def _work(number: int, anatomy: Anatomy) -> Tally:
    w = _worker
    return _person(number, anatomy, w["checker"], w["peers"], w["errors"], w["spacing_mm"], w["folder"])


def _person(
    number: int,
    anatomy: Anatomy,
    checker: Checker,
    peers: Sequence[Peer],
    errors: int,
    spacing_mm: float,
    folder: Path | None,
) -> Tally:
    from fmassist.bench.kept import keep, kept

    path = None if folder is None else folder / f"{anatomy.seed}-{errors}.json"
    known = None if path is None else kept(path)
    if known is not None:
        return known
    tally = run_anatomy(number, anatomy, checker, peers, errors=errors, spacing_mm=spacing_mm)
    if path is not None:
        keep(tally, path)
    return tally


def tuning_truths(people: Sequence[Anatomy], spacing_mm: float = 3.0) -> Iterator[Segmentation]:
    """Good segmentations of the tuning half, for peers that learn."""
    for anatomy in people:
        if anatomy.half == "tune":
            yield anatomy.make(spacing_mm).segmentation


__all__ = ["SEVERITIES", "Tally", "run", "run_anatomy", "tuning_truths", "wishes"]
