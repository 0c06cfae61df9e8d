"""What Slicer needs of the module's files: lists, imports, bare discovery, the `.ui`, the catalogue."""

import ast
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

BUNDLED_WITH_SLICER = {"slicer", "qt", "ctk", "vtk", "FMAssistLib"}


def module_folder(repository):
    return repository / "FMAssist"


def python_files(repository):
    return sorted(module_folder(repository).rglob("*.py"))


def test_every_file_stands_in_a_cmake_list_and_every_listed_file_is_there(repository):
    folder = module_folder(repository)
    text = (folder / "CMakeLists.txt").read_text(encoding="utf-8").replace("${MODULE_NAME}", "FMAssist")
    listed = set(re.findall(r"^\s+([\w/]+\.(?:py|ui|png))$", text, re.MULTILINE))
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
