"""nnU-Net, TotalSegmentator and nnInteractive themselves, on folders of their form with random weights.

They run where they are installed, or where `FMASSIST_MODEL_PYTHON` names a Python that has them:
`pip install nnunetv2 TotalSegmentator nnInteractive` into an environment of its own.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from fmassist.geometry import Geometry
from fmassist.models.backends import make
from fmassist.models.backends.apart import interpreter, is_installed
from fmassist.models.consent import remember
from fmassist.models.prompts import Prompt
from fmassist.models.registry import find_model
from fmassist.volume import Volume

pytestmark = pytest.mark.slow
SIZE = (48, 44, 40)
TURNED = np.array([[0, 5.0, 0, 1], [-6, 0, 0, 2], [0, 0, 7, 3], [0, 0, 0, 1]])


def folder_of(kind: str, folder: Path) -> Path:
    """A trained folder, made by the Python that has the library."""
    script = Path(__file__).with_name("nnunet_folder.py")
    subprocess.run([interpreter(), str(script), str(folder), kind], check=True)
    return folder


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))

    def need(package: str) -> None:
        if not is_installed(package):
            pytest.skip(f"{package} is not installed here, and FMASSIST_MODEL_PYTHON names no Python that has it")

    return need


def smooth(size=(20, 18, 16)) -> Volume:
    """Slow waves in HU, on a turned grid."""
    i, j, k = np.meshgrid(*(np.linspace(0, 3, n) for n in size), indexing="ij")
    return Volume((200 * np.sin(i) * np.cos(j + k)).astype(np.int16), Geometry(size, TURNED), "CT")


def test_nnunet_segments_a_turned_volume(library, tmp_path):
    library("nnunetv2")
    folder = folder_of("nnunet", tmp_path / "model")
    remember(folder, name="test")
    made = find_model(str(folder)).segment(smooth(), device="cpu")
    assert [segment.name for segment in made.segmentation.segments] == ["liver", "spleen", "kidney_left"]
    assert made.segmentation.layers[0].any(), "random weights give some label somewhere"
    assert "nnunetv2_version" in made.provenance


def test_totalsegmentator_segments_one_task(library, tmp_path, monkeypatch):
    library("totalsegmentator")
    monkeypatch.setenv("TOTALSEG_HOME_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(tmp_path / "weights"))
    folder_of("body", tmp_path / "weights" / "Dataset299_body_1559subj" / "nnUNetTrainer__nnUNetPlans__3d_fullres")
    made = find_model("totalsegmentator:body").segment(smooth(), device="cpu")
    assert [segment.name for segment in made.segmentation.segments] == ["body_trunc", "body_extremities"]
    assert made.provenance["version"] == made.provenance["totalsegmentator_version"]


def test_nninteractive_segments_by_box_point_and_scribble(library, tmp_path):
    library("nnInteractive.inference.inference_session")
    folder = folder_of("nninteractive", tmp_path / "model")
    remember(folder, name="test")
    volume = smooth(SIZE)

    def at(*index: float) -> tuple[float, float, float]:
        x, y, z = volume.geometry.to_ras_mm([index])[0].tolist()
        return x, y, z

    low, high = np.sort([at(14, 14, 14), at(26, 24, 15)], axis=0)
    prompts = [
        Prompt("liver", boxes_ras_mm=((tuple(low), tuple(high)),)),
        Prompt("spleen", points_ras_mm=(at(30, 20, 20),), outside_ras_mm=(at(2, 2, 2),)),
        Prompt("kidney_left", scribbles_ras_mm=((at(10, 10, 10), at(16, 16, 16)),)),
    ]
    made = make(find_model("nninteractive").describe(), folder).segment(volume, prompts, device="cpu")
    assert [segment.name for segment in made.segmentation.segments] == ["liver", "spleen", "kidney_left"]
    assert "nninteractive_version" in made.provenance
