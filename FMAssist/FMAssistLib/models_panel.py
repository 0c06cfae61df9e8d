"""The list of models: asked of the command line, described, and taken from a file where somebody has got one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib import catalogue, model_file, process
from FMAssistLib.parameters import Parameters


class ModelsPanel:
    """Which model segments.

    Args:
        ui: the loaded panel's widgets.
        changed: called when another model is chosen or the list has changed.
    """

    def __init__(self, ui: Any, changed: Callable[[], None]) -> None:
        self._ui, self._changed = ui, changed
        self.command: Callable[[list[str]], list[str]] = process.worker_command
        self.told = False
        """Whether the command line has answered."""
        self._parameters: Parameters | None = None
        self._models = catalogue.models()
        self._asked: Any = None
        self._taker: model_file.Taker | None = None
        for model in self._models:
            ui.modelComboBox.addItem(model.title, model.key)
        ui.modelComboBox.currentIndexChanged.connect(self._chosen)
        ui.takeModelButton.clicked.connect(self.take)

    @property
    def model(self) -> catalogue.Model | None:
        """The model chosen."""
        index = self._ui.modelComboBox.currentIndex
        return self._models[index] if 0 <= index < len(self._models) else None

    @property
    def promptable(self) -> catalogue.Model | None:
        """A model that is here and outlines what a box is drawn around, or None."""
        return next((model for model in self._models if model.wants_boxes and model.here), None)

    def ask(self) -> None:
        """Asks the command line which models there are, until it has answered; those known here are offered before.

        It is asked again whenever there may be an answer now: before the first installation there is nobody to ask.
        """
        catalogue.look_again()
        if self.told or (self._asked is not None and self._asked.running):
            return
        self._asked = catalogue.Inquiry(self._answered, self.command)
        if not self._asked.start():
            self._asked = None

    def take(self, *_arguments: object) -> None:
        """Asks for the file of the chosen model, and for a yes to its licence, and puts it where it is looked for."""
        model = self.model
        if model is None or self._taker is not None:
            return
        path = model_file.choose_file()
        if path and model_file.agreed(model):
            self._taker = model_file.Taker(model, path, self._taken, self.command)
            self._taker.start()
            self._changed()

    def close(self) -> None:
        """The module goes away."""
        for process_of_ours in (self._taker, self._asked):
            if process_of_ours is not None:
                process_of_ours.close()

    def set_parameters(self, parameters: Parameters | None) -> None:
        """Shows the model that other parameters name."""
        self._parameters = parameters
        if parameters is not None:
            keys = [model.key for model in self._models]
            index = keys.index(parameters.modelName) if parameters.modelName in keys else 0
            self._ui.modelComboBox.currentIndex = index

    def refresh(self, segmenting: bool) -> None:
        """Shows what belongs to the model chosen, while a scan is to be segmented."""
        ui, model = self._ui, self.model
        for widget in (ui.modelLabel, ui.modelComboBox, ui.modelInfoLabel):
            widget.visible = segmenting
        ui.takeModelButton.visible = segmenting and bool(model and model.can_be_taken_from_a_file)
        ui.takeModelButton.enabled = self._taker is None
        text = catalogue.describe(model) if model is not None else ""
        if ui.modelInfoLabel.text != text:
            ui.modelInfoLabel.text = text

    def _answered(self, models: list[catalogue.Model]) -> None:
        self.told = True
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
        self._chosen()

    def _taken(self, message: str) -> None:
        self._taker = None
        if message:
            slicer.util.errorDisplay(_("The model could not be taken from the file.") + f"\n\n{message}")
        else:
            self.told = False
        self.ask()
        self._changed()

    def _chosen(self, *_arguments: object) -> None:
        if self._parameters is not None and self.model is not None:
            self._parameters.modelName = self.model.key
        self._changed()
