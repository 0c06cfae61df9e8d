"""Small synthetic studies on disk, and a quick way to run a batch."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from fmassist.phantom import torso
from fmassist.volume import write_volume
from fmassist.volume.nifti import write_nifti

STRUCTURES = (
    "liver spleen kidney_left kidney_right aorta stomach pancreas gallbladder inferior_vena_cava urinary_bladder"
)
"""Enough for verdicts that differ, few enough that a check takes a tenth of a second."""


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Path:
    """`good.nii.gz`, `bad.nii.gz` (kidneys exchanged), `other.nii.gz` (liver gone) and `ct.nii.gz` of one person."""
    from fmassist.knowledge.label_map import load_label_map

    folder = tmp_path_factory.mktemp("files")
    phantom = torso(seed=3, spacing_mm=(8.0, 8.0, 8.0), field_of_view="abdomen")
    numbers = {name: value for value, name in load_label_map("totalsegmentator:total").names.items()}
    labels = np.zeros(phantom.volume.geometry.shape, dtype=np.uint8)
    for segment in phantom.segmentation.segments:
        if segment.name in STRUCTURES.split():
            labels[phantom.segmentation.mask(segment)] = numbers[segment.name]
    bad, other = labels.copy(), labels.copy()
    bad[labels == 2], bad[labels == 3] = 3, 2
    other[labels == 5] = 0
    for name, made in (("good", labels), ("bad", bad), ("other", other)):
        write_nifti(folder / f"{name}.nii.gz", made, phantom.volume.geometry)
    write_volume(phantom.volume, folder / "ct.nii.gz")
    return folder


@pytest.fixture
def put(files):
    """Puts a copy of one of the files somewhere."""

    def copy(name: str, place: Path) -> Path:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files / name, place)
        return place

    return copy


@pytest.fixture
def in_process(monkeypatch):
    """Batches do their studies in this process, which has its knowledge already: for what does not need another."""
    from fmassist.batch.one import do
    from fmassist.cli import batch

    def engine(_scheduler, _jobs):
        return lambda studies, plan: ((study, do(study, plan)) for study in studies)

    monkeypatch.setattr(batch, "_engine", engine)


@pytest.fixture
def make_batch():
    """Makes a batch's folder as the program leaves it, with made-up studies: only what the worklist reads."""
    return _made_batch


def _made_batch(folder: Path, count: int) -> Path:
    from fmassist.batch.plan import Row
    from fmassist.report.worklist.data import at_a_glance

    rows = []
    for n in range(count):
        verdict = ("plausible", "review", "implausible")[n % 3]
        row = Row(f"st-{n:05d}", verdict, 2, n % 3, n % 3, round((n % 97) / 97, 3), "", "")
        rows.append(asdict(row))
        place = folder / row.study
        place.mkdir(parents=True)
        about = {"rule": f"rule-{n % 5}", "cause": f"cause-{n % 2}"}
        loud = [{"severity": "review", **about, "message": f"<b>said {n}</b>"}] if n % 3 else []
        status = "flagged" if n % 3 else "plausible"
        liver = {"segment": "liver", "structure_label": "liver", "status": status, "volume_ml": 1500 + n % 50}
        segments = [{**liver, "score": round((n % 97) / 97, 3)}]
        found = {
            "study": {**asdict(row), "age_years": n % 90, "sex": "female", "tags": {"site": f"site {n % 4}"}},
            "glance": at_a_glance(segments, loud),
            "csv": {},
        }
        (place / "rows.json").write_text(json.dumps(found))
        (place / "findings.json").write_text(json.dumps({"verdict": verdict, "findings": []}))
        (place / "report.html").write_text(f"<p>report {n}</p>")
        marker = {"format": "fmassist-result/1", "files": {"findings.json": f"{n:064x}"}}
        (place / "fmassist.json").write_text(json.dumps(marker))
    (folder / "summary.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture
def server(tmp_path):
    """The worklist of six studies over loopback."""
    from fmassist.batch.serve import Server

    made = Server(_made_batch(tmp_path / "batch", 6))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()
