"""Translations: complete, with every place-holder, and no word cut off in the small panel that Slicer leaves."""

import importlib.util
import re
import xml.etree.ElementTree as ElementTree

import pytest
from sitting import Sitting

NARROW_PX, LOW_PX = 350, 350
"""What Slicer's header and Data Probe leave of a window of 700 px, and the panel's usual least width."""


@pytest.fixture(scope="module")
def script(repository):
    spec = importlib.util.spec_from_file_location("translations", repository / ".ci" / "translations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def german(app, repository):
    """The application in German: what Python asks for, and what the `.ui` file's loader does."""
    from harness.scripted_module import TRANSLATED
    from PySide6 import QtCore

    path = repository / "FMAssist" / "Resources" / "Translations" / "FMAssist_de.ts"
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            TRANSLATED[context.findtext("name"), message.findtext("source")] = message.findtext("translation")

    class Translator(QtCore.QTranslator):
        def translate(self, context, text, _what=None, _n=-1):
            return TRANSLATED.get((context, text), "")

        def isEmpty(self):  # noqa: N802 - Qt's name
            return False

    translator = Translator()
    QtCore.QCoreApplication.installTranslator(translator)
    yield
    QtCore.QCoreApplication.removeTranslator(translator)
    TRANSLATED.clear()


def test_translation_files_are_up_to_date(script):
    assert script.main(["--check"]) == 0, "run .ci/translations.py"


def test_german_is_complete_with_every_place_holder_and_line(script):
    path = script.FOLDER / "FMAssist_de.ts"
    known = script.known_in(path)
    wanted = {(context, text) for context, texts in script.all_texts().items() for text in texts}
    assert set(known) == wanted
    for (_context, text), translation in known.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", translation)), text
        assert text.count("\n") == translation.count("\n"), text
        assert (text[:1] == " ") == (translation[:1] == " "), text


def cut_off(widget):
    """Buttons, boxes to tick and one-line labels within a widget whose text has less room than it needs."""
    from PySide6 import QtWidgets

    found = []
    for child in widget.findChildren(QtWidgets.QWidget):
        if not child.isVisibleTo(widget) or not getattr(child, "text", None):
            continue
        if isinstance(child, (QtWidgets.QPushButton, QtWidgets.QCheckBox)) or (
            isinstance(child, QtWidgets.QLabel) and not child.wordWrap
        ):
            needed = child.sizeHint.width()
        elif isinstance(child, QtWidgets.QLabel):
            # Words are never broken: the longest has to fit.
            needed = max(child.fontMetrics().horizontalAdvance(word) for word in child.text.split()) + 2
        else:
            continue
        if child.width + 1 < needed:
            found.append((child.objectName, child.text, child.width, needed))
    return found


def pages(sitting, width, height):
    """The panel in its states, each drawn at a size."""
    app, parent, ui = sitting.app, sitting.module.parent, sitting.ui

    def drawn():
        parent.resize(width, height)
        for _ in range(3):
            app.processEvents()
        return parent

    yield "inputs", drawn()
    sitting.check()
    for number in range(ui.detailTabs.count):
        ui.detailTabs.currentIndex = number
        yield f"tab {number}", drawn()
    ui.detailTabs.currentIndex = 0
    sitting.press(ui.acceptButton)
    ui.reasonComboBox.lineEdit().text = "because"
    sitting.press(ui.keepButton).press(ui.signButton)
    yield "signed", drawn()


@pytest.mark.parametrize("language", ["english", "german"])
def test_no_word_is_cut_off(language, request, app, planted, stand_in):
    if language == "german":
        request.getfixturevalue("german")
    module = request.getfixturevalue("module")
    sitting = Sitting(app, module, planted, stand_in(planted.result))
    if language == "german":
        assert sitting.ui.acceptButton.text == "Reparatur annehm&en"
        assert "Anwenden" in sitting.ui.applyButton.text
    for name, panel in pages(sitting, NARROW_PX, 900):
        assert cut_off(panel) == [], name


def test_verdict_finding_and_decisions_are_in_sight_at_700_pixels(sitting):
    """The panel asks for no more than Slicer leaves, so that nothing has to be scrolled; buttons have their height."""
    from PySide6 import QtCore

    ui, parent = sitting.check().ui, sitting.module.parent
    for _ in range(3):
        sitting.app.processEvents()  # what was folded away gives its room back in a turn of its own
        parent.resize(NARROW_PX, LOW_PX)
    assert parent.height <= LOW_PX + 10
    assert parent.width <= NARROW_PX
    for name in (
        "verdictLabel",
        "findingLabel",
        "acceptButton",
        "rejectButton",
        "editButton",
        "keepButton",
        "signButton",
    ):
        widget = getattr(ui, name)
        low = widget.mapTo(parent, QtCore.QPoint(0, widget.height)).y()
        assert widget.isVisibleTo(parent), name
        assert low <= LOW_PX, name
        assert widget.height >= 16, name


def test_left_and_right_of_a_long_name_are_told_apart_in_a_narrow_list(module, ui):
    from PySide6 import QtGui

    table = ui.structuresTable
    assert not table.wordWrap, "what wraps is cut off at its end, whatever the mode"
    shown = {
        QtGui.QFontMetrics(table.font).elidedText(f"common carotid artery {side}", table.textElideMode, 110)
        for side in ("left", "right")
    }
    assert len(shown) == 2
