"""One state decides what the Apply button says, whether it can be pressed, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from slicer.i18n import tr as _

from FMAssistLib import studies
from FMAssistLib.parameters import Modality, Prompts, Task


class State(Enum):
    """What the panel is doing."""

    INCOMPLETE = "incomplete"
    READY = "ready"
    RUNNING = "running"
    CANCELLING = "cancelling"


@dataclass(frozen=True)
class Apply:
    """How the Apply button is."""

    text: str
    enabled: bool
    tool_tip: str


@dataclass(frozen=True)
class Situation:
    """Everything that decides whether a run can start.

    Args:
        parameters: the module's parameters, or None between two scenes.
        model: of type `catalogue.Model`, or None.
        boxes: how many boxes are there and named.
        unnamed_boxes: how many are there without a structure.
        meanings: how many segments have a meaning that may be used.
        unconfirmed: how many have a name that only needs the user's yes.
        numbered: whether segments have numbers for names.
        asking: whether it is still being found out what the segments stand for.
    """

    parameters: Any
    model: Any = None
    boxes: int = 0
    unnamed_boxes: int = 0
    meanings: int = 0
    unconfirmed: int = 0
    numbered: bool = False
    asking: bool = False


def missing(situation: Situation) -> str:
    """What is missing before Apply can be pressed, in words; empty when nothing is."""
    parameters = situation.parameters
    if parameters is None:
        return _("The scene is closing.")
    volume = parameters.inputVolume
    if parameters.task is Task.CHECK:
        segmentation = parameters.inputSegmentation
        if segmentation is None:
            return _("Choose the segmentation to check.")
        if segmentation.GetSegmentation().GetNumberOfSegments() == 0:
            return _("The chosen segmentation has no segments.")
        if not situation.meanings:
            if situation.unconfirmed:
                return _("Confirm that the structure names are right, or set them in the table.")
            if situation.asking:
                return _("One moment: what the segments stand for is being found out.")
            if situation.numbered:
                return _("The segments have numbers for names: choose whose numbers they are, and confirm.")
            return _("None of the segments has a known name: set at least one structure in the table.")
        return _volume_problem(volume) if volume is not None else ""
    if volume is None:
        return _("Choose a scan. Load one with File, Add data, or with the DICOM module.")
    problem = _volume_problem(volume)
    if problem:
        return problem
    if situation.model is None:
        return _("Choose a model.")
    why_not = situation.model.why_not(parameters.modality.value)
    if why_not:
        return why_not
    if situation.model.wants_boxes and parameters.prompts is Prompts.AUTO:
        if parameters.modality is Modality.MR:
            return _("Boxes can be found in a CT only: choose to draw them yourself.")
    elif situation.model.wants_boxes:
        if situation.unnamed_boxes:
            return _("Name the structure in every box.")
        if not situation.boxes:
            return _("This model needs a box around each structure: press Add box.")
    return ""


def notice(situation: Situation) -> str:
    """What to know before Apply is pressed, although it can be; empty when there is nothing."""
    parameters = situation.parameters
    if parameters is None or parameters.task is not Task.CHECK:
        return ""
    if parameters.inputVolume is None:
        return _(
            "No scan is chosen: places and sizes are checked, but nothing that only the image shows. If there is a "
            "scan, choose it."
        )
    if studies.of_another_study(parameters.inputVolume, parameters.inputSegmentation):
        return _("Scan and segmentation belong to different studies: make sure that they are of the same examination.")
    return ""


def _volume_problem(volume: Any) -> str:
    image = volume.GetImageData()
    if image is None or min(image.GetDimensions()) < 1:
        return _("The chosen scan has no voxels.")
    if min(image.GetDimensions()) < 2:
        return _("The chosen scan is a single slice; a 3D scan is needed.")
    if image.GetNumberOfScalarComponents() != 1:
        return _("The chosen scan is in colour; a grey-scale scan is needed.")
    transform = volume.GetParentTransformNode()
    if transform is not None and not transform.IsTransformToWorldLinear():
        return _("The scan is under a warping transform: harden it first.")
    return ""


def apply_button(state: State, why_not: str, task: Task | None) -> Apply:
    """How the Apply button is in a state.

    Args:
        state: of the panel.
        why_not: what is missing, for `State.INCOMPLETE`.
        task: what Apply would do.
    """
    if state is State.RUNNING:
        return Apply(_("Cancel"), True, _("Stop; nothing is changed."))
    if state is State.CANCELLING:
        return Apply(_("Cancelling…"), False, _("Waiting for the calculation to end."))
    if state is State.INCOMPLETE:
        return Apply(_("Apply"), False, why_not)
    tips = {
        Task.SEGMENT: _("Segment the scan and check the result. You can go on working meanwhile."),
        Task.CHECK: _("Check the segmentation. A copy is made; the original stays as it is."),
        None: "",
    }
    return Apply(_("Apply"), True, tips[task])
