"""The models on offer: those known here, and those that the command line tells of."""

import json
import sys

import pytest


@pytest.fixture
def catalogue(app):
    from FMAssistLib import catalogue

    return catalogue


CARD = {
    "id": "wholebody_ct",
    "title": "Whole-body CT",
    "task": "104 structures of the body.",
    "prompts": ["none"],
    "needs": {"memory_bytes": 4_000_000_000, "gpu_bytes": 0, "devices": ["cuda", "cpu"]},
    "licence": None,
    "status": "no: fmassist models get wholebody_ct",
}


def test_card_is_told_in_words(catalogue):
    model = catalogue.from_card(CARD)
    assert not model.wants_boxes
    assert not model.here
    assert catalogue.describe(model) == (
        "Segments 104 structures of the body.\n"
        "Needs 4 GB of memory, no graphics card needed; not installed yet; you are asked before anything is downloaded."
        "\nLicence of the weights: nobody has said; ask its authors."
    )


@pytest.mark.parametrize(
    ("prompts", "wants"), [("boxes", True), (["box", "point"], True), (["none"], False), (["none", "box"], False)]
)
def test_whether_boxes_are_wanted(catalogue, prompts, wants):
    assert catalogue.from_card({**CARD, "prompts": prompts}).wants_boxes is wants


def test_what_the_card_leaves_out_is_known_here(catalogue):
    (known,) = catalogue.models()
    model = catalogue.from_card({"id": "litemedsam", "status": "yes"})
    assert (model.title, model.licence, model.wants_boxes, model.here) == (known.title, known.licence, True, True)
    assert catalogue.from_card({"title": "nameless"}) is None


@pytest.mark.parametrize("output", ["", "not json", "{}", "[1]", "null", "Traceback"])
def test_odd_answers_change_nothing(catalogue, app, output):
    told = []
    inquiry = catalogue.Inquiry(told.append, lambda _arguments: [sys.executable, "-c", f"print({output!r})"])
    inquiry.start()
    app.wait_until(lambda: inquiry._process.state() == inquiry._process.ProcessState.NotRunning)
    app.processEvents()
    assert told == []


def test_models_that_the_command_line_has_are_offered(catalogue, app, module, tmp_path):
    cards = tmp_path / "cards.json"
    cards.write_text(json.dumps([{"id": "litemedsam"}, CARD]), encoding="utf-8")
    inputs, ui = module.panel.inputs, module.ui
    script = "import sys; print(open(sys.argv[1]).read())"
    inputs._asked = catalogue.Inquiry(
        inputs._models_told, lambda _arguments: [sys.executable, "-c", script, str(cards)]
    )
    inputs._asked.start()
    app.wait_until(lambda: ui.modelComboBox.count == 2)
    ui.modelComboBox.currentIndex = 1
    assert module._parameters.modelName == "wholebody_ct"
    assert "104 structures" in ui.modelInfoLabel.text
    assert not ui.promptsComboBox.visible, "it wants no boxes"


def test_the_real_command_line_tells_of_models_that_can_be_read(catalogue, app):
    told = []
    inquiry = catalogue.Inquiry(told.append)
    inquiry.start()
    app.wait_until(lambda: told)
    assert "litemedsam" in [model.key for model in told[0]]
