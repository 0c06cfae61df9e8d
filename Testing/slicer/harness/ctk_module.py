"""`ctk.ctkCollapsibleButton`: a titled section that folds away."""

# ruff: noqa: N802, N815 - Slicer's and Qt's own names

from __future__ import annotations

import types

from PySide6 import QtCore, QtGui, QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401

HEADER = 24


class ctkCollapsibleButton(QtWidgets.QWidget):  # noqa: N801 - CTK's name
    """A section with a header to click on."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._text = ""
        self._collapsed = False
        self.setContentsMargins(0, HEADER, 0, 0)
        self.focusPolicy = QtCore.Qt.StrongFocus

    def _get_text(self):
        return self._text

    def _set_text(self, text):
        self._text = text
        self.update()

    def _get_collapsed(self):
        return self._collapsed

    def _set_collapsed(self, collapsed):
        if collapsed != self._collapsed:
            self._collapsed = bool(collapsed)
            self.maximumHeight = HEADER if collapsed else 16777215
            self.update()
            self.contentsCollapsed.emit(self._collapsed)

    text = QtCore.Property(str, _get_text, _set_text)
    collapsed = QtCore.Property(bool, _get_collapsed, _set_collapsed)

    def mousePressEvent(self, event):
        if event.position().y() <= HEADER:
            self.collapsed = not self._collapsed

    def keyPressEvent(self, event):
        if event.key() in (QtCore.Qt.Key_Space, QtCore.Qt.Key_Return):
            self.collapsed = not self._collapsed
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event):
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, HEADER)
        painter.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, 6, 12, 12)
        shape = QtWidgets.QStyle.PE_IndicatorArrowRight if self._collapsed else QtWidgets.QStyle.PE_IndicatorArrowDown
        painter.drawPrimitive(shape, arrow)
        painter.setPen(self.palette.color(QtGui.QPalette.ButtonText))
        painter.drawText(QtCore.QRect(26, 0, self.width - 30, HEADER), QtCore.Qt.AlignVCenter, self._text)


def make() -> types.ModuleType:
    """The module `ctk`."""
    ctk = types.ModuleType("ctk")
    ctk.ctkCollapsibleButton = ctkCollapsibleButton
    return ctk
