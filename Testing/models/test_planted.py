"""Code planted in models: none of it runs without a yes, whatever command meets it, and each ends in one line."""

from __future__ import annotations

import io
import socket
import sys

import numpy as np
import pytest
from models.planted import CONFIGS, MARK, PLACES, PROGRAM, bundle, with_code

from fmassist.cli.main import main
from fmassist.geometry import Geometry
from fmassist.models.leftovers import private_folder
from fmassist.models.process import Limits, run_child
from fmassist.volume import Volume, write_volume

pytest.importorskip("torch")
pytest.importorskip("monai")

SETTLED = (
    *("imports", "a bundle root", "a device"),  # FMAssist's to settle, and not read
    *("a place of weights", "a place of weights as an f-string"),  # one that can't be read is one that is not said
    "a key that is an expression",
    *("files with the names of modules", "an __init__.py", "bytecode", "a path file", "a conftest and a setup"),
)
"""Places that are not in the way of a bundle that is data: it runs, and they do not."""


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv(MARK, str(tmp_path / "ran"))
    monkeypatch.setattr(socket, "create_connection", lambda *_: (tmp_path / "ran").touch())
    return tmp_path


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "image.nii.gz"
    write_volume(Volume(np.arange(512, dtype=np.int16).reshape(8, 8, 8), Geometry((8, 8, 8), np.eye(4))), path)
    return path


@pytest.mark.parametrize("place", PLACES)
def test_what_is_planted_does_not_run(place, image, tmp_path, monkeypatch, capsys):
    model = PLACES[place](tmp_path / "m")
    monkeypatch.chdir(model if model.is_dir() else model.parent)
    before = set(sys.modules)
    code = main(["run", str(image), "--model", str(model), "--device", "cpu", "--out", str(tmp_path / "out")])
    line = capsys.readouterr().err
    assert not (tmp_path / "ran").exists(), "the planted code ran"
    assert not [name for name in set(sys.modules) - before if name.startswith("scripts")]
    if place in SETTLED:
        assert code in (0, 3), line
        return
    assert code == 2, line
    assert line.count("\n") == 1
    assert line.startswith("fmassist: ")
    assert "cannot read the volume" not in line
    assert not (tmp_path / "out").exists()


def test_there_are_more_than_forty_places():
    assert len(PLACES) > 60


@pytest.mark.parametrize("place", ["a walk over attributes", "an expression as the network", "the bundle's own code"])
def test_looking_at_a_model_or_getting_it_runs_nothing(place, tmp_path, capsys):
    model = with_code(bundle(tmp_path / "m", CONFIGS[place]))
    assert main(["models", "show", str(model)]) == 0
    with pytest.MonkeyPatch.context() as nobody:
        nobody.setattr("sys.stdin", io.StringIO())
        assert main(["models", "get", "ours", "--from", str(model)]) == 2, "nobody is there to say yes"
        assert main(["models", "trust", str(model)]) == 2
    assert main(["models"]) == 0
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "ran").exists(), "the planted code ran"


def test_a_yes_to_a_bundle_is_remembered_and_holds_for_these_bytes_alone(image, tmp_path, capsys):
    model = with_code(bundle(tmp_path / "m", CONFIGS["the bundle's own code"]))
    run = ["run", str(image), "--model", str(model), "--device", "cpu", "--out", str(tmp_path / "out")]
    assert main(["models", "trust", str(model), "--yes"]) == 0
    assert "Remembered" in capsys.readouterr().out
    main(run)
    assert (tmp_path / "ran").exists(), "what was trusted runs"
    (tmp_path / "ran").unlink()
    (model / "scripts" / "__pycache__").mkdir()
    (model / "scripts" / "__pycache__" / "net.cpython-311.pyc").write_bytes(b"\0")
    assert main(run) == 2
    assert "fmassist models trust" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()


def test_a_package_that_offers_a_model_is_imported_only_once_trusted(tmp_path, monkeypatch, capsys):
    site = tmp_path / "site"
    for path, text in {
        "evil_models/__init__.py": PROGRAM,
        "evil_models-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil-models\nVersion: 1\n",
        "evil_models-1.dist-info/entry_points.txt": "[fmassist.models]\nevil = evil_models:Model\n",
    }.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "evil_models", raising=False)
    assert main(["models"]) == 0
    assert "fmassist models trust evil" in capsys.readouterr().out
    assert main(["models", "show", "evil"]) == 0
    assert main(["run", "x.nii.gz", "--model", "evil", "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "ran").exists()
    assert main(["models", "trust", "evil", "--yes"]) == 0
    assert not (tmp_path / "ran").exists(), "a yes alone runs nothing"
    main(["models"])
    assert (tmp_path / "ran").exists()
    assert not (site / "evil_models" / "__pycache__").exists(), "the yes would be void the next time"
    (tmp_path / "ran").unlink()
    monkeypatch.delitem(sys.modules, "evil_models", raising=False)
    (site / "evil_models" / "more.py").write_text(PROGRAM)
    main(["models"])
    assert not (tmp_path / "ran").exists(), "a changed package asks again"


@pytest.mark.skipif(sys.platform != "linux", reason="the fences are Linux'")
def test_a_script_that_does_what_it_likes_is_fenced(tmp_path):
    """It has no network, no home, no memory beyond its bound, and no file but its own."""
    secret = tmp_path / "secret.txt"
    secret.write_text("Doe^Jane")
    script = f"""
import json, os, pwd, socket
told = {{"HOME": os.environ["HOME"]}}
def tried(name, what):
    try: what(); told[name] = "could"
    except BaseException as error: told[name] = type(error).__name__
tried("network", lambda: socket.socket(socket.AF_INET))
tried("secret", lambda: open({str(secret)!r}).read())
tried("mark", lambda: open({str(tmp_path / "ran")!r}, "w"))
tried("home", lambda: os.listdir(pwd.getpwuid(os.getuid()).pw_dir))
tried("memory", lambda: bytearray(3 * 10**9))
tried("own", lambda: open("mine", "w"))
open("answer.json", "w").write(json.dumps(told))
"""
    with private_folder() as folder:
        (folder / "script.py").write_text(script)
        told = run_child(folder / "script.py", folder, model="m", limits=Limits(memory_bytes=10**8))
        home = str(folder)
    fences = told["fences"].split()
    assert {"memory", "time", "size", "open", "no-core"} <= set(fences)
    assert told["memory"] == "MemoryError"
    if "network" in fences:
        assert told["network"] == "PermissionError"
    if "files" in fences:
        assert told["secret"] == told["mark"] == told["home"] == "PermissionError"
    assert told["own"] == "could"
    assert told["HOME"].startswith(home)
