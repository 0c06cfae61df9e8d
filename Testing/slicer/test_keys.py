"""Next and previous finding by keyboard: wherever the focus is while the module is open, and nowhere afterwards."""

import pytest
from PySide6 import QtCore, QtTest, QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401


@pytest.fixture
def slice_view(sitting):
    """A window of its own that has the focus, as a view beside the panel has it after a click."""
    view = QtWidgets.QWidget()
    view.focusPolicy = QtCore.Qt.StrongFocus
    view.show()
    view.activateWindow()
    view.setFocus()
    sitting.app.wait_until(lambda: QtWidgets.QApplication.activeWindow() is view)
    yield view
    view.close()


def press(sitting, view, key):
    QtTest.QTest.keyClick(view, key, QtCore.Qt.AltModifier)
    sitting.settle()
    return sitting.module.panel.verdict.selected


def test_findings_are_gone_through_from_a_slice_view(sitting, slice_view):
    sitting.check()
    sitting.module.enter()
    verdict = sitting.module.panel.verdict
    order = list(verdict.findings.order)
    assert len(order) > 1
    sitting.select(order[0])
    slice_view.activateWindow()
    assert press(sitting, slice_view, QtCore.Qt.Key_Down) == order[1]
    assert press(sitting, slice_view, QtCore.Qt.Key_Up) == order[0]


def test_another_module_has_the_keys_to_itself(sitting, slice_view):
    sitting.check()
    sitting.module.enter()
    sitting.module.enter()
    verdict = sitting.module.panel.verdict
    order = list(verdict.findings.order)
    sitting.select(order[0])
    steps = []
    verdict.step = steps.append
    slice_view.activateWindow()
    sitting.module.exit()
    press(sitting, slice_view, QtCore.Qt.Key_Down)
    assert not steps
    sitting.module.enter()
    slice_view.activateWindow()
    press(sitting, slice_view, QtCore.Qt.Key_Down)
    assert steps == [1], "once, however often the module was opened"
