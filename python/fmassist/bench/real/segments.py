"""Learns the score of a segment on real people's errors: `segments.json`, with its reliability in people left out.

Run as `python -m fmassist.bench.real.segments SHARED_FOLDER [OUT]`. Labels alone are judged: two ways of seeing the
right ones, and errors of kinds drawn for each person. Relations are learned without the person who is judged, and the
reliability is that of weights learned without them too. People of the test half are read for the last table alone.
"""

from __future__ import annotations

import itertools
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fmassist.bench.injectors import CannotInjectError
from fmassist.bench.real.errors import ALL_KINDS, DICE_NEEDED, inject_real, worst_dice
from fmassist.bench.real.learn import Observed, learn, observe
from fmassist.bench.real.people import DESIGNED_ON, Person, people
from fmassist.bench.real.trials import dice_by_segment
from fmassist.bench.real.variants import variants
from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.meaning import understand
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.check import check
from fmassist.reasoning.compared import compared
from fmassist.reasoning.grading import graded
from fmassist.reasoning.relations import using
from fmassist.reasoning.segment_scores import FEATURES, Weights, features_of
from fmassist.reasoning.study import vocabulary_of
from fmassist.volume import Segmentation

WAYS = ("as it is", "middle third")
ERRORS_EACH = 5
ERRORS_OF_MANY = 24
"""Of the five people who label most structures."""
OF_THE_IMAGE = frozenset({"image_of_another", "wrong_intensity", "labels_moved_on_image", "labels_flipped_on_image"})
WRONG_BELOW = 0.8
RIDGE = 1.0
"""Penalty on the squared weights, in segments."""
EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Row:
    """One segment of one study: whose, its features, and whether it is wrong."""

    person: str
    study: str
    features: tuple[float, ...]
    wrong: bool


def rows_of(person: Person, knowledge: Knowledge, errors: int) -> Iterator[Row]:
    """Right labels and errors of one person."""
    segmentation, _, label_map = replace(person, image=None).read()
    one = replace(segmentation, layers=segmentation.layers[:1])
    ways = variants()
    for way in WAYS:
        seen = ways[way](one, None)
        if seen is not None:
            right = {s.name: 1.0 for s in seen[0].segments if s.name not in person.wrong}
            yield from _judged(person, way, seen[0], label_map, knowledge, right)
    draw, made = np.random.default_rng(zlib.crc32(person.name.encode()) + 7), 0
    for kind in draw.permutation([k for k in ALL_KINDS if k not in OF_THE_IMAGE]).tolist():
        if made >= errors:
            return
        size, seed = int(draw.integers(1, 4)), int(draw.integers(100))
        try:
            injected = inject_real(one, None, kind, size, seed)
        except (CannotInjectError, ValueError, IndexError):
            continue
        same_grid = injected.segmentation.geometry.shape == one.geometry.shape and np.allclose(
            injected.segmentation.geometry.index_to_ras_mm, one.geometry.index_to_ras_mm
        )
        if not same_grid or (injected.wrong and worst_dice(one, injected) > DICE_NEEDED):
            continue
        made += 1
        dice = dice_by_segment(one, injected.segmentation)
        yield from _judged(person, f"{kind} {size}", injected.segmentation, label_map, knowledge, dice)


def _judged(
    person: Person,
    study: str,
    segmentation: Segmentation,
    label_map: LabelMap,
    knowledge: Knowledge,
    dice: dict[str, float],
) -> Iterator[Row]:
    from fmassist.evidence.measure import measure

    understood = understand(segmentation, label_map, knowledge)
    evidence = measure(segmentation, None)
    vocabulary = vocabulary_of(label_map)
    result = check(evidence, knowledge, understood.meanings, vocabulary=vocabulary, understanding=understood)
    anatomy = Anatomy(evidence, knowledge, understood.meanings, vocabulary)
    features = features_of(anatomy, result.findings, graded(compared(anatomy)))
    for verdict in result.segments:
        if verdict.key in features and verdict.name in dice and verdict.wrong_probability is not None:
            wrong = dice[verdict.name] < WRONG_BELOW
            yield Row(person.person, f"{person.name} {study}", features[verdict.key], wrong)


def fit(rows: Sequence[Row]) -> Weights:
    """Penalised logistic regression, by Newton's steps."""
    x = np.column_stack([np.ones(len(rows)), np.array([r.features for r in rows])])
    y = np.array([r.wrong for r in rows], dtype=float)
    ridge = np.diag([0.0] + [RIDGE] * len(FEATURES))
    beta = np.zeros(x.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (y - p) - ridge @ beta
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge + 1e-9 * np.eye(len(beta)), gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return Weights(round(float(beta[0]), 3), tuple(round(float(b), 3) for b in beta[1:]))


def left_out(rows: Sequence[Row]) -> list[tuple[float, bool]]:
    """Score of each segment by weights learned without its person, and whether it is wrong."""
    scored = []
    for person in sorted({r.person for r in rows}):
        weights = fit([r for r in rows if r.person != person])
        scored += [(weights.probability(r.features), r.wrong) for r in rows if r.person == person]
    return scored


def reliability(scored: Sequence[tuple[float, bool]]) -> dict[str, object]:
    """By range of the score how many segments, their mean score, and the share that is wrong."""
    table, error = [], 0.0
    for low, high in itertools.pairwise(EDGES):
        mine = [(s, w) for s, w in scored if low <= s < high or (high == 1.0 and s == 1.0)]
        if mine:
            mean, share = sum(s for s, _ in mine) / len(mine), sum(w for _, w in mine) / len(mine)
            table.append(
                {"from": low, "to": high, "segments": len(mine), "score": round(mean, 3), "wrong": round(share, 3)}
            )
            error += len(mine) * abs(mean - share)
    bad, fine = [s for s, w in scored if w], [s for s, w in scored if not w]
    return {
        "ranges": table,
        "expected calibration error": round(error / max(1, len(scored)), 4),
        "AUROC": round(area(bad, fine), 4) if bad and fine else None,
        "segments": len(scored),
        "wrong": len(bad),
    }


def area(bad: Sequence[float], fine: Sequence[float]) -> float:
    """Area under the ROC curve (Mann and Whitney)."""
    from scipy.stats import rankdata

    ranks = rankdata([*bad, *fine])
    return float((ranks[: len(bad)].sum() - len(bad) * (len(bad) + 1) / 2) / (len(bad) * len(fine)))


def as_json(rows: Sequence[Row], held_out: Sequence[Row]) -> str:
    """The file's content."""
    weights = fit(rows)
    judged = [(weights.probability(r.features), r.wrong) for r in held_out]
    content = {
        "about": {
            "what": "probability that a segment's Dice to the truth is below .8",
            "people": len({r.person for r in rows}),
            "studies": len({r.study for r in rows}),
            "segments": len(rows),
            "wrong": sum(r.wrong for r in rows),
            "source": "labels alone of the design half of bench real, as they are, cropped, resampled, and with errors "
            "injected; relations learned without the person (fmassist.bench.real.segments)",
        },
        "intercept": weights.intercept,
        "weights": [
            {"feature": name, "weight": w, "what": FEATURES[name]}
            for name, w in zip(FEATURES, weights.weights, strict=True)
        ],
        "people left out": reliability(left_out(rows)),
        "test half": {"people": len({r.person for r in held_out}), **reliability(judged)} if held_out else None,
    }
    return json.dumps(content, indent=1) + "\n"


def gather(shared: Path, half: str, observed: Sequence[Observed]) -> list[Row]:
    """Rows of everyone of one half, each judged by relations learned without themselves."""
    knowledge, rows = load_knowledge(), []
    for person in people(shared):
        if person.good and person.half == half:
            errors = ERRORS_OF_MANY if person.name in DESIGNED_ON else ERRORS_EACH
            with using(learn(o for o in observed if o.person != person.person)):
                rows += list(rows_of(person, knowledge, errors))
            sys.stderr.write(f"{person.name} {len(rows)}\n")
    return rows


def main(arguments: list[str]) -> int:
    """Learn and write."""
    shared, out = Path(arguments[0]), Path(arguments[1])
    knowledge = load_knowledge()
    observed = [observe(p, knowledge) for p in people(shared) if p.good and p.half == "design"]
    text = as_json(gather(shared, "design", observed), gather(shared, "test", observed))
    out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
