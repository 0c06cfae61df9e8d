"""What may be seen before and after a decision, under each policy."""

import pytest

BLOCK = {"id": "b", "severity": "block", "segments": ["kidney_left"]}
REVIEW = {"id": "r", "severity": "review", "segments": ["kidney_left", "spleen"]}
INFO = {"id": "i", "severity": "info", "segments": ["heart"]}
FINDINGS = [BLOCK, REVIEW, INFO]


@pytest.fixture
def gate(app):
    from FMAssistLib import gate

    return gate


@pytest.fixture
def policy(app):
    from FMAssistLib.parameters import Policy

    return Policy


def test_policy_decides_how_a_blocked_segment_is_shown(gate, policy):
    shown = {p: gate.treat("kidney_left", FINDINGS, {}, p).show for p in policy}
    assert shown == {policy.HIDE: gate.Show.HIDDEN, policy.MARK: gate.Show.OUTLINE, policy.SHOW_ALL: gate.Show.FULL}


def test_blocked_and_doubtful_segments_are_flagged_under_every_policy(gate, policy):
    for p in policy:
        assert gate.treat("kidney_left", FINDINGS, {}, p).flagged
        assert gate.treat("spleen", FINDINGS, {}, p).flagged
        assert gate.treat("spleen", FINDINGS, {}, p).show is gate.Show.FULL


def test_information_alone_and_no_finding_leave_a_segment_alone(gate, policy):
    for name in ("heart", "liver"):
        assert gate.treat(name, FINDINGS, {}, policy.HIDE) == gate.Treatment(gate.Show.FULL, False, False)


def test_segment_shows_only_when_its_last_finding_is_decided(gate, policy):
    assert gate.treat("kidney_left", FINDINGS, {"r": "keep"}, policy.HIDE).show is gate.Show.HIDDEN
    assert gate.treat("kidney_left", FINDINGS, {"b": "keep"}, policy.HIDE) == gate.Treatment(
        gate.Show.FULL, True, False
    )
    both = gate.treat("kidney_left", FINDINGS, {"b": "keep", "r": "accept_repair"}, policy.HIDE)
    assert both == gate.Treatment(gate.Show.FULL, False, True)


def test_rejected_segment_stays_hidden_under_every_policy(gate, policy):
    for p in policy:
        assert gate.treat("kidney_left", FINDINGS, {"b": "reject", "r": "reject"}, p).show is gate.Show.HIDDEN


def test_showing_everything_is_never_the_default(app):
    import slicer
    from FMAssistLib.parameters import Parameters, Policy

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")
    assert Parameters(node).policy is Policy.HIDE
