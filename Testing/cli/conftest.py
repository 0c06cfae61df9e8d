"""A small synthetic study on disk, and the command line as a user meets it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fmassist.phantom import torso
from fmassist.volume import write_segmentation, write_volume


@dataclass(frozen=True)
class Study:
    """Files of one study."""

    image: Path
    labels: Path


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Study:
    """A synthetic abdomen in coarse voxels; its name is a patient's, which must appear nowhere."""
    folder = tmp_path_factory.mktemp("Doe_Jane_19700101")
    phantom = torso(seed=3, spacing_mm=(5.0, 5.0, 5.0), field_of_view="abdomen")
    found = Study(folder / "Doe_Jane_ct.nii.gz", folder / "Doe_Jane_labels.seg.nrrd")
    write_volume(phantom.volume, found.image)
    write_segmentation(phantom.segmentation, found.labels)
    return found


@pytest.fixture
def fmassist(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `fmassist ARGUMENTS` in a process of its own, from an empty folder."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fmassist", *map(str, arguments)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "200", **environment},
            timeout=300,
            check=False,
        )

    return run


def hidden(folder: Path) -> list[str]:
    """What an interrupted command might have left behind."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".fmassist"))
