"""All people's trials in one process with the knowledge loaded once, resumable person by person, and their figures."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fmassist.bench.figures import Figure, Measured, not_measured
from fmassist.bench.real.learn import learn, observe
from fmassist.bench.real.people import people
from fmassist.bench.real.trials import Trial, keep, kept, trials
from fmassist.bench.statistics import auroc_estimate, rate
from fmassist.errors import InputError
from fmassist.knowledge.load import load_knowledge
from fmassist.reasoning.relations import using

ERRORS_EACH = 12
BANDS = ((0.0, 0.5, "below .5"), (0.5, 0.8, ".5 to .8"), (0.8, 0.95, ".8 to .95"))


def measure(data: Path | None = None, progress: Callable[[str, float], None] | None = None) -> Measured:
    """Run the bench.

    Args:
        data: the folder that holds `library` and `data`.
        progress: called with a stage and the share done.

    Environment: `FMASSIST_BENCH_KEEP` a folder that keeps each person's rows, from which a stopped run goes on;
    `FMASSIST_BENCH_SAMPLE` how many cases, drawn evenly; `FMASSIST_BENCH_ERRORS` kinds of error for each (12);
    `FMASSIST_BENCH_HALF` `design`, `test` or both; `FMASSIST_BENCH_ONLY` beginnings of cases' names, by comma.
    """
    if data is None:
        raise InputError("there are no real people without their data", "give --data with the shared folder")
    tell = progress or (lambda _stage, _share: None)
    rows = run(data, tell)
    tables = {
        "False findings by rule": _listed(false_table(rows)),
        "False findings by way of seeing": _listed(ways_table(rows)),
        "Errors by kind": _listed(kinds_table(rows)),
        "Errors by group": _listed(groups_table(rows)),
    }
    halves = {half: sorted({t.person for t in rows if t.half == half}) for half in ("design", "test")}
    return Measured(figures(rows), [], details={"people": halves, "trials": len(rows)}, tables=tables)


def _listed(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The header, then the rows."""
    return [list(rows[0]), *(list(row.values()) for row in rows)] if rows else [[]]


def run(data: Path, tell: Callable[[str, float], None]) -> list[Trial]:
    """Every trial of everyone asked for."""
    half, only = os.environ.get("FMASSIST_BENCH_HALF"), os.environ.get("FMASSIST_BENCH_ONLY", "")
    chosen = [p for p in people(data) if half in (None, "", p.half)]
    if only:
        chosen = [p for p in chosen if p.name.startswith(tuple(only.split(",")))]
    sample = int(os.environ.get("FMASSIST_BENCH_SAMPLE", len(chosen)))
    if 0 < sample < len(chosen):
        chosen = [chosen[round(i * (len(chosen) - 1) / max(1, sample - 1))] for i in range(sample)]
    errors = int(os.environ.get("FMASSIST_BENCH_ERRORS", ERRORS_EACH))
    folder = Path(k) if (k := os.environ.get("FMASSIST_BENCH_KEEP")) else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    knowledge, rows = load_knowledge(), []
    tell("learning from the others", 0.0)
    observed = [observe(p, knowledge) for p in people(data) if p.good and p.half == "design"]
    for number, person in enumerate(chosen):
        tell(person.name, number / len(chosen))
        path = None if folder is None else folder / f"{person.name}.jsonl"
        mine = None if path is None else kept(path)
        if mine is None:
            # Nobody is judged by what was learned from themselves.
            with using(learn(o for o in observed if o.person != person.person)):
                mine = list(trials(person, knowledge, errors=errors))
            if path is not None:
                keep(mine, path)
        rows += mine
    return rows


def figures(rows: Sequence[Trial]) -> list[Figure]:
    """The table of the issue, of both halves and of the test half."""
    found = []
    for half in ("all", "test"):
        mine = [t for t in rows if half in ("all", t.half)]
        found += _calm(mine, half) + _errors(mine, half)
    return found


def _calm(rows: Sequence[Trial], half: str) -> list[Figure]:
    right = [t for t in rows if t.kind == "untouched"]
    if not right:
        return [not_measured(f"{half}: false findings per untouched study", "findings", "at most 0.15", "nobody")]
    mean = sum(len(t.findings) for t in right) / len(right)
    blocked = rate(sum(any(f[1] == "block" for f in t.findings) for t in right), len(right))
    flagged = rate(sum(bool(t.findings) for t in right), len(right))
    assert blocked is not None
    note = f"{len(right)} studies of {len({t.person for t in right})} people"
    return [
        Figure(
            f"{half}: false findings per untouched study",
            mean,
            "findings",
            None,
            None,
            None,
            "at most 0.15",
            mean <= 0.15,
            note,
        ),
        Figure(
            f"{half}: untouched studies with a false block",
            blocked.value,
            "share",
            None,
            None,
            None,
            "at most 0.01",
            blocked.value <= 0.01,
            str(blocked),
        ),
        Figure(
            f"{half}: untouched studies with any false finding",
            flagged.value if flagged else None,
            "share",
            note=str(flagged),
        ),
    ]


def _errors(rows: Sequence[Trial], half: str) -> list[Figure]:
    spoilt = [t for t in rows if t.kind not in ("untouched", "natural")]
    groups: list[tuple[str, list[Trial], float | None]] = [("all", spoilt, None)]
    local = [t for t in spoilt if t.dice < 0.95]
    groups += [
        (f"Dice of the worst segment {name}", [t for t in local if low <= t.dice < high], goal)
        for (low, high, name), goal in zip(BANDS, (0.92, 0.80, 0.60), strict=True)
    ]
    groups += [
        ("CT with image", [t for t in spoilt if t.with_image and t.modality == "CT"], 0.85),
        ("labels alone", [t for t in spoilt if not t.with_image], 0.75),
        ("MR with image", [t for t in spoilt if t.with_image and t.modality == "MR"], 0.70),
    ]
    found = []
    for name, mine, goal in groups:
        share = rate(sum(t.found for t in mine), len(mine))
        value = None if share is None else share.value
        wanted = None if goal is None else f"at least {goal}"
        met = None if goal is None or value is None else value >= goal
        found.append(Figure(f"{half}: errors found, {name}", value, "share", None, None, None, wanted, met, str(share)))
    said = [t for t in spoilt if t.found]
    first = rate(sum(t.right for t in said), len(said))
    sure = rate(sum(not t.right and t.sure >= 0.9 for t in said), len(said))
    found.append(
        Figure(
            f"{half}: first cause right",
            None if first is None else first.value,
            "share",
            goal="at least 0.8",
            note=str(first),
        )
    )
    found.append(
        Figure(
            f"{half}: a wrong cause at .9 or more",
            None if sure is None else sure.value,
            "share",
            goal="at most 0.03",
            note=str(sure),
        )
    )
    right = [t for t in rows if t.kind == "untouched"]
    numbers = {p: i for i, p in enumerate(sorted({t.person for t in rows}))}
    ours = auroc_estimate([(numbers[t.person], t.score) for t in spoilt], [(numbers[t.person], t.score) for t in right])
    found.append(
        Figure(
            f"{half}: AUROC over studies",
            None if ours is None else ours.value,
            "",
            goal="at least 0.95",
            note=str(ours),
        )
    )
    for peer in ("four rules", "largest component"):
        theirs = auroc_estimate(
            [(numbers[t.person], t.peers.get(peer, 0)) for t in spoilt],
            [(numbers[t.person], t.peers.get(peer, 0)) for t in right],
        )
        found.append(
            Figure(
                f"{half}: AUROC over studies, {peer}", None if theirs is None else theirs.value, "", note=str(theirs)
            )
        )
    return found + _structures(spoilt, half)


def _structures(spoilt: Iterable[Trial], half: str) -> list[Figure]:
    """How well the scores of single structures tell those of which the Dice is below .8."""
    wrong: list[tuple[int, float]] = []
    fine: list[tuple[int, float]] = []
    for number, trial in enumerate(spoilt):
        for _, score, dice in trial.structures:
            (wrong if float(str(dice)) < 0.8 else fine).append((number, float(str(score))))
    if not wrong or not fine:
        return []
    area = auroc_estimate(wrong, fine, draws=50)
    return [
        Figure(
            f"{half}: AUROC of structures' scores, Dice below .8",
            None if area is None else area.value,
            "",
            note=str(area),
        )
    ]


def false_table(rows: Iterable[Trial]) -> list[dict[str, Any]]:
    """False findings on right labels, by rule."""
    tally: Counter[tuple[str, str]] = Counter()
    for trial in rows:
        if trial.kind == "untouched":
            tally.update((f[0], f[1]) for f in trial.findings)
    return [{"rule": rule, "severity": severity, "findings": n} for (rule, severity), n in tally.most_common()]


def ways_table(rows: Iterable[Trial]) -> list[dict[str, Any]]:
    """False findings by how the right labels were seen."""
    mine: dict[str, list[Trial]] = defaultdict(list)
    for trial in rows:
        if trial.kind == "untouched":
            mine[trial.way].append(trial)
    return [
        {
            "way": way,
            "studies": len(ts),
            "findings each": round(sum(len(t.findings) for t in ts) / len(ts), 2),
            "blocked": round(sum(any(f[1] == "block" for f in t.findings) for t in ts) / len(ts), 3),
        }
        for way, ts in mine.items()
    ]


def kinds_table(rows: Iterable[Trial]) -> list[dict[str, Any]]:
    """Errors found by kind and size."""
    mine: dict[str, list[Trial]] = defaultdict(list)
    for trial in rows:
        if trial.kind != "untouched":
            mine[trial.kind].append(trial)
    table = []
    for kind, ts in sorted(mine.items()):
        row: dict[str, Any] = {"kind": kind.replace("_", " "), "cases": len(ts)}
        for size in (1, 2, 3):
            share = rate(sum(t.found for t in ts if t.size == size), sum(t.size == size for t in ts))
            row[f"size {size}"] = "" if share is None else f"{share.value:.2f}"
        row["first cause right"] = f"{sum(t.right for t in ts) / len(ts):.2f}"
        table.append(row)
    return table


def groups_table(rows: Iterable[Trial]) -> list[dict[str, Any]]:
    """Errors found and false findings by modality, region and maker of the labels."""
    mine: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in rows:
        for group in ("modality", "region", "maker"):
            mine[(group, str(getattr(trial, group)))].append(trial)
    table = []
    for (group, value), ts in sorted(mine.items()):
        right = [t for t in ts if t.kind == "untouched"]
        share = rate(sum(t.found for t in ts if t.kind != "untouched"), len(ts) - len(right))
        table.append(
            {
                "group": f"{group}: {value}",
                "errors found": str(share),
                "false findings each": round(sum(len(t.findings) for t in right) / max(1, len(right)), 2),
            }
        )
    return table
