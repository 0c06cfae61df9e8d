"""The upper part of the panel: scan, segmentation, model, boxes, meanings of segments, clinical context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer

from FMAssistLib import catalogue, jobs, meanings_table, studies
from FMAssistLib.boxes_panel import BoxesPanel
from FMAssistLib.context_panel import ContextPanel
from FMAssistLib.models_panel import ModelsPanel
from FMAssistLib.parameters import Parameters, Prompts, Task, context_of, first_scan
from FMAssistLib.scripting import unique
from FMAssistLib.states import Situation
from FMAssistLib.structure_lists import StructureLists


class InputsPanel:
    """What a run starts from.

    Args:
        ui: the loaded panel's widgets.
        changed: called when something changed that the parameters do not hold.
    """

    def __init__(self, ui: Any, changed: Callable[[], None]) -> None:
        self._ui = ui
        self._parameters: Parameters | None = None
        self._node: Any = None
        self._shown_segmentation: Any = None
        self._known_scans: set[str] = set()
        self.structure_lists = StructureLists()
        self.models = ModelsPanel(ui, changed)
        self.boxes = BoxesPanel(ui, self.structure_lists, changed)
        self.context = ContextPanel(ui)
        self.meanings = meanings_table.MeaningsTable(ui, changed, self.structure_lists.combo)
        ui.confirmNamesCheckBox.toggled.connect(lambda *_arguments: changed())

    @property
    def model(self) -> catalogue.Model | None:
        """The model chosen."""
        return self.models.model

    @property
    def models_are_told(self) -> bool:
        """Whether the command line has answered."""
        return self.models.told

    @property
    def busy(self) -> bool:
        """Whether rows of the table of segments are still being made."""
        return self.meanings.busy

    def ask_for_models(self) -> None:
        """Asks the command line which models there are, until it has answered."""
        self.models.ask()

    def close(self) -> None:
        """The module goes away."""
        self.boxes.close()
        self.meanings.close()
        self.models.close()

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Shows other parameters."""
        node = parameters.parameterNode if parameters is not None else None
        if node is not self._node:
            # Whoever comes back from another module finds what was set in the table, and the yes to its names.
            self._shown_segmentation = None
        self._parameters, self._node = parameters, node
        if parameters is None:
            self._known_scans = set()
        self.models.set_parameters(parameters)
        self.context.set_parameters(parameters)

    def fill_history(self, folder: str) -> None:
        """Lists the histories that the knowledge knows."""
        self.context.fill_history(folder)

    def choose_scan(self) -> None:
        """Chooses the scan that belongs to what is to be done, when one has come since this was last asked."""
        parameters = self._parameters
        if parameters is None:
            return
        scans = [n for n in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if studies.is_scan(n)]
        new = [node for node in scans if node.GetID() not in self._known_scans]
        self._known_scans = {node.GetID() for node in scans}
        if not new or parameters.inputVolume is not None:
            return
        if parameters.task is Task.CHECK and parameters.inputSegmentation is not None:
            parameters.inputVolume = studies.scan_of(parameters.inputSegmentation)
        else:
            parameters.inputVolume = first_scan()

    def hide_boxes(self) -> None:
        """There is a result to look at: boxes are in its way."""
        self.boxes.show(False)

    def refresh(self) -> None:
        """Brings tables and visibility up to date with parameters and scene."""
        parameters, ui = self._parameters, self._ui
        if parameters is None:
            return
        segmenting = parameters.task is Task.SEGMENT
        self.models.refresh(segmenting)
        for widget in (ui.inputSegmentationLabel, ui.inputSegmentationSelector):
            widget.visible = not segmenting
        ui.meaningsWidget.visible = not segmenting and parameters.inputSegmentation is not None
        wants_boxes = segmenting and self.model is not None and self.model.wants_boxes
        ui.promptsLabel.visible = ui.promptsComboBox.visible = wants_boxes
        ui.boxesWidget.visible = wants_boxes and parameters.prompts is Prompts.BOXES
        # A scan of the scene makes the offer of an artificial one pointless.
        ui.sampleButton.visible = first_scan() is None
        if parameters.inputSegmentation is not self._shown_segmentation:
            self._shown_segmentation = parameters.inputSegmentation
            self._scan_of_segmentation()
            self.meanings.fill(self._shown_segmentation, self.structure_lists.names(), parameters.inputVolume)
        self.context.refresh()
        self.boxes.volume = parameters.inputVolume
        if segmenting:
            self.boxes.fill()

    def situation(self) -> Situation:
        """What decides whether a run can start."""
        named = self.boxes.named()
        segments = len(self.meanings.confirmed()), self.meanings.waiting()
        boxes = sum(named), len(named) - sum(named)
        numbered, asking = self.meanings.numbered, self.meanings.asking
        return Situation(self._parameters, self.model, *boxes, *segments, numbered=numbered, asking=asking)

    def job(self) -> jobs.Job:
        """The run that the panel describes."""
        parameters = self._parameters
        context = context_of(parameters)
        if parameters.task is Task.CHECK:
            names = self.meanings.confirmed()
            # A vocabulary says what could have been labelled, so that its absence counts; names as given have none.
            whole = self.meanings.label_map or "totalsegmentator:total"
            vocabulary = whole if parameters.complete else "litemedsam"
            arguments = ["check", "--label-map", vocabulary]
            return jobs.Job(arguments, parameters.inputVolume, parameters.inputSegmentation, unique(names), context)
        arguments, boxes = ["run", "--model", self.model.key], None
        if self.model.wants_boxes and parameters.prompts is Prompts.AUTO:
            arguments += ["--prompts", "auto"]
        elif self.model.wants_boxes:
            rois = [(self.boxes.structure_of(roi), roi) for roi in self.boxes.rois]
            boxes = jobs.boxes_json(parameters.inputVolume, rois)
        return jobs.Job(arguments, parameters.inputVolume, context=context, boxes=boxes)

    def _scan_of_segmentation(self) -> None:
        """Another segmentation was chosen: its own scan is chosen with it, and no other patient's is kept."""
        parameters = self._parameters
        scan = studies.scan_of(parameters.inputSegmentation)
        if scan is not None and scan is not parameters.inputVolume:
            parameters.inputVolume = scan
        elif studies.of_another_study(parameters.inputVolume, parameters.inputSegmentation):
            parameters.inputVolume = None
