"""The clinical context: from DICOM, edited, of one patient alone, and handed on to the check."""

import types

import pytest


@pytest.fixture
def scan(monkeypatch):
    """Gives a function that makes a small scan whose DICOM headers say what is given, by tag."""
    import slicer
    from FMAssistLib.selftest import two_blocks

    headers = {}
    database = types.SimpleNamespace(instanceValue=lambda uid, tag: headers[uid].get(tag, ""))
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)

    def make(tags):
        volume, _ = two_blocks()
        uid = f"1.2.{len(headers)}"
        headers[uid] = tags
        volume.SetAttribute("DICOM.instanceUIDs", uid)
        return volume

    return make


def started_with(module):
    """The options of the run that the panel would start."""
    started = []
    module.logic.start = started.append
    module.panel.running.start(module.panel.inputs.job())
    return started[0].arguments


def test_context_reaches_the_check_and_unknown_stays_out(sitting):
    import qt

    ui = sitting.ui
    assert sitting.module.panel.inputs.job().context == {}
    ui.ageSpinBox.value = 54
    ui.sexComboBox.currentIndex = 1
    ui.modalityComboBox.currentIndex = ui.modalityComboBox.findText("CT")
    ui.lateralityComboBox.currentIndex = ui.lateralityComboBox.findText("both")
    item = next(
        ui.historyList.item(row)
        for row in range(ui.historyList.count)
        if ui.historyList.item(row).data(qt.Qt.UserRole) == "nephrectomy_left"
    )
    item.setCheckState(qt.Qt.Checked)
    known = {"age": 54, "sex": "female", "modality": "CT", "history": ["nephrectomy_left"]}
    assert sitting.module.panel.inputs.job().context == known, "both sides examined say nothing about either"
    ui.lateralityComboBox.currentIndex = ui.lateralityComboBox.findText("left only")
    assert sitting.module.panel.inputs.job().context == {**known, "laterality": "left"}
    ui.ageSpinBox.value = 95
    assert sitting.module.panel.inputs.job().context["age"] == 90, "a greater age would identify"


def test_context_is_filled_from_dicom_and_stays_editable(module, ui, parameters, scan):
    from FMAssistLib.parameters import Modality, Sex, Side

    tags = {"0010,1010": "018M", "0010,0040": "F", "0008,0060": "CT", "0018,0015": "ABDOMEN", "0020,0060": "L"}
    parameters.inputVolume = scan(tags)
    assert (parameters.age, parameters.sex) == (1, Sex.FEMALE)
    assert (parameters.modality, parameters.laterality) == (Modality.CT, Side.LEFT)
    assert ui.examinationComboBox.currentText == "abdomen"
    assert ui.lateralityComboBox.currentText == "left only"
    ui.ageSpinBox.value = 2
    ui.lateralityComboBox.currentIndex = 0
    assert parameters.age == 2
    assert "laterality" not in module.panel.inputs.job().context


@pytest.mark.parametrize(
    ("tags", "side"),
    [
        ({"0020,0062": "R", "0020,0060": "L"}, "right only"),
        ({"0020,0062": "B"}, "both"),
        ({"0020,0062": "U"}, "not known"),
        ({"0020,0060": "left breast of Mrs. X"}, "not known"),
    ],
)
def test_side_of_the_image_comes_before_that_of_the_series(ui, parameters, scan, tags, side):
    parameters.inputVolume = scan(tags)
    assert ui.lateralityComboBox.currentText == side


def test_modality_of_the_image_counts_and_that_on_record_is_held_against_it(module, ui, parameters, scan):
    from FMAssistLib.selftest import two_blocks

    parameters.inputVolume = scan({"0008,0060": "CT"})
    assert started_with(module)[-2:] == ["--modality", "CT"]
    ui.modalityComboBox.currentIndex = ui.modalityComboBox.findText("MR")
    assert module.panel.inputs.job().context["modality"] == "MR"
    assert started_with(module)[-2:] == ["--modality", "CT"]
    parameters.inputVolume, _ = two_blocks()
    assert "--modality" not in started_with(module), "nobody has said"
    ui.modalityComboBox.currentIndex = ui.modalityComboBox.findText("MR")
    assert started_with(module)[-2:] == ["--modality", "MR"]


def test_result_of_another_scan_is_checked_again_with_its_own_context(sitting):
    from FMAssistLib.selftest import two_blocks

    own = {"context": {"age": 8, "modality": "MR"}, "study": {"modality": "MR"}}
    sitting.check().session.review.result.update(own)
    other, _ = two_blocks()
    sitting.parameters.inputVolume = other
    sitting.ui.ageSpinBox.value = 80
    started = []
    sitting.module.logic.start = started.append
    sitting.press(sitting.ui.recheckButton)
    (job,) = started
    assert job.context == own["context"]
    assert job.arguments[-2:] == ["--modality", "MR"]


def test_what_is_known_of_one_patient_is_not_carried_over_to_the_next(app, module):
    from FMAssistLib.parameters import Sex
    from FMAssistLib.selftest import two_blocks

    first, _ = two_blocks()
    second, _ = two_blocks()
    parameters = module._parameters
    parameters.inputVolume = first
    module.ui.ageSpinBox.value = 54
    parameters.sex = Sex.FEMALE
    parameters.history = "nephrectomy_left"
    parameters.inputVolume = None
    parameters.inputVolume = first
    assert parameters.age == 54, "what was entered for this scan stays"
    module.exit()
    module.enter()
    assert parameters.age == 54
    parameters.inputVolume = second
    assert (parameters.age, parameters.sex, parameters.history) == (-1, Sex.UNKNOWN, "")
    assert module.panel.inputs.job().context == {}
