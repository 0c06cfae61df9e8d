"""The upper part of the panel: scan, model, boxes, meanings of segments, clinical context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from FMAssistLib import catalogue, curators, logic, masks, meanings, meanings_table, model_file, process
from FMAssistLib.library import add_library_to_path
from FMAssistLib.parameters import (
    NOTHING_KNOWN,
    Parameters,
    Prompts,
    Task,
    context_from_dicom,
    context_of,
    first_scan,
)
from FMAssistLib.states import Situation

STRUCTURE_ATTRIBUTE = "FMAssistStructure"
"""What a box was named here."""
NAMED_OVER_ATTRIBUTE = "FMAssistNamedOver"
"""The terminology that the box had when it was named here."""


class InputsPanel(VTKObservationMixin):
    """What a run starts from.

    Args:
        ui: the loaded panel's widgets.
        changed: called when something changed that the parameters do not hold.
    """

    def __init__(self, ui: Any, changed: Callable[[], None]) -> None:
        super().__init__()
        self._ui = ui
        self._changed = changed
        self.command: Callable[[list[str]], list[str]] = process.worker_command
        self._parameters: Parameters | None = None
        self._models = catalogue.models()
        self._rois: list[Any] = []
        self._shown_segmentation: Any = None
        self._filling = False
        self._structures: list[str] | None = None
        self._structures_model: Any = None
        self._asked: Any = None
        self._told = False
        self._taker: model_file.Taker | None = None
        self._segments = meanings_table.MeaningsTable(ui, self._changed, self._structure_combo)
        for model in self._models:
            ui.modelComboBox.addItem(model.title, model.key)
        ui.boxesTable.columnCount = 2
        ui.boxesTable.setHorizontalHeaderLabels([_("Box"), _("Structure")])
        ui.modelComboBox.currentIndexChanged.connect(self._model_chosen)
        ui.takeModelButton.clicked.connect(self.take_model)
        ui.addBoxButton.clicked.connect(self.add_box)
        ui.removeBoxButton.clicked.connect(self.remove_box)
        ui.confirmNamesCheckBox.toggled.connect(lambda *_arguments: self._changed())
        ui.historyList.itemChanged.connect(self._history_changed)
        self.fill_history("")

    @property
    def model(self) -> catalogue.Model | None:
        """The model chosen."""
        index = self._ui.modelComboBox.currentIndex
        return self._models[index] if 0 <= index < len(self._models) else None

    @property
    def models_are_told(self) -> bool:
        """Whether the command line has answered."""
        return self._told

    @property
    def busy(self) -> bool:
        """Whether rows of the table of segments are still being made."""
        return self._segments.busy

    def ask_for_models(self) -> None:
        """Asks the command line once which models there are; until it has answered, the ones known here are offered."""
        if self._asked is None:
            self._asked = catalogue.Inquiry(self._models_told, self.command)
            self._asked.start()

    def _models_told(self, models: list[catalogue.Model]) -> None:
        self._told = True
        if not models or [model.key for model in models] == [model.key for model in self._models]:
            self._models = models or self._models
            self._changed()
            return
        combo, chosen = self._ui.modelComboBox, self.model.key if self.model is not None else ""
        if self._parameters is not None and self._parameters.modelName:
            chosen = self._parameters.modelName  # A scene that was opened may name one that was not known here yet.
        self._models = models
        blocked = combo.blockSignals(True)
        combo.clear()
        for model in models:
            combo.addItem(model.title, model.key)
        keys = [model.key for model in models]
        combo.currentIndex = keys.index(chosen) if chosen in keys else 0
        combo.blockSignals(blocked)
        self._model_chosen()

    def take_model(self, *_arguments: object) -> None:
        """Asks for the file of the chosen model, and for a yes to its licence, and puts it where it is looked for."""
        model = self.model
        if model is None or self._taker is not None:
            return
        path = model_file.choose_file()
        if path and model_file.agreed(model):
            self._taker = model_file.Taker(model, path, self._model_taken, self.command)
            self._taker.start()
            self._changed()

    def _model_taken(self, message: str) -> None:
        self._taker = None
        if message:
            slicer.util.errorDisplay(_("The model could not be taken from the file.") + f"\n\n{message}")
        elif self._asked is not None:
            self._asked.close()
            self._asked = None
        self.ask_for_models()
        self._changed()

    def close(self) -> None:
        """The module goes away."""
        self.removeObservers()
        self._segments.close()
        if self._taker is not None:
            self._taker.close()
        if self._asked is not None:
            self._asked.close()

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Shows other parameters."""
        self._parameters = parameters
        self._shown_segmentation = None
        if parameters is not None:
            keys = [model.key for model in self._models]
            self._ui.modelComboBox.currentIndex = (
                keys.index(parameters.modelName) if parameters.modelName in keys else 0
            )
            self._tick_history()

    def refresh(self) -> None:
        """Brings tables and visibility up to date with parameters and scene."""
        parameters, ui = self._parameters, self._ui
        if parameters is None:
            return
        segmenting = parameters.task is Task.SEGMENT
        for widget in (ui.modelLabel, ui.modelComboBox, ui.modelInfoLabel):
            widget.visible = segmenting
        ui.takeModelButton.visible = segmenting and bool(self.model and self.model.can_be_taken_from_a_file)
        ui.takeModelButton.enabled = self._taker is None
        for widget in (ui.inputSegmentationLabel, ui.inputSegmentationSelector):
            widget.visible = not segmenting
        ui.meaningsWidget.visible = not segmenting and parameters.inputSegmentation is not None
        wants_boxes = segmenting and self.model is not None and self.model.wants_boxes
        ui.promptsLabel.visible = ui.promptsComboBox.visible = wants_boxes
        ui.boxesWidget.visible = wants_boxes and parameters.prompts is Prompts.BOXES
        ui.modelInfoLabel.text = catalogue.describe(self.model) if self.model else ""
        # A scan of the scene makes the offer of an artificial one pointless.
        ui.sampleButton.visible = first_scan() is None
        self._fill_context()
        if ui.boxesWidget.visible or segmenting:
            self._fill_boxes()
        if parameters.inputSegmentation is not self._shown_segmentation:
            self._shown_segmentation = parameters.inputSegmentation
            self._segments.fill(self._shown_segmentation, self.structures())

    def situation(self) -> Situation:
        """What decides whether a run can start."""
        named = [bool(self._structure_of(roi)) for roi in self._rois]
        segments = len(self._segments.confirmed()), self._segments.waiting()
        return Situation(self._parameters, self.model, sum(named), len(named) - sum(named), *segments)

    def job(self) -> logic.Job:
        """The run that the panel describes."""
        parameters = self._parameters
        context = context_of(parameters)
        if parameters.task is Task.CHECK:
            names = self._segments.confirmed()
            # A vocabulary says what could have been labelled, so that its absence counts; names as given have none.
            vocabulary = "totalsegmentator:total" if parameters.complete else "litemedsam"
            arguments = ["check", "--label-map", vocabulary]
            return logic.Job(arguments, parameters.inputVolume, parameters.inputSegmentation, unique(names), context)
        arguments, boxes = ["run", "--model", self.model.key], None
        if self.model.wants_boxes and parameters.prompts is Prompts.AUTO:
            arguments += ["--prompts", "auto"]
        elif self.model.wants_boxes:
            boxes = logic.boxes_json(parameters.inputVolume, [(self._structure_of(roi), roi) for roi in self._rois])
        return logic.Job(arguments, parameters.inputVolume, context=context, boxes=boxes)

    def structures(self) -> list[str]:
        """Names of the structures that the knowledge has; empty when the installation is incomplete."""
        if self._structures is None:
            add_library_to_path()
            try:
                from fmassist.errors import FMAssistError
                from fmassist.resources import resource

                self._structures = meanings.known_structures(resource("label_maps", "totalsegmentator_total.sssom.tsv"))
            except (ImportError, FMAssistError, OSError):
                self._structures = []
        return self._structures

    def _structure_combo(self, current: str) -> Any:
        if self._structures_model is None:
            # One list for all rows: a segmentation may have more than a hundred.
            self._structures_model = qt.QStringListModel(["", *self.structures()])
        combo = qt.QComboBox()
        combo.editable = True
        combo.insertPolicy = qt.QComboBox.NoInsert
        combo.setModel(self._structures_model)
        combo.toolTip = _("The structure that this is; type to search.")
        _set_structure(combo, self.structures(), current)
        return combo

    # Boxes

    def add_box(self, *_arguments: object) -> None:
        """Adds a box in the middle of the scan, a quarter of its size."""
        volume = self._parameters.inputVolume if self._parameters else None
        bounds = [-50.0, 50.0, -50.0, 50.0, -50.0, 50.0]
        if volume is not None and volume.GetImageData() is not None:
            volume.GetRASBounds(bounds)
        name = slicer.mrmlScene.GenerateUniqueName(_("Box"))
        roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", name)
        roi.CreateDefaultDisplayNodes()
        roi.SetCenter([(bounds[2 * n] + bounds[2 * n + 1]) / 2 for n in range(3)])
        roi.SetSize([(bounds[2 * n + 1] - bounds[2 * n]) / 4 for n in range(3)])
        self._changed()

    def remove_box(self, *_arguments: object) -> None:
        """Removes the selected box."""
        row = self._ui.boxesTable.currentRow()
        if 0 <= row < len(self._rois):
            slicer.mrmlScene.RemoveNode(self._rois[row])
            self._changed()

    def _fill_boxes(self) -> None:
        rois = slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
        table = self._ui.boxesTable
        if [roi.GetID() for roi in rois] != [roi.GetID() for roi in self._rois]:
            self._watch(rois)
            self._rois = rois
            table.rowCount = len(rois)
            for row, roi in enumerate(rois):
                combo = self._structure_combo(self._structure_of(roi))
                combo.currentTextChanged.connect(lambda text, node=roi: self._name_box(node, text))
                table.setCellWidget(row, 1, combo)
        for row, roi in enumerate(self._rois):
            item = qt.QTableWidgetItem(roi.GetName())
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
            table.setItem(row, 0, item)

    def _watch(self, rois: list[Any]) -> None:
        """Follows the boxes: one may be renamed in the Data module, or named by the terminology selector."""
        self.removeObservers()
        for roi in rois:
            self.addObserver(roi, vtk.vtkCommand.ModifiedEvent, self._box_modified)

    def _box_modified(self, roi: Any, _event: Any = None) -> None:
        if roi not in self._rois:
            return
        combo = self._ui.boxesTable.cellWidget(self._rois.index(roi), 1)
        structure = self._structure_of(roi)
        if combo is not None and combo.currentText.strip() != structure:
            _set_structure(combo, self.structures(), structure)
            self._changed()

    def _name_box(self, roi: Any, structure: str) -> None:
        if structure.strip() == self._structure_of(roi):
            return
        roi.SetAttribute(STRUCTURE_ATTRIBUTE, structure.strip())
        # A code given later is the newer word.
        roi.SetAttribute(NAMED_OVER_ATTRIBUTE, roi.GetAttribute(masks.TERMINOLOGY_TAG) or "")
        self._changed()

    def _structure_of(self, roi: Any) -> str:
        """A box's structure: as set here, by Slicer's terminology selector, or by its own name."""
        entry = roi.GetAttribute(masks.TERMINOLOGY_TAG) or ""
        set_here = roi.GetAttribute(STRUCTURE_ATTRIBUTE)
        if set_here is not None and (roi.GetAttribute(NAMED_OVER_ATTRIBUTE) or "") == entry:
            return set_here
        by_words = {meanings.words_of(name): name for name in self.structures()}
        coded = meanings.coded_name(entry)
        for text in (coded, roi.GetName() or ""):
            if meanings.words_of(text) in by_words:
                return by_words[meanings.words_of(text)]
        return coded

    # Context

    def _model_chosen(self, *_arguments: object) -> None:
        if self._parameters is not None and self.model is not None:
            self._parameters.modelName = self.model.key
        self._changed()

    def _fill_context(self) -> None:
        """Fills the context once for each scan; nothing known of one patient is carried over to the next."""
        parameters = self._parameters
        volume = parameters.inputVolume
        if volume is None or parameters.contextOf == volume.GetID():
            return
        known = {**NOTHING_KNOWN, **context_from_dicom(volume)} if parameters.contextOf else context_from_dicom(volume)
        parameters.contextOf = volume.GetID()
        for name, value in known.items():
            setattr(parameters, name, value)
        self._tick_history()

    def fill_history(self, folder: str) -> None:
        """Lists the histories that the knowledge knows."""
        self._filling = True
        self._ui.historyList.clear()
        for key, label in curators.histories(folder):
            item = qt.QListWidgetItem(label)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable | qt.Qt.ItemIsSelectable)
            item.setData(qt.Qt.UserRole, key)
            item.setCheckState(qt.Qt.Unchecked)
            self._ui.historyList.addItem(item)
        self._filling = False
        self._tick_history()

    def _tick_history(self) -> None:
        if self._parameters is None:
            return
        chosen = self._parameters.history.split()
        self._filling = True
        for row in range(self._ui.historyList.count):
            item = self._ui.historyList.item(row)
            item.setCheckState(qt.Qt.Checked if item.data(qt.Qt.UserRole) in chosen else qt.Qt.Unchecked)
        self._filling = False

    def _history_changed(self, *_arguments: object) -> None:
        if self._filling or self._parameters is None:
            return
        items = [self._ui.historyList.item(row) for row in range(self._ui.historyList.count)]
        self._parameters.history = " ".join(
            str(item.data(qt.Qt.UserRole)) for item in items if item.checkState() == qt.Qt.Checked
        )


def unique(names: dict[str, str]) -> dict[str, str]:
    """Names made different where two segments stand for one structure; the check sees both."""
    used: dict[str, int] = {}
    found = {}
    for sid, name in names.items():
        used[name] = used.get(name, 0) + 1
        found[sid] = name if used[name] == 1 else f"{name} ({used[name]})"
    return found


def _set_structure(combo: Any, structures: list[str], current: str) -> None:
    combo.currentIndex = structures.index(current) + 1 if current in structures else 0
    if current not in structures:
        combo.lineEdit().text = current
