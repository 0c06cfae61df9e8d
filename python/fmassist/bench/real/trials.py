"""One person's trials: the right labels seen in many ways, then one error after the other; kept as a file of rows."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from fmassist.bench.injectors import CannotInjectError, Injected
from fmassist.bench.peers import FourRules, LargestComponent, Peer
from fmassist.bench.real.errors import ALL_KINDS, DICE_NEEDED, inject_real, worst_dice
from fmassist.bench.real.people import Person
from fmassist.bench.real.variants import all_variants
from fmassist.bench.score import concerns, loud
from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.confidence import suspicion
from fmassist.reasoning.findings import CheckResult, Finding
from fmassist.reasoning.study import check_study
from fmassist.volume import Segmentation, Volume

PEERS: tuple[Peer, ...] = (FourRules(), LargestComponent())


@dataclass(frozen=True)
class Trial:
    """One check, as it is counted.

    Args:
        name, person, half, modality, region, maker: of the study.
        kind: of the error, or `"untouched"`.
        way: how the right labels were seen; empty for an error.
        size: 1 to 3.
        dice: of the worst segment.
        findings: rule, severity, segments and sentence of each finding that counts.
        found: whether one of them is about the error.
        first: the first cause, and its probability.
        right: whether that cause is a right one.
        score: suspicion of the study.
        peers: by checker, the study's suspicion.
    """

    name: str
    person: str
    half: str
    modality: str
    region: str
    maker: str
    with_image: bool
    kind: str
    way: str
    size: int
    dice: float
    findings: list[list[str]]
    found: bool
    first: str
    sure: float
    right: bool
    score: float
    seconds: float
    peers: dict[str, float] = field(default_factory=dict)
    structures: list[list[object]] = field(default_factory=list)
    """Of each segment its name, its score, and its Dice to the truth."""


def trials(
    person: Person, knowledge: Knowledge, *, errors: int, sizes: tuple[int, ...] = (1, 2, 3), seed: int = 0
) -> Iterator[Trial]:
    """Untouched first, then `errors` kinds of error drawn for this person, each in the sizes asked for."""
    segmentation, volume, meanings = person.read()
    before: CheckResult | None = None
    if person.good:
        for way, (seen, image) in all_variants(segmentation, volume):
            result, seconds = _checked(seen, image, meanings, knowledge)
            before = result if before is None else before
            yield _trial(person, result, seen, seconds, way=way, known=person.wrong)
    else:
        before, seconds = _checked(segmentation, volume, meanings, knowledge)
        yield _trial(person, before, segmentation, seconds, kind="natural", found=bool(_counting(before, frozenset())))
        return
    assert before is not None
    known = frozenset(_identity(f) for f in loud(before))
    one = replace(segmentation, layers=segmentation.layers[:1])
    order = np.random.default_rng([seed, zlib.crc32(person.name.encode())]).permutation(list(ALL_KINDS))
    made = 0
    for kind in order.tolist():
        if made >= errors:
            return
        worked = False
        for size in sizes:
            try:
                injected = inject_real(one, volume, kind, size, seed)
            except (CannotInjectError, ValueError, IndexError):
                continue
            dice = worst_dice(one, injected)
            if injected.wrong and dice > DICE_NEEDED:
                continue
            worked = True
            yield _spoilt(person, injected, meanings, knowledge, known, dice, one)
        made += worked


def _spoilt(
    person: Person,
    injected: Injected,
    meanings: LabelMap,
    knowledge: Knowledge,
    known: frozenset[tuple[str, tuple[str, ...]]],
    dice: float,
    truth: Segmentation,
) -> Trial:
    result, seconds = _checked(injected.segmentation, injected.volume, meanings, knowledge)
    fresh = [f for f in loud(result) if _identity(f) not in known]
    most = 0.6 * len(result.segments)
    found = any(concerns(f, injected) or len(f.segments) > most for f in fresh)
    trial = _trial(person, result, injected.segmentation, seconds, kind=injected.kind, found=found, fresh=fresh)
    first = result.causes[0].id if result.causes else ""
    return replace(
        trial,
        size=injected.severity,
        dice=dice,
        right=first in injected.causes,
        structures=_structures(result, injected, truth),
    )


def _checked(
    segmentation: Segmentation, volume: Volume | None, meanings: LabelMap, knowledge: Knowledge
) -> tuple[CheckResult, float]:
    start = time.perf_counter()
    result, _, _ = check_study(segmentation, volume, label_map=meanings, knowledge=knowledge)
    return result, time.perf_counter() - start


def _trial(
    person: Person,
    result: CheckResult,
    segmentation: Segmentation,
    seconds: float,
    *,
    kind: str = "untouched",
    way: str = "",
    found: bool = False,
    known: frozenset[str] = frozenset(),
    fresh: list[Finding] | None = None,
) -> Trial:
    counting = _counting(result, known) if fresh is None else fresh
    cause = result.causes[0] if result.causes else None
    return Trial(
        name=person.name,
        person=person.person,
        half=person.half,
        modality=person.modality,
        region=person.region,
        maker=person.maker,
        with_image=person.image is not None,
        kind=kind,
        way=way,
        size=0,
        dice=1.0,
        findings=[[f.rule.rsplit("/", 1)[-1], f.severity, ",".join(f.segments), f.message] for f in counting],
        found=found,
        first="" if cause is None else cause.id,
        sure=0.0 if cause is None else cause.probability,
        right=False,
        score=suspicion(counting) + 0.001 * max((v.wrong_probability or 0.0 for v in result.segments), default=0.0),
        seconds=round(seconds, 3),
        peers={p.name: max(p.suspicion(segmentation).values(), default=0.0) for p in PEERS},
    )


def _counting(result: CheckResult, known: frozenset[str]) -> list[Finding]:
    """Findings above `info` about the labels, but for those that are about nothing but what is known to be wrong."""
    return [f for f in loud(result) if f.kind != "input" and not (f.segments and set(f.segments) <= known)]


def _identity(finding: Finding) -> tuple[str, tuple[str, ...]]:
    return finding.rule, finding.segments


def _structures(result: CheckResult, injected: Injected, truth: Segmentation) -> list[list[object]]:
    """Score and Dice by segment, where the checker gives scores."""
    scores = {v.name: s for v in result.segments if (s := v.wrong_probability) is not None}
    if not scores or injected.segmentation.geometry.shape != truth.geometry.shape:
        return []
    dice = dice_by_segment(truth, injected.segmentation)
    return [[name, scores[name], value] for name, value in dice.items() if name in scores]


def dice_by_segment(truth: Segmentation, changed: Segmentation) -> dict[str, float]:
    """Dice of each segment of the first layer to the truth on the same grid."""
    one, other = truth.layers[0].ravel(), changed.layers[0].ravel()
    values = {s.name: s.label for s in truth.segments}
    size = int(max(one.max(), other.max())) + 1
    a, b = np.bincount(one, minlength=size), np.bincount(other, minlength=size)
    same = np.bincount(one[one == other], minlength=size)
    found = {}
    for segment in changed.segments:
        value = values.get(segment.name)
        if segment.layer:
            continue
        total = int(b[segment.label]) + (0 if value is None else int(a[value]))
        both = 0 if value != segment.label else int(same[segment.label])
        found[segment.name] = 2 * both / total if total else 1.0
    return found


def keep(rows: list[Trial], path: Path) -> None:
    """Write one person's rows, whole or not at all."""
    beside = path.with_suffix(".part")
    beside.write_text("\n".join(json.dumps(asdict(row)) for row in rows) + "\n", encoding="utf-8")
    beside.replace(path)


def kept(path: Path) -> list[Trial] | None:
    """The rows of a file; None where there is none."""
    if not path.is_file():
        return None
    return [Trial(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


__all__ = ["Trial", "keep", "kept", "trials"]
