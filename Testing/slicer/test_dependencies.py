"""Packages that are not here: asked for in plain words, and installed beside what Slicer bundles."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest


def test_missing_packages_are_asked_for_in_plain_words_and_no_is_respected(sitting, app, monkeypatch):
    from FMAssistLib import dependencies

    monkeypatch.setattr(dependencies, "requirements", lambda: ["numpy>=1.26", "surely-not-there>=1.0"])
    app.answers = False
    sitting.ui.applyButton.click()
    (question,) = app.messages
    assert "surely-not-there" in question
    assert "numpy" not in question
    assert "no data of yours leaves" in question
    assert app.installed == []
    assert not sitting.module.logic.running


def test_missing_packages_are_installed_without_replacing_what_slicer_bundles(app, monkeypatch):
    from FMAssistLib import dependencies

    monkeypatch.setattr(dependencies, "requirements", lambda: ["surely-not-there>=1.0"])
    seen = {}

    import slicer

    recorded = slicer.packaging.pip_ensure

    def ensure(requirements, **options):
        seen["constraints"] = Path(options["constraints"]).read_text(encoding="utf-8")
        recorded(requirements, **options)

    monkeypatch.setattr(slicer.packaging, "pip_ensure", ensure)
    assert dependencies.ensure()
    assert app.installed.pop()[0] == ["surely-not-there"]
    for name in ("numpy", "typing-extensions", "idna", "vtk"):
        assert f"\n{name}==" in "\n" + seen["constraints"], "whatever is installed stays as it is"
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)  # Slicer 5.10: an import ends with ImportError
    asked = []
    from FMAssistLib import installing

    monkeypatch.setattr(installing, "install", lambda wanted, options: asked.append((wanted, options)))
    assert dependencies.ensure()
    assert asked[0][0] == ["surely-not-there>=1.0"]
    assert asked[0][1][0] == "-c"


WHEEL = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def pip(monkeypatch):
    """pip as the panel runs it; of the system, for this Python, where this Python has none of its own."""
    from FMAssistLib import installing

    if importlib.util.find_spec("pip") is None:
        program = shutil.which("pip")
        if program is None:
            pytest.skip("there is no pip")
        monkeypatch.setattr(
            installing,
            "pip_command",
            lambda wanted, options: [program, "--python", sys.executable, "install", *options, *wanted],
        )


def wheel(folder, name, version, requires=()):
    """A package that holds nothing, as a wheel that pip takes."""
    import zipfile

    where = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{where}/METADATA", "\n".join(metadata) + "\n")
        archive.writestr(f"{where}/WHEEL", WHEEL)
        archive.writestr(f"{where}/RECORD", f"{where}/METADATA,,\n{where}/WHEEL,,\n{where}/RECORD,,\n")


def test_pip_itself_leaves_alone_what_is_installed(app, tmp_path, pip):
    """A real run of pip, by the very code of the panel: a dependency that wants a newer bundled package is refused."""
    from FMAssistLib import dependencies, installing

    wheel(tmp_path, "surely_not_there", "1.0", ["typing_extensions>=99"])
    wheel(tmp_path, "also_not_there", "1.0", ["typing_extensions>=1"])
    wheel(tmp_path, "typing_extensions", "99.0")
    constraints = tmp_path / "installed.txt"
    constraints.write_text("\n".join(dependencies.installed_versions()) + "\n", encoding="utf-8")
    offline = ["--no-index", "--find-links", str(tmp_path), "--dry-run", "-c", str(constraints)]
    installing.install(["also_not_there"], offline)
    with pytest.raises(RuntimeError, match="typing_extensions"):
        installing.install(["surely_not_there"], offline)
    installing.install(["surely_not_there"], offline[:-2])  # without constraints it would be replaced


def test_window_stays_alive_while_pip_runs(app, pip):
    import qt
    from FMAssistLib import installing

    turns = []
    timer = qt.QTimer()
    timer.interval = 5
    timer.timeout.connect(lambda: turns.append(True))
    timer.start()
    with pytest.raises(RuntimeError):
        installing.install(["surely-not-there"], ["--no-index"])
    timer.stop()
    assert len(turns) > 3, "the event loop went on"


def test_package_that_is_too_old_is_named_and_not_replaced(app, monkeypatch):
    from FMAssistLib import dependencies

    monkeypatch.setattr(dependencies, "requirements", lambda: ["numpy>=99"])
    with pytest.raises(dependencies.NotInstalledError, match=r"needs numpy>=99, and numpy [0-9.]+ is installed"):
        dependencies.ensure()
    assert app.installed == app.messages == []


def test_torch_comes_through_its_extension_and_one_that_is_too_old_is_refused(app, monkeypatch):
    import types

    from FMAssistLib import catalogue, dependencies

    asked = []
    logic = types.SimpleNamespace(installTorch=lambda **options: asked.append(options) or object())
    monkeypatch.setitem(sys.modules, "PyTorchUtils", types.SimpleNamespace(PyTorchUtilsLogic=lambda: logic))
    monkeypatch.setattr(dependencies, "missing", lambda _model=None: [])
    monkeypatch.setattr(dependencies, "_met", lambda _requirement: False)
    (model, *_) = catalogue.models()
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else there(name))
    assert dependencies.ensure(model)
    assert asked == [{"askConfirmation": True, "torchVersionRequirement": ">=2.10"}]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    assert not dependencies.ensure(model)
    assert "too old to open model files safely" in app.messages[-1]


def test_installing_that_fails_is_told_in_a_sentence(sitting, app, monkeypatch):
    import subprocess

    import slicer
    from FMAssistLib import dependencies

    def fails(*_arguments, **_options):
        raise subprocess.CalledProcessError(1, ["pip", "install", "surely-not-there"])

    monkeypatch.setattr(dependencies, "requirements", lambda: ["surely-not-there>=1.0"])
    monkeypatch.setattr(slicer.packaging, "pip_ensure", fails)
    sitting.ui.applyButton.click()
    assert len(app.messages) == 1, "the question: Slicer's own dialog tells of the failure, and no second one"
    assert "connected to the internet" in sitting.ui.statusLabel.text
    assert not sitting.module.logic.running
