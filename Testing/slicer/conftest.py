"""The harness, an empty scene for every test, and a real CT with planted errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

# Without a display's libraries (libEGL) PySide6 is there and does not load: that is no ModuleNotFoundError.
pytest.importorskip(
    "PySide6.QtWidgets",
    reason="PySide6-Essentials is not installed: pip install fmassist[slicer-test]",
    exc_type=ImportError,
)
# slicer-core looks for folders called "slicer" on the path and imports all that is in them, these tests too.
_path = list(sys.path)
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE.parent]
pytest.importorskip(
    "slicer", reason="slicer-core is not installed: pip install fmassist[slicer-test]", exc_type=ImportError
)
sys.path[:] = [*_path, str(HERE)]

# A module that names PySide6 has its own say in how properties are spelt; this one agrees with the rest.
import cases  # noqa: E402
import harness  # noqa: E402
from sitting import Sitting  # noqa: E402

from __feature__ import true_property  # isort: skip  # noqa: E402, F401


@pytest.fixture(scope="session")
def application():
    """`slicer.app`."""
    return harness.install()


@pytest.fixture(autouse=True)
def _settings_of_one_s_own(tmp_path_factory, monkeypatch):
    """Signatures are noted in the user's settings folder; a test has one of its own."""
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path_factory.mktemp("settings")))


@pytest.fixture
def app(application):
    """`slicer.app` over an empty scene, with nothing remembered."""
    import slicer

    slicer.mrmlScene.Clear(False)
    application.userSettings().clear()
    application.messages.clear()
    application.installed.clear()
    application.selected_modules.clear()
    slicer.modules.segmenteditor.editor.calls.clear()
    application.answers = True
    return application


@pytest.fixture
def scene(app):
    """The empty scene."""
    import slicer

    return slicer.mrmlScene


@pytest.fixture
def module(app):
    """The module's widget, set up as Slicer does it, with its parent shown."""
    import FMAssist
    from harness.scripted_module import new_parent

    parent = new_parent()
    widget = FMAssist.FMAssistWidget(parent)
    widget.setup()
    parent.resize(440, 1000)
    parent.show()
    yield widget
    widget.cleanup()
    parent.close()


@pytest.fixture
def ui(module):
    """The panel's widgets."""
    return module.ui


@pytest.fixture
def parameters(module):
    """The module's parameters."""
    return module._parameters


@pytest.fixture
def sitting(app, module, planted, stand_in):
    """The panel with the planted abdomen chosen, and a process that tells of the planted errors."""
    return Sitting(app, module, planted, stand_in(planted.result))


@pytest.fixture
def stand_in(tmp_path):
    """Gives a function that makes a command out of `stand_in_cli.py`: how it behaves, and what it writes."""

    def command(result=None, **behaviour):
        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"result": result or {}, **behaviour}), encoding="utf-8")
        return lambda arguments: [sys.executable, str(HERE / "stand_in_cli.py"), str(plan), *arguments]

    return command


@pytest.fixture
def planted(app, shared):
    """The real abdomen CT with its good labels, in which errors were planted (`cases.planted_abdomen`)."""
    return cases.planted_abdomen(shared)
