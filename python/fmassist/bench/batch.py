"""Many studies, measured: persistent workers against a process a study, their memory, a model, the tables, the
worklist, Dask. All of it takes about a quarter of an hour on two quiet cores.

Sizes are set by the environment: `FMASSIST_BENCH_STUDIES` (1,000: studies that are checked), `FMASSIST_BENCH_MODEL`
(10: studies that LiteMedSAM segments), `FMASSIST_BENCH_TABLES` (100,000: studies whose tables are gathered),
`FMASSIST_BENCH_WORKLIST` (10,000: studies of the worklist), `FMASSIST_BENCH_CLUSTER` (100,000: studies through Dask);
0 leaves a part out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fmassist.bench.batch_cluster import cluster_figures
from fmassist.bench.batch_model import model_figures
from fmassist.bench.batch_tables import table_figures, worklist_figures
from fmassist.bench.batch_workers import Bare, bare_check, persons, worker_figures
from fmassist.bench.figures import Measured

SIZES = {"STUDIES": 1_000, "MODEL": 10, "TABLES": 100_000, "WORKLIST": 10_000, "CLUSTER": 100_000}
Progress = Callable[[str, float], None]


def measure(*, data: Path | None = None, progress: Progress | None = None) -> Measured:
    """Measures all parts, one after the other.

    Args:
        data: folder of label maps to check in place of synthetic ones.
        progress: called with a stage and the share done.
    """
    say = progress or (lambda *_: None)
    size = {name: int(os.environ.get(f"FMASSIST_BENCH_{name}", default)) for name, default in SIZES.items()}
    with TemporaryDirectory(prefix="fmassist-bench-") as scratch:
        folder = Path(scratch)
        labels = sorted(data.rglob("*.nii.gz")) if data is not None else persons(folder / "labels", say)
        bare: Bare = bare_check(labels, say)
        figures = worker_figures(labels, size["STUDIES"], bare, folder, say)
        figures += model_figures(folder, size["MODEL"], say)
        figures += table_figures(folder, size["TABLES"], say)
        figures += worklist_figures(folder, size["WORKLIST"], say)
        figures += cluster_figures(folder, size["CLUSTER"], bare.seconds, say)
    return Measured(figures, details={"sizes": size, "persons": len(labels), "bare check, s": bare.seconds})
