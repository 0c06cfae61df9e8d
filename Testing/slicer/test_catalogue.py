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
    "status": "no: not here: get it from https://example.org, then fmassist models get wholebody_ct --from FILE",
}


def test_card_is_told_in_words(catalogue):
    model = catalogue.from_card(CARD)
    assert not model.wants_boxes
    assert not model.here
    assert catalogue.describe(model) == (
        "Segments 104 structures of the body.\n"
        "Needs 4 GB of memory, no graphics card needed; not here.\n"
        "Licence: nobody has said; ask its authors."
    )
    assert model.why_not("CT") == (
        "Whole-body CT is not here. Get it from https://example.org, then take it from the file."
    )
    here = catalogue.from_card({**CARD, "status": "yes", "modality": ["CT"], "licence_note": "Research only."})
    assert here.why_not("CT") == here.why_not("") == ""
    assert here.why_not("MR") == "Whole-body CT was made for CT, and this scan is MR: choose another model."
    assert catalogue.describe(here).endswith("Research only.")


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
    module._parameters.modelName = "wholebody_ct"  # as a scene may say that was saved with it
    script = "import sys; print(open(sys.argv[1]).read())"
    inputs.models._asked = catalogue.Inquiry(
        inputs.models._answered, lambda _arguments: [sys.executable, "-c", script, str(cards)]
    )
    inputs.models._asked.start()
    app.wait_until(lambda: ui.modelComboBox.count == 2)
    assert ui.modelComboBox.currentIndex == 1
    ui.modelComboBox.currentIndex = 0
    assert module._parameters.modelName == "litemedsam"
    ui.modelComboBox.currentIndex = 1
    assert module._parameters.modelName == "wholebody_ct"
    assert "104 structures" in ui.modelInfoLabel.text
    assert not ui.promptsComboBox.visible, "it wants no boxes"


def test_model_is_taken_from_a_file_after_a_yes_to_its_licence(catalogue, app, module, tmp_path, monkeypatch):
    """The command line is a stand-in that says whether it was given the file; the panel is the real one."""
    from FMAssistLib import model_file

    inputs, ui, said = module.panel.inputs, module.ui, tmp_path / "said"
    script = (
        "import json, pathlib, sys; said = pathlib.Path(sys.argv[1]); arguments = sys.argv[2:]\n"
        "said.write_text(' '.join(arguments)) if 'get' in arguments else print(json.dumps([{**json.loads("
        f"{json.dumps(json.dumps(CARD))}), **({{'status': 'yes'}} if said.exists() else {{}})}}]))"
    )
    inputs.models.command = lambda arguments: [sys.executable, "-c", script, str(said), *arguments]
    inputs.ask_for_models()
    app.wait_until(lambda: inputs.models_are_told)
    assert ui.takeModelButton.isVisibleTo(module.parent)
    monkeypatch.setattr(model_file, "choose_file", lambda: "/somewhere/bundle.zip")
    app.answers = False
    ui.takeModelButton.click()
    assert "nobody has said; ask its authors" in app.messages[-1]
    assert not said.exists(), "no is respected"
    app.answers = True
    ui.takeModelButton.click()
    app.wait_until(lambda: inputs.model.here)
    assert said.read_text() == "models get wholebody_ct --from /somewhere/bundle.zip --yes"
    assert not ui.takeModelButton.isVisibleTo(module.parent)


def test_every_model_of_the_real_command_line_is_offered_and_those_not_here_say_what_to_do(app, module):
    from FMAssistLib.selftest import two_blocks

    from fmassist.models.registry import all_models

    inputs, ui = module.panel.inputs, module.ui
    module._parameters.inputVolume, _ = two_blocks()
    inputs.ask_for_models()
    app.wait_until(lambda: inputs.models_are_told)
    there = [model.describe() for model in all_models()[0]]
    assert [ui.modelComboBox.itemText(row) for row in range(ui.modelComboBox.count)] == [card.title for card in there]
    assert len(there) >= 5
    for row, card in enumerate(there):
        ui.modelComboBox.currentIndex = row
        assert card.licence in ui.modelInfoLabel.text
        assert card.task in ui.modelInfoLabel.text
        if not inputs.model.here and not inputs.model.can_be_installed:
            assert not ui.applyButton.enabled
            assert ui.applyButton.toolTip.startswith(f"{card.title} is not here. ")
            assert "fmassist models get" not in ui.applyButton.toolTip, "a clinician has no command line"
