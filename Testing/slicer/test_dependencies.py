"""Packages that are not here: asked for in plain words, and installed beside what Slicer bundles."""

import importlib.util
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
    assert "numpy==" in seen["constraints"]
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)  # Slicer 5.10: an import ends with ImportError
    assert dependencies.ensure()
    assert app.installed[0][0][:2] == ["surely-not-there>=1.0", "-c"]


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
    with pytest.raises(RuntimeError, match="connected to the internet"):
        dependencies.ensure()
    assert not sitting.module.logic.running
