"""What Slicer needs of the module's files: lists, imports, bare discovery, the `.ui`, the catalogue."""

import ast
import itertools
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

BUNDLED_WITH_SLICER = {"slicer", "qt", "ctk", "vtk", "FMAssistLib"}
BUNDLED_WITH_SLICER |= {"AbstractScriptedSubjectHierarchyPlugin", "SegmentEditorEffects"}


def module_folder(repository):
    return repository / "FMAssist"


def python_files(repository):
    return sorted(module_folder(repository).rglob("*.py"))


def test_every_file_stands_in_a_cmake_list_and_every_listed_file_is_there(repository):
    folder = module_folder(repository)
    text = (folder / "CMakeLists.txt").read_text(encoding="utf-8").replace("${MODULE_NAME}", "FMAssist")
    listed = set(re.findall(r"^\s+([\w/]+\.(?:py|ui|png|ts))$", text, re.MULTILINE))
    ignored = {"__pycache__", ".ruff_cache"}
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not ignored & set(path.parts) and path.name != "CMakeLists.txt"
    }
    assert listed == there


def test_library_and_knowledge_are_installed_whole(repository):
    text = (module_folder(repository) / "CMakeLists.txt").read_text(encoding="utf-8")
    assert "install(DIRECTORY ${_library_source}/fmassist" in text
    assert "install(DIRECTORY ${_knowledge_source}" in text
    patterns = set(re.findall(r'PATTERN "\*(\.\w+)"', text))
    library = repository / "python" / "fmassist"
    kinds = {
        p.suffix
        for p in library.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts and "Resources" not in p.parts
    }
    assert kinds - {".typed", ""} <= patterns, "a kind of file in the library would not be packaged"


def test_nothing_third_party_is_imported_at_file_scope(repository):
    allowed = BUNDLED_WITH_SLICER | set(sys.stdlib_module_names)
    for path in python_files(repository):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] in allowed, f"{path.name} imports {name} at file scope"


def test_no_python_file_beside_the_module_would_be_taken_for_a_module(repository):
    assert [path.name for path in module_folder(repository).glob("*.py")] == ["FMAssist.py"]


def test_discovery_in_a_bare_environment(repository):
    """Neither torch, rdflib, numpy nor fmassist is needed to import and construct the module."""
    code = """
import sys, types
class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "rdflib", "numpy", "scipy", "SimpleITK", "fmassist", "clingo"}:
            raise ImportError(f"{name} was imported")
sys.meta_path.insert(0, Forbidden())
class Anything(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return type(name, (), {"__init__": lambda self, *a, **k: None})
for name in ("qt", "ctk", "vtk", "slicer", "slicer.util", "slicer.i18n", "slicer.ScriptedLoadableModule",
             "slicer.parameterNodeWrapper"):
    sys.modules[name] = Anything(name)
vtk = sys.modules["vtk"]; vtk.VTK_OBJECT = 0; vtk.calldata_type = lambda kind: lambda function: function
i18n = sys.modules["slicer.i18n"]; i18n.tr = lambda text: text; i18n.translate = lambda context, text: text
sys.modules["slicer.parameterNodeWrapper"].parameterNodeWrapper = lambda cls: cls
slicer = sys.modules["slicer"]
slicer.app = types.SimpleNamespace(connect=lambda signal, slot: None)
import FMAssist
parent = types.SimpleNamespace()
FMAssist.ScriptedLoadableModule.__init__ = lambda self, parent: setattr(self, "parent", parent)
FMAssist.FMAssist(parent)
print(parent.title, parent.categories)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=module_folder(repository), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "FMAssist ['Segmentation']\n"


@pytest.fixture
def ui(repository):
    return ElementTree.parse(module_folder(repository) / "Resources" / "UI" / "FMAssist.ui").getroot()


def properties(widget):
    return {p.get("name"): "".join(p.itertext()).strip() for p in widget.findall("property")}


def test_ui_is_what_slicer_loads(ui):
    assert ui.find("widget").get("class") == "qMRMLWidget"
    custom = {c.findtext("class") for c in ui.iter("customwidget")}
    used = {w.get("class") for w in ui.iter("widget")}
    assert {name for name in used if not name.startswith("Q") or name.startswith("qMRML")} <= custom


def test_every_node_selector_is_handed_the_scene(ui):
    selectors = {w.get("name") for w in ui.iter("widget") if w.get("class") == "qMRMLNodeComboBox"}
    receivers = {c.findtext("receiver") for c in ui.iter("connection")}
    assert selectors == receivers


def test_everything_that_can_be_used_has_a_tool_tip_and_a_place_in_the_tab_order(ui):
    kinds = {"QPushButton", "QToolButton", "QComboBox", "QSpinBox", "QLineEdit", "QCheckBox", "QTableWidget"}
    kinds |= {"QTreeWidget", "QListWidget", "QTextBrowser", "qMRMLNodeComboBox"}
    stops = {stop.text for stop in ui.iter("tabstop")}
    for widget in ui.iter("widget"):
        if widget.get("class") in kinds:
            assert properties(widget).get("toolTip"), widget.get("name")
            assert widget.get("name") in stops, widget.get("name")


def test_every_widget_that_a_pointer_can_rest_on_has_a_tool_tip(module):
    """As loaded and set up: containers and what Qt makes inside a widget are left out; a label takes its buddy's."""
    from PySide6 import QtWidgets

    plain = {"QWidget", "qMRMLWidget"}
    own = [
        w for w in module.ui.__dict__.values() if type(w).__name__ not in plain and not w.objectName.startswith("qt_")
    ]
    for widget in own:
        parent = widget.parentWidget()
        kinds = (QtWidgets.QAbstractScrollArea, QtWidgets.QComboBox, QtWidgets.QSpinBox, QtWidgets.QTabBar)
        inside = isinstance(parent, kinds)
        if not inside and not isinstance(widget, (QtWidgets.QHeaderView, QtWidgets.QScrollBar)):
            assert widget.toolTip, widget.objectName


def test_every_label_of_a_field_hands_the_keyboard_on_to_it(ui):
    buddies = {properties(w).get("buddy") for w in ui.iter("widget") if properties(w).get("buddy")}
    names = {w.get("name") for w in ui.iter("widget")}
    assert buddies <= names
    fields = {"QComboBox", "QSpinBox", "QLineEdit", "qMRMLNodeComboBox", "QListWidget", "QTableWidget"}
    without = {w.get("name") for w in ui.iter("widget") if w.get("class") in fields} - buddies
    # These stand alone, and Tab leads to them.
    assert without <= {"reasonComboBox", "resultComboBox", "structuresTable"}


def test_whole_session_can_be_reached_by_tab(module, planted, app):
    """Tab goes through every widget that can be used, in the order read, and comes round again."""
    from PySide6 import QtCore, QtWidgets

    ui = module.ui
    order = [name for name in TAB_ORDER if getattr(ui, name).isVisibleTo(module.parent)]
    places = [getattr(ui, name).mapTo(module.parent, QtCore.QPoint(0, 0)) for name in order]
    assert len(order) > 8
    for name in order:
        assert getattr(ui, name).focusPolicy & QtCore.Qt.TabFocus, name
    rows = [place.y() for place in places]
    assert all(b >= a - 4 for a, b in itertools.pairwise(rows)), "top to bottom"
    for button in module.parent.findChildren(QtWidgets.QWidget):
        if type(button).__name__ == "ctkCollapsibleButton":
            assert button.focusPolicy & QtCore.Qt.TabFocus


TAB_ORDER = (
    *("taskComboBox", "inputVolumeSelector", "inputSegmentationSelector", "modelComboBox", "promptsComboBox"),
    *("policyComboBox", "sampleButton", "modalityComboBox", "ageSpinBox", "sexComboBox", "examinationComboBox"),
    *("lateralityComboBox", "historyList", "applyButton", "previousButton", "nextButton", "acceptButton"),
    *("editButton", "reasonComboBox", "reviewerLineEdit", "signButton", "findingsTree", "explanationBrowser"),
    *("previewCheckBox", "structuresTable", "knowledgeFolderLineEdit", "reloadButton"),
)


def test_tab_order_in_the_file_is_the_order_read(ui):
    stops = [stop.text for stop in ui.iter("tabstop")]
    assert [name for name in stops if name in TAB_ORDER] == list(TAB_ORDER)


NEWER = {"slicer.packaging": "5.12; in 5.10 slicer.util.pip_install is used (dependencies.py)"}
"""What of Slicer's Python is newer than 5.10, and what happens there."""


def test_what_is_used_of_slicer_is_there(repository, app):
    """Every `slicer.X` and every method called on MRML and segmentation classes by name exists in Slicer's libraries.

    Tested against slicer-core, which is 5.13; `NEWER` lists what is known to lack in 5.10.
    """
    import slicer

    used = set()
    for path in python_files(repository):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "slicer":
                used.add(node.attr)
            inner = node.value if isinstance(node, ast.Attribute) else None
            if (
                isinstance(inner, ast.Attribute)
                and isinstance(inner.value, ast.Name)
                and inner.value.id == "slicer"
                and inner.attr.startswith("vtk")
            ):
                assert hasattr(getattr(slicer, inner.attr), node.attr), f"{inner.attr}.{node.attr} in {path.name}"
    of_the_application = {"app", "modules", "mrmlScene", "dicomDatabase", "i18n", "parameterNodeWrapper"}
    of_the_application |= {"qSlicerSubjectHierarchyScriptedPlugin", "qSlicerSubjectHierarchyPluginHandler"}
    assert not {f"slicer.{name}" for name in used} & set(NEWER), "5.10 has no such attribute: import it, and be ready"
    for name in used - of_the_application - {"ScriptedLoadableModule"}:
        assert hasattr(slicer, name), name


def test_newer_parts_of_slicer_are_imported_where_their_absence_is_expected(repository):
    """What is done instead is tried in test_dependencies.py, on packages that are missing."""
    found = set()
    for path in python_files(repository):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for attempt in (node for node in ast.walk(tree) if isinstance(node, ast.Try)):
            caught = {handler.type.id for handler in attempt.handlers if isinstance(handler.type, ast.Name)}
            if "ImportError" in caught:
                found |= {id(node) for node in attempt.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in NEWER:
                assert id(node) in found, f"{path.name} relies on {node.module}, which is of {NEWER[node.module]}"
                found.add(node.module)
    assert set(NEWER) <= found, "what is no longer used need not be accounted for"


def test_sample_data_module_gets_the_torso(app, monkeypatch):
    import slicer
    from FMAssistLib import sample_data
    from FMAssistLib.selftest import two_blocks

    monkeypatch.setattr(slicer.modules, "sampleDataSources", {}, raising=False)
    sample_data.register()
    ((source,),) = slicer.modules.sampleDataSources.values()
    assert source.sampleName == "FMAssist synthetic torso"
    # That it is really made, in a process of its own, is tried from the panel.
    monkeypatch.setattr(sample_data, "make_torso", lambda: sample_data.Sample(*two_blocks()))
    volume, labels = source.customDownloader(source)
    assert volume.IsA("vtkMRMLScalarVolumeNode")
    assert labels.GetDisplayNode().GetVisibility()


def test_keys_are_not_used_twice(ui):
    keys = {}
    for widget in ui.iter("widget"):
        match = re.search(r"&(\w)", properties(widget).get("text", ""))
        if match:
            keys.setdefault(match.group(1).lower(), []).append(widget.get("name"))
    assert not {key: names for key, names in keys.items() if len(names) > 1}
    # Slicer's own menus: File, Edit, View, Help.
    assert not set(keys) & set("fvh")


def test_every_parameter_on_a_widget_is_one_of_the_parameters(ui, app):
    from FMAssistLib.parameters import Parameters

    bound = {properties(w)["SlicerParameterName"] for w in ui.iter("widget") if "SlicerParameterName" in properties(w)}
    assert bound <= set(Parameters.__annotations__)


def test_catalogue_entry_is_complete(repository):
    entry = json.loads((repository / "FMAssist.json").read_text(encoding="utf-8"))
    assert entry["build_dependencies"] == ["PyTorch"]
    assert entry["category"] == "Segmentation"
    assert entry["scm_url"].endswith(".git")
    assert entry["tier"] in (1, 3, 5)
    assert (repository / "LICENSE").is_file()


def test_icon_is_a_square_png(repository):
    from PIL import Image

    with Image.open(module_folder(repository) / "Resources" / "Icons" / "FMAssist.png") as icon:
        assert icon.format == "PNG"
        assert icon.size == (128, 128)


def test_every_message_is_translatable(repository):
    """Texts set on widgets or given to message boxes go through `_()`."""
    shown = re.compile(r"(?:\.text|\.toolTip|(?<!delay)Display\(|showStatusMessage\()\s*=?\s*f?\"[A-Za-z]{4}")
    for path in python_files(repository):
        if path.parent.name != "Scripts":
            assert not shown.search(path.read_text(encoding="utf-8")), path.name


def test_self_tests_pass_in_the_harness(app):
    import FMAssist

    test = FMAssist.FMAssistTest()
    test.setUp()
    test.test_decide_and_sign()
    assert app.messages[-1] == "Test passed"


def test_reload_drops_the_parts_of_the_module(module, app):
    saved = {name: value for name, value in sys.modules.items() if name.startswith("FMAssistLib")}
    try:
        module.onReload()
        assert not [name for name in sys.modules if name.startswith("FMAssistLib")]
        assert app.reloaded == ["FMAssist"]
    finally:
        sys.modules.update(saved)
