"""Archives and weights made to harm: each is refused in one line, nothing runs, nothing leaves its folder."""

from __future__ import annotations

import io
import json
import pickle
import stat
import tarfile
import zipfile

import numpy as np
import pytest

from fmassist.cli.main import main
from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.models.backends.apart import interpreter
from fmassist.models.safe_weights import load_state, require_safe_version
from fmassist.volume import Volume, write_volume

LINK = stat.S_IFLNK | 0o777


def zipped(path, *members, mode=None):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (mode or 0) << 16
            archive.writestr(entry, data)


def tarred(path, name, kind=tarfile.REGTYPE, target=""):
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = kind, target, 4 if kind == tarfile.REGTYPE else 0
        archive.addfile(entry, io.BytesIO(b"data") if kind == tarfile.REGTYPE else None)


ARCHIVES = {
    "zip that leaves": (lambda p: zipped(p, ("../../out.txt", "x")), "leaves its folder"),
    "zip to a root": (lambda p: zipped(p, ("/tmp/out.txt", "x")), "leaves its folder"),
    "zip to a drive": (lambda p: zipped(p, ("c:\\out.txt", "x")), "leaves its folder"),
    "zip with a link": (lambda p: zipped(p, ("a", "/etc/passwd"), mode=LINK), "a link or a device"),
    "zip bomb": (lambda p: zipped(p, ("a", bytes(90_000_000))), "far more than it should"),
    "zip of many": (lambda p: zipped(p, *((str(n), "") for n in range(20_001))), "more than 20,000 files"),
    "zip of one name twice": (lambda p: zipped(p, ("A.txt", "1"), ("a.txt", "2")), "two files of one name"),
    "tar that leaves": (lambda p: tarred(p, "../out.txt"), "leaves its folder"),
    "tar with a link": (lambda p: tarred(p, "a", tarfile.SYMTYPE, "/etc/passwd"), "a link or a device"),
    "tar with a hard link": (lambda p: tarred(p, "a", tarfile.LNKTYPE, "/etc/passwd"), "a link or a device"),
    "tar with a device": (lambda p: tarred(p, "a", tarfile.CHRTYPE), "a link or a device"),
    "damaged": (lambda p: (zipped(p, ("a", "x" * 999)), p.write_bytes(p.read_bytes()[30:])), "damaged"),
    "nothing known": (lambda p: zipped(p, ("a/readme.txt", "x")), "no model that FMAssist knows"),
    "bundle without a licence": (
        lambda p: zipped(
            p,
            (
                "b/configs/metadata.json",
                json.dumps(
                    {"network_data_format": {"inputs": {"image": {}}, "outputs": {"pred": {"channel_def": {}}}}}
                ),
            ),
        ),
        "names no licence",
    ),
    "a thousand brackets": (
        lambda p: zipped(p, ("b/configs/metadata.json", "[" * 100_000)),
        "can't be read as JSON",
    ),
}


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "Doe_Jane.nii.gz"
    voxels = np.arange(512, dtype=np.int16).reshape(8, 8, 8)
    write_volume(Volume(voxels, Geometry((8, 8, 8), np.eye(4))), path)
    return path


@pytest.mark.parametrize("how", ARCHIVES)
def test_a_hostile_archive_is_refused(how, image, tmp_path, capsys):
    make, said = ARCHIVES[how]
    (tmp_path / "in" / "deep").mkdir(parents=True)
    archive = tmp_path / "in" / "deep" / "model.zip"
    make(archive)
    assert main(["run", str(image), "--model", str(archive), "--out", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(["Doe_Jane.nii.gz", "deep", "in", "model.zip"])


class Harm:
    def __reduce__(self):
        return (open, ("ran", "w"))


@pytest.mark.parametrize("form", ["a plain pickle", "torch's zip", "torch's zip, a list of dicts"])
def test_weights_that_run_code_are_refused(form, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.pt"
    if form == "a plain pickle":
        path.write_bytes(pickle.dumps({"w": Harm()}))
    else:
        torch.save({"w": Harm()} if form == "torch's zip" else [{"w": Harm()}], path)
    with pytest.raises(InputError, match="without running code"):
        load_state(path)
    assert not (tmp_path / "ran").exists()


BUNDLES = {
    "names a function of the system": ({"_target_": "os.system", "command": "touch ran"}, "names os.system"),
    "holds a program": ("$__import__('os').system('touch ran')", "holds an expression that is a program"),
    "has weights that run code": (
        {"_target_": "torch.nn.Conv3d", "in_channels": 1, "out_channels": 2, "kernel_size": 1},
        "without running code",
    ),
}


@pytest.mark.parametrize("how", BUNDLES)
def test_a_hostile_bundle_is_refused(how, image, tmp_path, capsys, monkeypatch):
    torch = pytest.importorskip("torch")
    pytest.importorskip("monai")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    network, said = BUNDLES[how]
    outputs = {"pred": {"channel_def": {"0": "background", "1": "liver"}}}
    metadata = {"name": "b", "license": "MIT", "network_data_format": {"inputs": {"image": {}}, "outputs": outputs}}
    for name, text in {"metadata": metadata, "inference": {"network_def": network}}.items():
        (tmp_path / "b" / "configs").mkdir(parents=True, exist_ok=True)
        (tmp_path / "b" / "configs" / f"{name}.json").write_text(json.dumps(text))
    (tmp_path / "b" / "models").mkdir()
    torch.save({"w": Harm()}, tmp_path / "b" / "models" / "model.pt")
    assert main(["run", str(image), "--model", str(tmp_path / "b"), "--device", "cpu", "--out", "out"]) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "out").exists()


def test_an_old_torch_is_refused(monkeypatch, tmp_path):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "__version__", "2.9.1+cpu")
    with pytest.raises(InputError, match="too old to load weights safely"):
        load_state(tmp_path / "model.pt")
    require_safe_version("2.10.0")


def test_the_scripts_of_back_ends_never_load_more_than_weights(tmp_path):
    """What nnU-Net, TotalSegmentator and nnInteractive do, `torch.load(…, weights_only=False)`, runs nothing."""
    import subprocess

    from fmassist.models.process import CHILDREN

    torch = pytest.importorskip("torch")
    torch.save({"w": torch.zeros(2), "dice": np.float64(0.5), "mean": [np.float32(1)]}, tmp_path / "good.pth")
    torch.save({"w": Harm()}, tmp_path / "bad.pth")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from exchange import Refused, only_weights\n"
        "only_weights()\n"
        "import torch\n"
        "assert torch.load('good.pth', weights_only=False)['dice'] == 0.5\n"
        "try: torch.load('bad.pth', weights_only=False)\n"
        "except Refused as error: print(error)\n"
    )
    ran = subprocess.run(
        [interpreter(), "-c", script, str(CHILDREN)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "can't be loaded without running code" in ran.stdout, ran.stderr
    assert not (tmp_path / "ran").exists()


def test_an_nnunet_folder_says_that_it_is_code(image, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    for name in ("nnunetv2", "site/nnunetv2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "site" / "nnunetv2" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "site")
    folder = tmp_path / "nnunetv2"
    (folder / "plans.json").write_text("{}")
    said = {"labels": {"background": 0, "liver": 1}, "channel_names": {"0": "CT"}, "licence": "CC0"}
    (folder / "dataset.json").write_text(json.dumps(said))
    assert main(["run", str(image), "--model", str(folder), "--out", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert "whose plans name Python classes to run" in line
    assert "fmassist models trust" in line
