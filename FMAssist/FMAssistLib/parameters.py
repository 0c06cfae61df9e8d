"""What the user chose, kept in the scene; every value stands on a widget of the same `SlicerParameterName`."""

# ruff: noqa: N815 - Slicer's style for parameters, which become keys in the scene

from __future__ import annotations

from enum import Enum
from typing import Annotated

import slicer
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper


class Task(Enum):
    """What Apply does."""

    SEGMENT = "segment"
    CHECK = "check"

    def label(self) -> str:
        """In words."""
        return {
            Task.SEGMENT: _("Segment the scan, then check"),
            Task.CHECK: _("Check a segmentation"),
        }[self]


class Policy(Enum):
    """How structures with undecided findings are shown. Showing everything is never the default."""

    HIDE = "hide"
    MARK = "mark"
    SHOW_ALL = "show_all"

    def label(self) -> str:
        """In words."""
        return {
            Policy.HIDE: _("Hide what is implausible"),
            Policy.MARK: _("Show it as outlines only"),
            Policy.SHOW_ALL: _("Show everything"),
        }[self]


class Prompts(Enum):
    """Where the boxes come from that a model wants."""

    AUTO = "auto"
    BOXES = "boxes"

    def label(self) -> str:
        """In words."""
        return {
            Prompts.AUTO: _("Found by the program (CT)"),
            Prompts.BOXES: _("Drawn by me (ROIs)"),
        }[self]


class Sex(Enum):
    """The patient's sex as far as anatomy depends on it."""

    UNKNOWN = ""
    FEMALE = "female"
    MALE = "male"

    def label(self) -> str:
        """In words."""
        return {Sex.UNKNOWN: _("not known"), Sex.FEMALE: _("female"), Sex.MALE: _("male")}[self]


class Examination(Enum):
    """What part of the body was examined."""

    UNKNOWN = ""
    HEAD = "head"
    NECK = "neck"
    CHEST = "chest"
    ABDOMEN = "abdomen"
    PELVIS = "pelvis"

    def label(self) -> str:
        """In words."""
        return {
            Examination.UNKNOWN: _("not known"),
            Examination.HEAD: _("head"),
            Examination.NECK: _("neck"),
            Examination.CHEST: _("chest"),
            Examination.ABDOMEN: _("abdomen"),
            Examination.PELVIS: _("pelvis"),
        }[self]


class Modality(Enum):
    """How the scan was made, as DICOM names it."""

    UNKNOWN = ""
    CT = "CT"
    MR = "MR"

    def label(self) -> str:
        """In words."""
        return {Modality.UNKNOWN: _("as the scan says"), Modality.CT: _("CT"), Modality.MR: _("MR")}[self]


class Side(Enum):
    """Which side of the body was examined."""

    UNKNOWN = ""
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"

    def label(self) -> str:
        """In words."""
        return {
            Side.UNKNOWN: _("not known"),
            Side.LEFT: _("left only"),
            Side.RIGHT: _("right only"),
            Side.BOTH: _("both"),
        }[self]


@parameterNodeWrapper
class Parameters:
    """The module's parameters.

    Args:
        task: what Apply does.
        inputVolume: the scan.
        inputSegmentation: the segmentation to check, for `Task.CHECK`.
        complete: whether everything in view was meant to be segmented, so that what is missing counts.
        modelName: key of the model, for `Task.SEGMENT`.
        prompts: where a model's boxes come from.
        policy: how undecided structures are shown.
        modality: how the scan was made, as the examination is on record.
        age: years; −1 is not known.
        sex: the patient's sex.
        examination: the part of the body examined.
        laterality: the side examined.
        history: terms of the knowledge's history list, separated by blanks.
        contextOf: id of the scan that the clinical context was filled for.
        reviewer: name used for decisions and the signature.
        knowledgeFolder: a curator's own knowledge, or empty for the shipped one.
    """

    task: Task = Task.SEGMENT
    inputVolume: vtkMRMLScalarVolumeNode
    inputSegmentation: vtkMRMLSegmentationNode
    complete: bool = False
    modelName: str = ""
    prompts: Prompts = Prompts.AUTO
    policy: Policy = Policy.HIDE
    modality: Modality = Modality.UNKNOWN
    age: Annotated[int, WithinRange(-1, 120)] = -1
    sex: Sex = Sex.UNKNOWN
    examination: Examination = Examination.UNKNOWN
    laterality: Side = Side.UNKNOWN
    history: str = ""
    contextOf: str = ""
    reviewer: str = ""
    knowledgeFolder: str = ""


NOTHING_KNOWN: dict[str, object] = {
    "modality": Modality.UNKNOWN,
    "age": -1,
    "sex": Sex.UNKNOWN,
    "examination": Examination.UNKNOWN,
    "laterality": Side.UNKNOWN,
    "history": "",
}
"""The context of a patient of whom nothing is known."""

OLDEST = 90
"""Ages over 89 count as identifying (45 CFR 164.514(b)(2)(i)(C)) and make no difference to any rule: a greater one is
seen in the panel and goes no further."""


def first_scan() -> vtkMRMLScalarVolumeNode:
    """The scene's first scan, or None; label maps derive from the same class and are none."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return next((node for node in nodes if node.GetClassName() == "vtkMRMLScalarVolumeNode"), None)


def context_of(parameters: Parameters) -> dict[str, object]:
    """The clinical context as the command line takes it; what is not known is left out, since it is no evidence."""
    context: dict[str, object] = {}
    if parameters.age >= 0:
        context["age"] = min(parameters.age, OLDEST)
    if parameters.sex is not Sex.UNKNOWN:
        context["sex"] = parameters.sex.value
    if parameters.examination is not Examination.UNKNOWN:
        context["body_part"] = parameters.examination.value
    if parameters.laterality in (Side.LEFT, Side.RIGHT):  # Both sides examined say nothing about either.
        context["laterality"] = parameters.laterality.value
    if parameters.modality is not Modality.UNKNOWN:
        context["modality"] = parameters.modality.value
    if parameters.history.split():
        context["history"] = parameters.history.split()
    return context


def modality_of_image(parameters: Parameters) -> Modality:
    """What made the image: what DICOM says of it, else what the panel says, else unknown.

    The image's own counts. Where the panel says otherwise, the check holds the two against each other.
    """
    said = context_from_dicom(parameters.inputVolume).get("modality", parameters.modality)
    return said if isinstance(said, Modality) else Modality.UNKNOWN


def context_from_dicom(volume: vtkMRMLScalarVolumeNode) -> dict[str, object]:
    """What the volume's DICOM headers say of the context; empty for a volume from elsewhere.

    Only the tags of age, sex, modality, body part and side are read; no name, identifier or date leaves Slicer's
    database. What none of the panel's entries stands for is left as not known.
    """
    uids = (volume.GetAttribute("DICOM.instanceUIDs") or "").split() if volume else []
    database = getattr(slicer, "dicomDatabase", None)
    if not uids or database is None:
        return {}

    def said(tag: str) -> str:
        return str(database.instanceValue(uids[0], tag) or "").strip().upper()

    found: dict[str, object] = {}
    age = said("0010,1010")
    # PS3.5 6.2: three digits and D, W, M or Y.
    if len(age) == 4 and age[:3].isdigit() and age[3] in "DWMY":
        years = int(int(age[:3]) / {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}[age[3]])
        found["age"] = min(years, 120)  # the largest that the panel takes
    found["sex"] = {"F": Sex.FEMALE, "M": Sex.MALE}.get(said("0010,0040"))
    found["modality"] = {"CT": Modality.CT, "MR": Modality.MR}.get(said("0008,0060"))
    found["examination"] = {item.value.upper(): item for item in Examination if item.value}.get(said("0018,0015"))
    # Of the image where it is said (PS3.3 C.7.6.1.1.1), else of the series; U means that there is no pair.
    sides = {"L": Side.LEFT, "R": Side.RIGHT, "B": Side.BOTH}
    found["laterality"] = sides.get(said("0020,0062") or said("0020,0060"))
    return {name: value for name, value in found.items() if value is not None}
