"""ONNX and TorchScript files with a description, labels already there, and models that third parties add."""

from __future__ import annotations

import hashlib
import json
import sys

import numpy as np
import pytest
from models.onnx_file import onnx_file

from fmassist.cli.main import main
from fmassist.geometry import Geometry
from fmassist.models.consent import remember
from fmassist.models.registry import all_models, find_model
from fmassist.volume import Volume, write_volume

CARD = {
    "schema": 1,
    "id": "house:threshold",
    "version": "3",
    "title": "A threshold",
    "backend": "onnx",
    "task": "what is bright",
    "modality": ["CT"],
    "body_region": "any",
    "prompts": ["none"],
    "labels": {"values": {"1": {"name": "bright", "structure": "liver"}}},
    "licence": {"name": "CC0-1.0"},
    "options": {"orientation": "LPS", "window": [0, 400], "roi_size": [8, 8, 8]},
}


def described(path, **changes):
    """Writes the description that belongs beside a file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card = {**CARD, "files": [{"path": path.name, "sha256": digest}], **changes}
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    return path


@pytest.fixture
def volume():
    """Bright in one corner, on a turned grid."""
    voxels = np.full((14, 11, 9), -100, np.int16)
    voxels[1:5, 6:10, 2:7] = 300
    affine = np.array([[0, 3.0, 0, 9], [-2, 0, 0, -7], [0, 0, 4, 3], [0, 0, 0, 1]])
    return Volume(voxels, Geometry(voxels.shape, affine), "CT")


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))


def threshold(path):
    """Score of the label above that of background from 200 HU on, after the window of 0 to 400."""
    return onnx_file(path, weights=[0.0, 1.0], biases=[0.5, 0.0])


def test_an_onnx_file_segments_where_it_should(volume, tmp_path):
    pytest.importorskip("onnxruntime")
    model = find_model(str(described(threshold(tmp_path / "t.onnx"))))
    made = model.segment(volume, device="cpu")
    assert [segment.name for segment in made.segmentation.segments] == ["bright"]
    np.testing.assert_array_equal(made.segmentation.layers[0] == 1, np.asarray(volume.voxels) > 200)
    assert made.provenance["weights_sha256"] == hashlib.sha256((tmp_path / "t.onnx").read_bytes()).hexdigest()


def test_a_torchscript_file_segments_once_trusted(volume, tmp_path):
    torch = pytest.importorskip("torch")
    network = torch.nn.Conv3d(1, 2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([0.0, 1.0]).reshape(2, 1, 1, 1, 1))
        network.bias.copy_(torch.tensor([0.5, 0.0]))
    path = tmp_path / "t.ts"
    torch.jit.trace(network, torch.zeros(1, 1, 8, 8, 8)).save(str(path))
    described(path, backend="torchscript")
    assert main(["models", "trust", str(path), "--yes"]) == 0
    made = find_model(str(path)).segment(volume, device="cpu")
    np.testing.assert_array_equal(made.segmentation.layers[0] == 1, np.asarray(volume.voxels) > 200)


def test_labels_already_there_go_the_way_of_a_model(volume, tmp_path):
    write_volume(volume, tmp_path / "image.nii.gz")
    labels = (np.asarray(volume.voxels) > 200).astype(np.uint8) * 5  # TotalSegmentator's liver
    write_volume(Volume(labels, volume.geometry), tmp_path / "labels.nii.gz")
    arguments = ["run", str(tmp_path / "image.nii.gz"), "--modality", "CT", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--model", str(tmp_path / "labels.nii.gz")]) in (0, 3)
    document = json.loads((tmp_path / "out" / "findings.json").read_text())
    (liver,) = [segment for segment in document["segments"] if segment["measurements"]["voxels"]["value"]]
    assert (liver["name"], liver["measurements"]["voxels"]["value"]) == ("liver", int((labels > 0).sum()))


def test_a_folder_with_one_description_adds_a_model(volume, tmp_path, capsys):
    pytest.importorskip("onnxruntime")
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    described(threshold(folder / "t.onnx")).with_suffix(".json").rename(folder / "fmassist-model.json")
    (tmp_path / "models" / "broken").mkdir()
    (tmp_path / "models" / "broken" / "fmassist-model.json").write_text("{}")
    assert main(["models", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    row = next(row for row in said["models"] if row["id"] == "house:threshold")
    assert (row["status"], row["licence"]) == ("yes", "CC0-1.0")
    assert "not valid" in said["wrong"]["broken"]

    write_volume(volume, tmp_path / "image.nii.gz")
    arguments = ["run", str(tmp_path / "image.nii.gz"), "--modality", "CT", "--model", "house:threshold"]
    assert main([*arguments, "--device", "cpu", "--out", str(tmp_path / "out")]) in (0, 3)
    document = json.loads((tmp_path / "out" / "findings.json").read_text())
    assert document["segments"][0]["structure_label"].lower() == "liver"
    assert document["versions"]["model_version"] == "3"


ENTRY = """
import numpy as np
from fmassist.geometry import Geometry
from fmassist.models.card import Card
from fmassist.models.interface import estimate
from fmassist.models.result import ModelResult
from fmassist.volume import Segment, Segmentation
class Mine:
    def describe(self):
        return Card("mine", "1", "Mine", "onnx", "nothing", ("any",), "any", ("none",), licence="MIT")
    def available(self):
        return None
    def needs(self, volume):
        return estimate(self.describe(), volume)
    def segment(self, volume, prompts=(), *, progress=None, cancelled=None, device=None):
        labels, geometry = np.zeros(volume.geometry.shape, np.uint8), volume.geometry
        labels[2:5, 2:5, 2:5] = 1
        HOW
        return ModelResult(Segmentation((labels,), geometry, (Segment(1, "liver"),)))
"""


def entry_point(site, monkeypatch, how="pass"):
    """Installs a package that offers a model."""
    for path, text in {
        "my_models.py": ENTRY.replace("HOW", how),
        "my_models-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: my-models\nVersion: 1\n",
        "my_models-1.dist-info/entry_points.txt": "[fmassist.models]\nmine = my_models:Mine\ngone = my_models:Gone\n",
    }.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "my_models", raising=False)
    remember(site / "my_models.py", name="mine")


def test_an_entry_point_adds_a_model(tmp_path, monkeypatch):
    entry_point(tmp_path / "site", monkeypatch)
    models, wrong = all_models()
    assert "mine" in [model.describe().id for model in models]
    assert "gone can't be loaded" in wrong["gone"]


LIES = {
    "crashes": ("raise ValueError('Doe_Jane')", "Mine failed (ValueError)"),
    "gives nothing": ("return None", "Mine gave no result"),
    "never ends": ("while not cancelled(): pass", "it took more than 0.3 seconds"),
    "another shape": ("labels = labels[1:]; geometry = Geometry((13, 11, 9), np.eye(4))", "gave an array of shape"),
    "mirrored": ("geometry = Geometry((14, 11, 9), geometry.index_to_ras_mm @ np.diag([-1.0, 1, 1, 1]))", "mirrored"),
    "unknown labels": ("labels[0, 0, 0] = 9", "labels that it does not know (9)"),
}


@pytest.mark.parametrize("how", LIES)
def test_somebody_elses_model_that_lies_is_caught(how, volume, tmp_path, monkeypatch, capsys):
    body, said = LIES[how]
    entry_point(tmp_path / "site", monkeypatch, body)
    monkeypatch.setenv("FMASSIST_MODEL_SECONDS", "0.3")
    write_volume(volume, tmp_path / "Doe_Jane.nii.gz")
    assert main(["run", str(tmp_path / "Doe_Jane.nii.gz"), "--model", "mine", "--out", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1
    assert "Doe" not in line
    assert not (tmp_path / "out").exists()


HOSTILE = {
    "wrong hash": (lambda p: p.write_bytes(p.read_bytes() + b" "), {}, "wrong hash"),
    "no description": (lambda p: p.with_suffix(".json").unlink(), {}, "without a description"),
    "no licence": (None, {"licence": {}}, "lacks 'name' at licence"),
    "no pinned hash": (None, {"files": [{"path": "t.onnx"}]}, "pins no hash"),
    "label map that is nowhere": (None, {"labels": {"map": "../../etc/passwd"}}, "neither shipped nor in its folder"),
    "another model's label map": (
        None,
        {"labels": {"map": "meshnet:subcortical", "values": {"1": {"name": "bright"}}}},
        "the map belongs to another model",
    ),
    "unknown structure": (
        None,
        {"labels": {"values": {"1": {"name": "bright", "structure": "third_lung"}}}},
        "does not know (third_lung)",
    ),
    "labels it gives and does not know": (None, {"labels": {"values": {"2": {"name": "x"}}}}, "does not know (1)"),
    "weights in another file": (
        lambda p: described(onnx_file(p, weights=[0, 1], biases=[0, 0], outside=True)),
        {},
        "other files",
    ),
    "no ONNX": (lambda p: (p.write_bytes(b"\x08\x08no"), described(p)), {}, "damaged"),
    "file outside": (None, {"files": [{"path": "../t.onnx"}]}, "outside its folder"),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_file_or_description_is_refused(how, volume, tmp_path, capsys):
    pytest.importorskip("onnxruntime")
    spoil, changes, said = HOSTILE[how]
    path = described(threshold(tmp_path / "t.onnx"), **changes)
    if spoil is not None:
        spoil(path)
    write_volume(volume, tmp_path / "Doe_Jane.nii.gz")
    arguments = ["run", str(tmp_path / "Doe_Jane.nii.gz"), "--model", str(path), "--device", "cpu"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1
    assert "Doe" not in line
    assert not (tmp_path / "out").exists()


def test_labels_that_cannot_be_read_are_not_kept(tmp_path, capsys):
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(b"no labels")
    assert main(["models", "get", "earlier", "--from", str(path), "--yes"]) == 2
    assert "it is not a NIfTI file" in capsys.readouterr().err
    assert not (tmp_path / "models" / "earlier").exists()


def test_a_changed_byte_asks_again(tmp_path, capsys):
    path = tmp_path / "program.bin"
    path.write_bytes(b"one")
    remember(path, name="x")
    from fmassist.models.consent import said_yes

    assert said_yes(path)
    path.write_bytes(b"two")
    assert not said_yes(path)


def test_a_model_of_ones_own_is_got_under_a_name_and_held_to_its_bytes(volume, tmp_path, capsys):
    pytest.importorskip("onnxruntime")
    path = described(threshold(tmp_path / "t.onnx"))
    assert main(["models", "get", "Our Liver", "--from", str(path), "--yes"]) == 2
    assert "the name is none for a model" in capsys.readouterr().err
    assert main(["models", "get", "ours", "--from", str(path), "--yes"]) == 0
    assert "CC0-1.0" in capsys.readouterr().out
    assert find_model("ours").segment(volume, device="cpu").provenance["model"] == "ours"
    got = tmp_path / "models" / "ours" / "t.onnx"
    got.write_bytes(got.read_bytes() + b" ")
    write_volume(volume, tmp_path / "image.nii.gz")
    assert main(["run", str(tmp_path / "image.nii.gz"), "--model", "ours", "--out", str(tmp_path / "out")]) == 2
    assert "wrong hash" in capsys.readouterr().err
