"""`slicer.ScriptedLoadableModule` and `slicer.i18n`, as far as a module's classes rely on them."""

# ruff: noqa: N802 - Slicer's and Qt's own names

from __future__ import annotations

import sys
import types
import unittest
from pathlib import Path

import slicer
from PySide6 import QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401


class ScriptedLoadableModule:
    def __init__(self, parent):
        super().__init__()
        self.parent = parent
        self.moduleName = type(self).__name__


class ScriptedLoadableModuleWidget:
    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.parent = parent
        self.layout = parent.layout()

    def resourcePath(self, filename):
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def setup(self):
        pass

    def cleanup(self):
        pass

    def onReload(self):
        slicer.app.reloaded.append(self.moduleName)


class ScriptedLoadableModuleLogic:
    def __init__(self, parent=None):
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self):
        scene = slicer.mrmlScene
        node = scene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = scene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
            node.UnRegister(None)
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node.SetAttribute("ModuleName", self.moduleName)
            node = scene.AddNode(node)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    def runTest(self):
        pass

    def delayDisplay(self, message, *_arguments, **_options):
        slicer.app.messages.append(message)


TRANSLATED: dict[tuple[str, str], str] = {}
"""(context, text) → translation, as an installed language has them; empty for English."""


def _context_of(filename):
    """As `slicer.i18n.getContext`: package and file, or the file's name alone outside a package."""
    path = Path(filename)
    return f"{path.parent.name}.{path.stem}" if (path.parent / "__init__.py").is_file() else path.stem


def make() -> dict[str, types.ModuleType]:
    """The modules by their full names."""
    module = types.ModuleType("slicer.ScriptedLoadableModule")
    for cls in (
        ScriptedLoadableModule,
        ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest,
    ):
        setattr(module, cls.__name__, cls)
    i18n = types.ModuleType("slicer.i18n")
    i18n.translate = lambda context, text: TRANSLATED.get((context, text), text)
    i18n.tr = lambda text: i18n.translate(_context_of(sys._getframe(1).f_code.co_filename), text)
    return {"slicer.ScriptedLoadableModule": module, "slicer.i18n": i18n}


def new_parent() -> QtWidgets.QWidget:
    """The widget that Slicer's module panel gives to a module."""
    parent = QtWidgets.QWidget()
    QtWidgets.QVBoxLayout(parent)
    parent.isEntered = True
    return parent
