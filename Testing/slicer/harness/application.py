"""`slicer.app`, `slicer.modules`, the scene, and everything put in its place."""

# ruff: noqa: N802, N815, T201 - Slicer's and Qt's own names

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import types
import zipfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import slicer
import vtk
from PySide6 import QtCore, QtUiTools, QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401

FMASSIST = Path(__file__).resolve().parents[3] / "FMAssist"


class Application:
    """What the module asks of `slicer.app`, and what a test sets and reads.

    Tests set `answers` (title or part of a question → True or False) and read `messages`, `installed`,
    `selected_modules`.
    """

    applicationName = "Slicer"

    def __init__(self, scene, logic):
        self.scene, self._logic = scene, logic
        self.temporaryPath = tempfile.mkdtemp(prefix="harness-")
        self.messages, self.installed, self.selected_modules, self.reloaded = [], [], [], []
        self.answers = True
        self.layout = None

    def applicationLogic(self):
        return self._logic

    def userSettings(self):
        return QtCore.QSettings(f"{self.temporaryPath}/Slicer.ini", QtCore.QSettings.IniFormat)

    def layoutManager(self):
        return self.layout

    def testingEnabled(self):
        return False

    def connect(self, _signal, _slot):
        """Signals of the application itself are never sent here."""

    def processEvents(self):
        QtWidgets.QApplication.processEvents()

    def setOverrideCursor(self, _cursor):
        pass

    def restoreOverrideCursor(self):
        pass

    def wait_until(self, condition, seconds=60):
        """Runs the event loop until `condition()` holds; fails after `seconds`."""
        loop = QtCore.QEventLoop()
        deadline = QtCore.QDeadlineTimer(int(seconds * 1000))
        # With a time of its own, `processEvents` never sleeps, and takes a core from the process that is waited for.
        wake = QtCore.QTimer()
        wake.interval = 5
        wake.start()
        try:
            while not condition():
                if deadline.hasExpired():
                    raise TimeoutError("what was waited for did not happen")
                loop.processEvents(QtCore.QEventLoop.WaitForMoreEvents | QtCore.QEventLoop.AllEvents)
        finally:
            wake.stop()


def install() -> Application:
    """Puts the stand-ins in place, once a process; returns `slicer.app`."""
    if isinstance(getattr(slicer, "app", None), Application):
        return slicer.app
    from harness import ctk_module, qt_module

    QtCore.qInstallMessageHandler(_quiet)
    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["harness"])
    QtWidgets.QApplication.setStyle("Fusion")
    sys.modules["qt"], sys.modules["ctk"] = qt_module.make(), ctk_module.make()
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerApplicationLogic()
    slicer.mrmlScene = scene
    logic.SetMRMLScene(scene)
    slicer.app = Application(scene, logic)
    slicer.app.qt_application = application
    _modules(scene, logic)
    _subject_hierarchy(scene)
    from harness import mrml_widgets, parameter_node, sample_data, scripted_module

    for name, module in {
        **scripted_module.make(),
        "slicer.parameterNodeWrapper": parameter_node.make(),
        "slicer.packaging": _packaging(),
    }.items():
        sys.modules[name] = module
        setattr(slicer, name.split(".")[1], module)
    sys.modules["SampleData"] = sample_data.make()
    _util(mrml_widgets)
    if str(FMASSIST) not in sys.path:
        sys.path.insert(0, str(FMASSIST))
    return slicer.app


def _quiet(_kind, context, message):
    # The .ui file's scene connections (see the package's docstring) and what the offscreen platform lacks.
    if "QObject::connect" not in message and "propagateSizeHints" not in message:
        print(f"Qt: {message} ({context.category})", file=sys.stderr)


def _modules(scene, app_logic):
    from harness import segment_editor

    slicer.modules = types.SimpleNamespace()
    colours = slicer.vtkMRMLColorLogic()
    colours.SetMRMLScene(scene)
    slicer.modules.colors = types.SimpleNamespace(logic=lambda: colours)
    for name in ("Segmentations", "Volumes", "SubjectHierarchy", "Markups"):
        logic = getattr(slicer, f"vtkSlicer{name}ModuleLogic", None)
        if logic is None or not isinstance(logic, type):
            continue
        instance = logic()
        instance.SetMRMLApplicationLogic(app_logic)
        instance.SetMRMLScene(scene)
        setattr(slicer.modules, name.lower(), types.SimpleNamespace(logic=lambda instance=instance: instance))
    editor = segment_editor.Editor()
    widget = types.SimpleNamespace(self=lambda: types.SimpleNamespace(editor=editor))
    slicer.modules.segmenteditor = types.SimpleNamespace(widgetRepresentation=lambda: widget, editor=editor)


def _subject_hierarchy(scene):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    classes = ("vtkMRMLVolumeNode", "vtkMRMLSegmentationNode", "vtkMRMLMarkupsNode", "vtkMRMLTextNode")

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def added(_caller, _event, node):
        # The application's plugins make an item for every node that they own.
        present = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        if any(node.IsA(name) for name in classes) and not present.GetItemByDataNode(node):
            present.CreateItem(present.GetSceneItemID(), node)

    scene.AddObserver(scene.NodeAddedEvent, added)
    return hierarchy


def _packaging():
    module = types.ModuleType("slicer.packaging")

    def pip_ensure(
        requirements,
        constraints=None,
        skip_packages=None,
        prompt_install=True,
        prompt_restart=True,
        requester=None,
        skip_in_testing=True,
        show_progress=True,
    ):
        names = [requirement.name for requirement in requirements]  # Slicer's takes Requirement objects, no text.
        slicer.app.installed.append((names, {"constraints": constraints, "requester": requester}))

    module.pip_ensure = pip_ensure
    return module


def _util(mrml_widgets):
    from harness.ctk_module import ctkCollapsibleButton

    util = slicer.util
    if not hasattr(slicer, "VTKObservationMixin"):
        slicer.VTKObservationMixin = util.VTKObservationMixin

    def load_ui(path):
        loader = QtUiTools.QUiLoader()
        for cls in (*mrml_widgets.CLASSES, ctkCollapsibleButton):
            loader.registerCustomWidget(cls)
        file = QtCore.QFile(str(path))
        file.open(QtCore.QFile.ReadOnly)
        widget = loader.load(file)
        file.close()
        if widget is None:
            raise RuntimeError(f"Could not load UI file: {path}")
        return widget

    def children(widget):
        ui = types.SimpleNamespace()
        for child in widget.findChildren(QtWidgets.QWidget):
            if child.objectName:
                setattr(ui, child.objectName, child)
        return ui

    def answer(text, *_arguments, **_options):
        slicer.app.messages.append(text)
        answers = slicer.app.answers
        return answers if isinstance(answers, bool) else next((a for part, a in answers.items() if part in text), True)

    util.loadUI, util.childWidgetVariables = load_ui, children
    util.modulePath = lambda name: str(FMASSIST / f"{name}.py")
    util.confirmOkCancelDisplay = util.confirmYesNoDisplay = answer
    util.infoDisplay = util.warningDisplay = util.errorDisplay = answer
    util.selectModule = lambda name: slicer.app.selected_modules.append(name)
    util.mainWindow = lambda: None
    util.pip_install = lambda requirements, **options: slicer.app.installed.append((requirements, options))
    util.saveScene = save_scene
    util.loadScene = load_scene
    util.loadVolume = load_volume


def load_volume(path, *_arguments, **_options):
    """Loads a volume through its own storage node."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", Path(path).name.split(".")[0])
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetScene(slicer.mrmlScene)
    storage.SetFileName(str(path))
    if not storage.ReadData(node):
        slicer.mrmlScene.RemoveNode(node)
        raise RuntimeError("the volume could not be loaded")
    node.CreateDefaultDisplayNodes()
    return node


def save_scene(path, *_arguments):
    """Writes an `.mrb`: the scene's own bundle folder, zipped; the scene tells when it is saved, as in Slicer."""
    slicer.mrmlScene.StartState(slicer.mrmlScene.SaveState)
    try:
        return _save_bundle(path)
    finally:
        slicer.mrmlScene.EndState(slicer.mrmlScene.SaveState)


def _save_bundle(path):
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / Path(path).stem
        bundle.mkdir()
        if not slicer.mrmlScene.SaveSceneToSlicerDataBundleDirectory(str(bundle), None):
            return False
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(bundle.rglob("*")):
                archive.write(file, file.relative_to(folder))
    return True


def load_scene(path, *_arguments):
    """Opens an `.mrb` in place of the present scene."""
    folder = Path(tempfile.mkdtemp(prefix="bundle-"))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    slicer.mrmlScene.Clear(False)
    slicer.mrmlScene.SetURL(str(next(folder.rglob("*.mrml"))))
    done = slicer.mrmlScene.Connect()
    shutil.rmtree(folder, ignore_errors=True)
    return bool(done)
