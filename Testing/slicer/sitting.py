"""A sitting at the panel: a scan and its segmentation chosen, buttons pressed, and what follows waited for."""

from __future__ import annotations


class Sitting:
    """The panel with the planted abdomen chosen, and the check's end waited for."""

    def __init__(self, app, module, case, command):
        from FMAssistLib.parameters import Task

        self.app, self.module, self.ui, self.case = app, module, module.ui, case
        module.logic.command = command
        self.ends = []
        finished = module.logic.on_finished

        def ended(session, message):
            finished(session, message)
            self.ends.append(message)

        module.logic.on_finished = ended
        module.initializeParameterNode()
        self.parameters = module._parameters
        self.parameters.inputVolume = case.volume
        self.parameters.task = Task.CHECK
        self.parameters.inputSegmentation = case.segmentation
        self.parameters.reviewer = "A. Reader"
        self.ui.confirmNamesCheckBox.checked = True

    @property
    def session(self):
        return self.module.logic.session

    def settle(self):
        """Waits until everything that was asked for is done, in however many pieces."""
        self.app.wait_until(lambda: not self.module.panel.busy)
        return self

    def press(self, button):
        button.click()
        return self.settle()

    def check(self, button=None):
        self.ends.clear()
        (button or self.ui.applyButton).click()
        self.app.wait_until(lambda: self.ends)
        assert self.ends == [""]
        return self.settle()

    def select(self, finding):
        self.module.panel.verdict.select(finding)
        return self.settle()

    def visible(self, name):
        (sid,) = self.session.segment_ids([name])
        return bool(self.session.segmentation_node.GetDisplayNode().GetSegmentVisibility(sid))
