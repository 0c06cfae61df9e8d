"""Errors that models made by themselves: outputs that are known to be wrong, scored structure by structure.

A structure is wrong when its Dice against the good segmentation of the same image is below a half, or when it is drawn
where the good one has nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.reasoning.confidence import Calibration, suspicion_by_segment, with_probability
from fmassist.reasoning.findings import CheckResult
from fmassist.reasoning.study import check_study
from fmassist.volume import Segmentation, Volume, labels_on_image, read_segmentation, read_volume

WRONG_BELOW = 0.5
"""Dice under which a structure counts as wrong (the project's measure)."""


@dataclass(frozen=True)
class Output:
    """One segmentation in the shared data.

    Attributes:
        good: the good segmentation of the same image; None where this is one.
    """

    name: str
    image: str
    labels: str
    label_map: str
    modality: str
    good: str | None = None
    good_map: str = "totalsegmentator:total"


OUTPUTS = (
    Output("ct_abdomen", "ct_abdomen/ct.nii.gz", "ct_abdomen/totalsegmentator.nii.gz", "totalsegmentator:total", "CT"),
    Output(
        "ct_upper_abdomen",
        "ct_upper_abdomen/dicom",
        "ct_upper_abdomen/totalsegmentator.nii.gz",
        "totalsegmentator:total",
        "CT",
    ),
    Output(
        "mr_abdomen", "mr_abdomen/mr.nii.gz", "mr_abdomen/totalsegmentator_mr.nii.gz", "totalsegmentator:total_mr", "MR"
    ),
    Output("brain_t1, 104 labels", "brain_t1/t1.nii.gz", "brain_t1/meshnet_104.nii.gz", "meshnet:104", "MR"),
    Output(
        "brain_t1, subcortical",
        "brain_t1/t1.nii.gz",
        "brain_t1/meshnet_subcortical.nii.gz",
        "meshnet:subcortical",
        "MR",
    ),
    Output(
        "ct_abdomen, LiteMedSAM by slice boxes",
        "ct_abdomen/ct.nii.gz",
        "ct_abdomen/litemedsam_slice_boxes.nii.gz",
        "totalsegmentator:total",
        "CT",
        "ct_abdomen/totalsegmentator.nii.gz",
    ),
    Output(
        "ct_abdomen, LiteMedSAM by one box",
        "ct_abdomen/ct.nii.gz",
        "ct_abdomen/litemedsam_one_box.nii.gz",
        "totalsegmentator:total",
        "CT",
        "ct_abdomen/totalsegmentator.nii.gz",
    ),
    Output(
        "ct_abdomen, OBELISK",
        "ct_abdomen/ct.nii.gz",
        "ct_abdomen/obelisk_8_labels.nii.gz",
        "obelisk:8",
        "CT",
        "ct_abdomen/totalsegmentator.nii.gz",
    ),
    Output(
        "ct_upper_abdomen, LiteMedSAM by slice boxes",
        "ct_upper_abdomen/dicom",
        "ct_upper_abdomen/litemedsam_slice_boxes.nii.gz",
        "totalsegmentator:total",
        "CT",
        "ct_upper_abdomen/totalsegmentator.nii.gz",
    ),
    Output(
        "mr_abdomen, LiteMedSAM by slice boxes",
        "mr_abdomen/mr.nii.gz",
        "mr_abdomen/litemedsam_slice_boxes.nii.gz",
        "totalsegmentator:total_mr",
        "MR",
        "mr_abdomen/totalsegmentator_mr.nii.gz",
        "totalsegmentator:total_mr",
    ),
)


@dataclass(frozen=True)
class Structure:
    """One structure of one output.

    Attributes:
        dice: against the good segmentation; 1 in a good one.
        score: suspicion, 0 to 1.
        flagged: whether a finding above `info` names it.
    """

    output: str
    name: str
    dice: float
    score: float
    flagged: bool

    @property
    def wrong(self) -> bool:
        """Whether it is wrong by the project's measure."""
        return self.dice < WRONG_BELOW


@dataclass(frozen=True)
class Checked:
    """One output with its verdict."""

    output: Output
    result: CheckResult
    structures: tuple[Structure, ...]


def check_outputs(
    data: Path, progress: Callable[[float], None] | None = None, *, calibration: Calibration | None = None
) -> list[Checked]:
    """Check every output there is under `data`; those that are not there are left out.

    Args:
        calibration: gives the findings their probability; None for the shipped one.
    """
    knowledge = load_knowledge()
    found = []
    there = [output for output in OUTPUTS if (data / output.image).exists() and (data / output.labels).exists()]
    for number, output in enumerate(there):
        volume = read_volume(data / output.image, modality=output.modality)
        segmentation = _read(data / output.labels, output.label_map, volume)
        labels = load_label_map(output.label_map)
        result, _, _ = check_study(segmentation, volume, label_map=labels, knowledge=knowledge)
        result = replace(result, findings=tuple(with_probability(result.findings, calibration)))
        good = _read(data / output.good, output.good_map, volume) if output.good else None
        found.append(Checked(output, result, tuple(_structures(output, result, segmentation, good))))
        if progress is not None:
            progress((number + 1) / len(there))
    return found


def _read(path: Path, label_map: str, volume: Volume) -> Segmentation:
    return labels_on_image(read_segmentation(path, names=load_label_map(label_map).names), volume)


def _structures(
    output: Output, result: CheckResult, segmentation: Segmentation, good: Segmentation | None
) -> list[Structure]:
    scores = suspicion_by_segment(result)
    flagged = {name for finding in result.findings if finding.severity != "info" for name in finding.segments}
    truth = {segment.name: segment for segment in good.segments} if good is not None else {}
    rows = []
    for segment in segmentation.segments:
        mine = segmentation.mask(segment)
        if not mine.any():
            continue
        dice = 1.0
        if good is not None:
            other = truth.get(segment.name)
            both = 0 if other is None else int((mine & good.mask(other)).sum())
            dice = 2 * both / (int(mine.sum()) + (0 if other is None else int(good.mask(other).sum())))
        rows.append(Structure(output.name, segment.name, dice, scores.get(segment.name, 0.0), segment.name in flagged))
    return rows
