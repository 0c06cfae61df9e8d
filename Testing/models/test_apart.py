"""Libraries in a process of their own: what dies, hangs, falls silent or lies is caught, in one line."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from fmassist.cli.main import main
from fmassist.geometry import Geometry
from fmassist.volume import Volume, write_volume

pytest.importorskip("nibabel", reason="the model extra is not installed")

API = """
import os, signal, sys, time
import numpy as np
from nibabel import Nifti1Image
from totalsegmentator import config, libs

def send_usage_stats(config, params):
    open(os.environ["TALKED"], "w").close()

def totalsegmentator(input, output=None, ml=False, task="total", device="gpu", quiet=False, skip_saving=False):
    voxels, affine = np.asarray(input.dataobj), input.affine
    labels = (voxels > 100).astype(np.uint8)
    send_usage_stats({}, {})
    BODY
    return Nifti1Image(labels, affine)
"""
TORCH = """
__version__ = "2.13.0"
class cuda:
    is_available = staticmethod(lambda: False)
class serialization:
    add_safe_globals = staticmethod(lambda _kinds: None)
def load(*given, **named):
    raise RuntimeError(named)
"""


@pytest.fixture
def image(tmp_path):
    voxels = np.zeros((12, 10, 8), np.int16)
    voxels[2:6, 3:7, 2:5] = 200
    affine = np.diag([4.0, 5.0, 6.0, 1.0])
    path = tmp_path / "Doe_Jane.nii.gz"
    write_volume(Volume(voxels, Geometry(voxels.shape, affine), "CT"), path)
    return path


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Puts a library named as TotalSegmentator, which behaves as it is told to, where its script finds it."""

    def make(body: str):
        for path, text in {
            "lib/totalsegmentator/__init__.py": "",
            "lib/totalsegmentator/config.py": "",
            "lib/totalsegmentator/libs.py": "def download_url_and_unpack(url, folder): raise SystemExit(5)",
            "lib/totalsegmentator/map_to_binary.py": "class_map = {'ours': {1: 'liver', 2: 'spleen'}}",
            "lib/totalsegmentator/python_api.py": API.replace("BODY", textwrap.dedent(body)),
            "child/torch.py": TORCH,
        }.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path / "child")
        monkeypatch.setenv("TALKED", str(tmp_path / "talked"))
        monkeypatch.syspath_prepend(tmp_path / "lib")

    return make


MISBEHAVIOUR = {
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", "was killed (SIGKILL)"),
    "crashes": ("raise ValueError('Doe_Jane')", "its library failed (ValueError)"),
    "ends without a word": ("os._exit(0)", "ended without an answer"),
    "hangs": ("while True: print('still here', flush=True); time.sleep(0.05)", "took more than"),
    "falls silent": ("time.sleep(600)", "said nothing for"),
    "takes all memory": ("held = np.ones((200, 1024, 1024), np.uint8); time.sleep(600)", "GB of memory"),
    "another shape": ("labels = labels[1:]", "gave an array of shape"),
    "unknown labels": ("labels[0, 0, 0] = 77", "gave labels that it does not know (77)"),
    "mirrored": ("affine = affine @ np.diag([-1., 1, 1, 1])", "lies mirrored"),
    "elsewhere": ("affine = affine.copy(); affine[0, 3] += 40", "lies in another place"),
    "no labels": ("labels = labels * 0.37", "values between labels"),
    "wants weights": ("libs.download_url_and_unpack('https://example.org', '/')", "models get totalsegmentator:ours"),
    "wants unsafe weights": ("import torch; torch.load('x', weights_only=False)", "without running code"),
}


@pytest.mark.parametrize("how", MISBEHAVIOUR)
def test_a_library_that_misbehaves_is_caught(how, image, library, tmp_path, capsys, monkeypatch):
    body, said = MISBEHAVIOUR[how]
    library(body)
    monkeypatch.setenv("FMASSIST_MODEL_SECONDS", "1.5" if how == "hangs" else "600")
    if how == "falls silent":
        monkeypatch.setenv("FMASSIST_MODEL_SILENT_SECONDS", "2.5")
    if how == "takes all memory":
        monkeypatch.setenv("FMASSIST_MODEL_MEMORY_GB", "0.15")
    code = main(["run", str(image), "--model", "totalsegmentator:ours", "--out", str(tmp_path / "out")])
    line = capsys.readouterr().err
    assert code == 2
    assert said in line
    assert line.startswith("fmassist: TotalSegmentator")
    assert line.count("\n") == 1
    assert "Doe" not in line
    assert not (tmp_path / "out").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".fmassist")]


def test_what_a_library_finds_is_checked_and_says_where_it_comes_from(image, library, tmp_path, capsys):
    import json

    library("print('a word of its own')")
    assert main(["run", str(image), "--model", "totalsegmentator:ours", "--out", str(tmp_path / "out")]) in (0, 3)
    document = json.loads((tmp_path / "out" / "findings.json").read_text())
    found = {segment["name"]: segment for segment in document["segments"]}
    assert found["liver"]["measurements"]["volume"]["value"] == pytest.approx(4 * 4 * 3 * 4 * 5 * 6 / 1000)
    assert document["versions"]["model_id"] == "totalsegmentator:ours"
    assert document["versions"]["model_device"] == "cpu"
    assert "GB of memory" in capsys.readouterr().out, "what it will take is told before it starts"
    assert not (tmp_path / "talked").exists(), "usage statistics were sent"


def test_limits_that_are_no_numbers_are_refused(image, library, tmp_path, capsys, monkeypatch):
    library("")
    monkeypatch.setenv("FMASSIST_MODEL_SECONDS", "soon")
    assert main(["run", str(image), "--model", "totalsegmentator:ours", "--out", str(tmp_path / "out")]) == 2
    assert "FMASSIST_MODEL_SECONDS is no positive number" in capsys.readouterr().err
