"""What thousands of studies cost after they were checked: tables, the worklist, and the scheduler of Dask."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
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


def table_figures(folder: Path, count: int, say: Progress) -> list[Figure]:
    """Gathers the tables of so many studies."""
    studies, rows = _made_up(folder / "many", count, say)
    plan = Plan(str(folder / "many"))
    begun = time.perf_counter()
    write_tables(studies, rows, plan)
    took = time.perf_counter() - begun
    name = f"gathering the tables of {count:,} studies"
    limit = 120 * count / 100_000
    met = took <= limit
    figures = [Figure(name, took, "s", goal=f"at most {limit:g} s (2 minutes for 100,000)", met=met)]
    peak = peak_gb()
    figures.append(Figure(f"{name}, memory", peak, "GB", goal="at most 4 GB", met=peak <= 4))
    return figures


def worklist_figures(folder: Path, count: int, say: Progress) -> list[Figure]:
    """Shows so many studies in a real browser."""
    say("The worklist", 0.0)
    page = write_worklist(folder / "many")
    names = (f"worklist of {count:,} studies: first view", f"worklist of {count:,} studies: a filter")
    figures = [Figure(f"worklist of {count:,} studies: its file", page.stat().st_size / 1e6, "MB")]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        why = "there is no Chromium, or no playwright"
        return [*figures, *(not_measured(name, "s", None, why) for name in names)]
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
        *figures,
        Figure(names[0], first, "s", goal="under 2 s", met=first < 2),
        Figure(names[1], filtered, "s", goal="under 0.1 s", met=filtered < 0.1),
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


def distributed_figures(count: int, say: Progress) -> list[Figure]:
    """The scheduler's own limit: the check replaced by nothing, through a real cluster of two processes."""
    name = f"Dask's scheduler over {count:,} studies, the check replaced by nothing"
    try:
        import distributed
    except ImportError:
        return [not_measured(name, "1/s", None, "Dask is not installed")]
    from fmassist.batch import cluster

    studies = [Study(f"study-{n:06d}", labels="none") for n in range(count)]
    plan = Plan("/none")
    kept = cluster.do_here
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        cluster.do_here = nothing
        try:
            begun = time.perf_counter()
            engine = cluster.on_cluster(str(local.scheduler_address), 2)
            for number, _ in enumerate(engine(studies, plan)):
                if number % 500 == 0:
                    say("Dask", number / count)
            took = time.perf_counter() - begun
        finally:
            cluster.do_here = kept
    return [Figure(name, count / took, "1/s", note="studies a second that no number of machines exceeds")]


def nothing(study: Study, plan: Plan) -> Any:  # noqa: ARG001 - stands in for the check
    """A check that takes no time."""
    from fmassist.batch.plan import Done

    return Done(Row(study.id, "plausible"), "made")


def _made_up(out: Path, count: int, say: Progress) -> tuple[list[Study], dict[str, Row]]:
    """A batch's folder with made-up results, as large as real ones."""
    studies, rows = [], {}
    for number in range(count):
        if number % 500 == 0:
            say("Making up results", number / count)
        verdict = ("plausible", "review", "implausible")[number % 3]
        row = Row(f"study-{number:06d}", verdict, STRUCTURES, number % 3, number % 4, (number % 97) / 97, "", "")
        place = out / row.study
        place.mkdir(parents=True)
        (place / "rows.json").write_text(json.dumps(_rows(row, number)), encoding="ascii")
        studies.append(Study(row.study))
        rows[row.study] = row
    write_summary(out, "summary", list(rows.values()))
    return studies, rows


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
