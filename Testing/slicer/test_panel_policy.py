"""The gate's policy: of the scene, and of scenes to come."""


def test_policy_can_be_changed_and_comes_back_with_the_scene(sitting):
    from FMAssistLib.parameters import Policy
    from FMAssistLib.session import ReviewSession

    sitting.check()
    sitting.ui.policyComboBox.currentIndex = list(Policy).index(Policy.MARK)
    assert sitting.visible("kidney_left")
    display = sitting.session.segmentation_node.GetDisplayNode()
    (sid,) = sitting.session.segment_ids(["kidney_left"])
    assert not display.GetSegmentVisibility2DFill(sid)
    assert ReviewSession.restore(sitting.session.segmentation_node).policy is Policy.MARK


def choose(ui, policy):
    """As somebody does at the widget."""
    from FMAssistLib.parameters import Policy

    ui.policyComboBox.currentIndex = list(Policy).index(policy)
    ui.policyComboBox.activated.emit(ui.policyComboBox.currentIndex)


def in_a_new_scene(module):
    import slicer

    slicer.mrmlScene.Clear(False)
    module.initializeParameterNode()
    return module._parameters.policy


def test_policy_chosen_last_is_that_of_new_scenes_but_showing_everything_never_is(module, ui):
    from FMAssistLib.parameters import Policy

    assert module._parameters.policy is Policy.HIDE
    choose(ui, Policy.MARK)
    assert in_a_new_scene(module) is Policy.MARK
    choose(ui, Policy.SHOW_ALL)
    assert module._parameters.policy is Policy.SHOW_ALL
    assert in_a_new_scene(module) is Policy.MARK
    choose(ui, Policy.HIDE)
    assert in_a_new_scene(module) is Policy.HIDE


def test_setting_that_shows_everything_or_nonsense_is_not_obeyed(app, module):
    from FMAssistLib.parameters import Policy

    for said in ("show_all", "SHOW_ALL", "", "x"):
        app.userSettings().setValue("FMAssist/UntilDecided", said)
        assert in_a_new_scene(module) is Policy.HIDE


def test_scene_that_is_opened_keeps_its_own_policy_and_the_setting_stays(app, module, ui, tmp_path):
    import slicer
    from FMAssistLib.parameters import Policy

    choose(ui, Policy.HIDE)
    module._parameters.policy = Policy.MARK
    path = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(path))
    assert in_a_new_scene(module) is Policy.HIDE
    assert slicer.util.loadScene(str(path))
    module.onSceneEndImport()
    assert module._parameters.policy is Policy.MARK
    assert in_a_new_scene(module) is Policy.HIDE
