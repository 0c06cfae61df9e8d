"""`qt` as PythonQt hands it out: one module, properties as attributes."""

from __future__ import annotations

import types

from __feature__ import true_property  # noqa: F401 - switches the feature on for whoever imports no PySide6 itself
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets


def make() -> types.ModuleType:
    """The module `qt`."""
    qt = types.ModuleType("qt")
    for part in (QtCore, QtGui, QtWidgets, QtUiTools):
        for name in dir(part):
            if not name.startswith("_"):
                setattr(qt, name, getattr(part, name))
    # Slicer's Python code knows objectName as `name` as well.
    QtCore.QObject.name = property(lambda self: self.objectName)
    return qt
