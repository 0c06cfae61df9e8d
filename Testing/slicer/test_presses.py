"""From 'the result is there' to 'all decided and signed': how often a scripted user has to press anything."""

import copy

import pytest


class User:
    """Presses what is in sight and counts; a choice in a list is one press, like a key."""

    def __init__(self, sitting):
        self.sitting, self.presses, self.looks = sitting, 0, 0

    def press(self, button):
        assert button.isVisibleTo(self.sitting.module.parent)
        assert button.enabled, button.toolTip
        self.presses += 1
        self.sitting.press(button)

    def choose(self, combo, row):
        self.presses += 1
        combo.currentIndex = row
        combo.hidePopup()
        combo.activated.emit(row)
        self.sitting.settle()


def with_findings(result, count):
    """The planted findings, and as many more like the second one, about other structures."""
    result = copy.deepcopy(result)
    second = result["findings"][1]
    names = [s["name"] for s in result["segments"] if s["name"] not in ("kidney_left", "kidney_right", "spleen")]
    for number in range(count - 2):
        more = {**copy.deepcopy(second), "id": f"more{number}", "segments": [names[number]], "repair": None}
        result["findings"].insert(2, more)
    return result


@pytest.mark.parametrize("count", [2, 10])
def test_at_most_two_presses_a_finding(sitting, stand_in, count):
    sitting.module.logic.command = stand_in(with_findings(sitting.case.result, count))
    sitting.check()
    ui, user = sitting.ui, User(sitting)
    while sitting.session.review.open_findings():
        user.looks += 1
        finding = sitting.session.finding(sitting.module.panel.verdict.selected)
        before = user.presses
        if finding["repair"]:
            user.press(ui.acceptButton)
        else:
            user.press(ui.keepButton)
            user.choose(ui.reasonComboBox, 0)
        assert user.presses - before <= 2
    user.press(ui.signButton)
    assert user.looks == count, "each is shown by itself after the one before"
    assert ui.signatureLabel.text.startswith("Signed")
    assert user.presses <= 2 * count + 1
    print(f"{count} findings: {user.presses} presses, {user.looks} looks")  # noqa: T201
