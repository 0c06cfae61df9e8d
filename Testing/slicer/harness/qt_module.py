"""`qt` as PythonQt hands it out: one module, properties as attributes."""

from __future__ import annotations

import ctypes
import sys
import types

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401


def make() -> types.ModuleType:
    """The module `qt`."""
    if sys.version_info < (3, 12):
        # PySide's true_property gives back one reference to None too many at each use; before None became immortal
        # in Python 3.12, a long session ended the interpreter.
        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40
    qt = types.ModuleType("qt")
    for part in (QtCore, QtGui, QtWidgets, QtUiTools):
        for name in dir(part):
            if not name.startswith("_"):
                setattr(qt, name, getattr(part, name))
    # Slicer's Python code knows objectName as `name` as well.
    QtCore.QObject.name = property(lambda self: self.objectName)
    return qt
