"""`qt` as PythonQt hands it out: one module, properties as attributes."""

# ruff: noqa: N802 - Qt's own names

from __future__ import annotations

import ctypes
import sys
import types

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401


class _ShortMetrics(QtGui.QFontMetrics):
    """Says that lines are lower than they are drawn.

    In the application, item views draw lines with the fonts that a text needs, which are taller than the metrics of the
    view's own font. Offscreen there is one font; so its metrics understate, and who relies on them cuts rows off.
    """

    def lineSpacing(self):
        return max(1, super().lineSpacing() - 4)

    def height(self):
        return max(1, super().height() - 4)


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
    qt.QFontMetrics = _ShortMetrics
    # Slicer's Python code knows objectName as `name` as well.
    QtCore.QObject.name = property(lambda self: self.objectName)
    return qt
