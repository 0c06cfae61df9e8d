"""Small synthetic studies on disk, and a quick way to run a batch."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from fmassist.phantom import torso
from fmassist.volume import write_volume
from fmassist.volume.nifti import write_nifti


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Path:
    """`good.nii.gz`, `bad.nii.gz` (kidneys exchanged), `other.nii.gz` (liver gone) and `ct.nii.gz` of one person."""
    from fmassist.knowledge.label_map import load_label_map

    folder = tmp_path_factory.mktemp("files")
    phantom = torso(seed=3, spacing_mm=(8.0, 8.0, 8.0), field_of_view="abdomen")
    numbers = {name: value for value, name in load_label_map("totalsegmentator:total").names.items()}
    labels = np.zeros(phantom.volume.geometry.shape, dtype=np.uint8)
    for segment in phantom.segmentation.segments:
        if segment.name in numbers:
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
