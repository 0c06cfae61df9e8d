"""What thousands of studies cost after they were checked: gathering their tables, and the worklist."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Plan, Row, Study
from fmassist.batch.tables import csv_lines, segment_row, write_summary, write_tables
from fmassist.batch.worklist import write_worklist
from fmassist.bench.figures import Figure, not_measured
from fmassist.bench.memory import peak_gb
from fmassist.report.worklist.data import at_a_glance

Progress = Callable[[str, float], None]
STRUCTURES = 60
"""Segments of a study, as TotalSegmentator finds them in a trunk."""
KINDS = 84
"""Studies that differ in verdict, findings and score; the others are the same under another name."""
MANY = "many"


def table_figures(folder: Path, count: int, say: Progress) -> list[Figure]:
    """Gathers the tables of so many studies, as `fmassist batch --gather` does, in a process of its own."""
    name = f"gathering the tables of {count or 100_000:,} studies"
    limit = 120 * max(1, count) / 100_000
    goals = (f"at most {limit:g} s (2 minutes for 100,000)", "at most 4 GB")
    if count < 10:
        why = "left out: FMASSIST_BENCH_TABLES"
        return [not_measured(name, "s", goals[0], why), not_measured(f"{name}, memory", "GB", goals[1], why)]
    _make_up(folder, count, say)
    say("Gathering", 0.0)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        took, peak, kept = pool.submit(_gather, folder, count).result()
    if kept != count:
        raise RuntimeError(f"only {kept} of {count} made-up results were believed")
    note = "each result's marker, inputs and rows compared; CSV and Parquet written"
    return [
        Figure(name, took, "s", goal=goals[0], met=took <= limit, note=note),
        Figure(f"{name}, memory", peak, "GB", goal=goals[1], met=peak <= 4),
    ]


def _gather(folder: Path, count: int) -> tuple[float, float, int]:
    """Seconds, peak of memory in GB, and how many results were believed."""
    from fmassist.batch.gather import gathered

    studies, plan = _studies(folder, count), Plan(str(folder / MANY))
    begun = time.perf_counter()
    ends = gathered(studies, plan)
    rows = [done.row for done in ends]
    write_summary(folder / MANY, "summary", rows)
    write_tables(studies, {row.study: row for row in rows}, plan)
    return time.perf_counter() - begun, peak_gb(), sum(done.said == "kept" for done in ends)


def worklist_figures(folder: Path, count: int, say: Progress) -> list[Figure]:
    """Shows so many studies in a real browser."""
    names = (f"worklist of {count:,} studies: first view", f"worklist of {count:,} studies: a filter")
    goals = ("under 2 s", "under 0.1 s")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    why = "" if chromium else "there is no Chromium: apt-get install chromium"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        why = "playwright is not installed: pip install playwright"
    if count < 10:
        why = "left out: FMASSIST_BENCH_WORKLIST"
    if why:
        return [not_measured(name, "s", goal, why) for name, goal in zip(names, goals, strict=True)]
    rows = _make_up(folder, count, say)
    write_summary(folder / MANY, "summary", rows)
    say("The worklist", 0.0)
    page = write_worklist(folder / MANY)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page()
        begun = time.perf_counter()
        shown.goto(page.as_uri())
        shown.wait_for_selector("body[data-ready=yes]", timeout=120_000)
        first = time.perf_counter() - begun
        filtered = float(shown.evaluate(_FILTER)) / 1000
        browser.close()
    return [
        Figure(f"worklist of {count:,} studies: its file", page.stat().st_size / 1e6, "MB"),
        Figure(names[0], first, "s", goal=goals[0], met=first < 2),
        Figure(names[1], filtered, "s", goal=goals[1], met=filtered < 0.1, note="median of nine clicks, laid out anew"),
    ]


_FILTER = """() => {
  const times = [];
  for (let n = 0; n < 9; n++) {
    const button = document.querySelectorAll('#filters button')[n % 3];
    const begun = performance.now();
    button.click();
    document.body.offsetHeight;
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[4];
}"""
"""Median milliseconds of nine clicks on filters, laid out anew each time."""


def _studies(folder: Path, count: int) -> list[Study]:
    return [Study(f"study-{number:06d}", labels=str(folder / "labels.nii")) for number in range(count)]


def _make_up(folder: Path, count: int, say: Progress) -> list[Row]:
    """A batch's folder with made-up results, as large as real ones; those that are there already stay."""
    from fmassist.batch.identity import stamps, told

    out = folder / MANY
    if not (folder / "labels.nii").exists():
        (folder / "labels.nii").write_bytes(b"labels of all studies")
    studies, plan = _studies(folder, count), Plan(str(out))
    made_from = {"labels": "", "image": "", "model": "none", **told(studies[0], plan)} if studies else {}
    seen = stamps(studies[0], plan) if studies else []
    kinds = [_rows(_row(number, KIND), number) for number in range(KINDS)]
    texts = [json.dumps(kind, separators=(",", ":")) for kind in kinds]
    rows = []
    for number, study in enumerate(studies):
        if number % 500 == 0:
            say("Making up results", number / count)
        rows.append(_row(number % KINDS, study.id))
        place = out / study.id
        if place.exists():
            continue
        place.mkdir(parents=True)
        text = texts[number % KINDS].replace(KIND, study.id)
        (place / "rows.json").write_text(text, encoding="ascii")
        files = {"rows.json": sha256(text.encode("ascii")).hexdigest(), "findings.json": f"{number:064x}"}
        marker = {"format": "fmassist-result/1", "study": study.id, "made_from": made_from, "seen": seen}
        (place / "fmassist.json").write_text(json.dumps({**marker, "files": files}), encoding="ascii")
    return rows


KIND = "study-of-a-kind"


def _row(number: int, study: str) -> Row:
    verdict = ("plausible", "review", "implausible")[number % 3]
    return Row(study, verdict, STRUCTURES, number % 3, number % 4, (number % 83) / 83, "", "")


def _rows(row: Row, number: int) -> dict[str, Any]:
    segments = [
        {
            "segment": f"structure_{n}",
            "structure": f"structure_{n}",
            "structure_label": f"structure {n}",
            "status": "flagged" if n < row.flagged else "plausible",
            "findings": int(n < row.flagged),
            "voxels": 1000 + n,
            "volume_ml": 10.0 + n + number % 13,
            "surface_area_mm2": 2500.5,
            "components": 1,
            "main_component_share": 1.0,
            "intensity_median_hu": 40.0,
            "intensity_mean_hu": 41.25,
            "intensity_sd_hu": 12.5,
            "score": 0.0,
        }
        for n in range(STRUCTURES)
    ]
    finding: dict[str, Any] = {
        "finding": "one-piece/x",
        "rule": "one-piece",
        "kind": "implausible",
        "severity": "review",
    }
    finding |= {"segments": "structure_1", "probability": 0.8, "cause": "piece", "cause_probability": 0.5, "repair": ""}
    findings = [finding | {"message": "A piece lies apart."}] * row.findings
    rules = [{"rule": f"rule-{n}", "passed": n, "failed": 0, "not_applicable": 1, "error": 0} for n in range(60)]
    known = {"modality": "CT", "age_years": number % 90, "sex": "male", "spacing_mm": [1, 1, 1]}
    return {
        "study": {**asdict(row), **known, "tags": {"site": f"site {number % 7}"}},
        "glance": at_a_glance(segments, findings),
        "csv": {
            "segments": csv_lines("segments", row.study, map(segment_row, segments)),
            "findings": csv_lines("findings", row.study, findings),
            "rules": csv_lines("rules", row.study, rules),
        },
    }
