"""What may be seen before somebody has decided: visibility and Slicer's own status of every segment.

A segment with an undecided blocking finding is hidden or reduced to an outline, as the policy says; one with any
other undecided finding is shown and marked. Marking is Slicer's segment status `Flagged`, which every segments table
shows and which is saved with the scene.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import slicer

from FMAssistLib import views
from FMAssistLib.parameters import Policy


class Show(Enum):
    """How a segment is shown."""

    FULL = "full"
    OUTLINE = "outline"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Treatment:
    """What the gate does with one segment."""

    show: Show
    flagged: bool
    decided: bool


def treat(
    segment: str,
    findings: Iterable[Mapping[str, Any]],
    decisions: Mapping[str, str],
    policy: Policy,
) -> Treatment:
    """How to show a segment.

    Args:
        segment: its name in the findings.
        findings: all findings of the check.
        decisions: finding id → action decided, for those decided.
        policy: as the user set it.
    """
    own = [f for f in findings if segment in f["segments"] and f["severity"] != "info"]
    undecided = [f for f in own if f["id"] not in decisions]
    actions = {decisions[f["id"]] for f in own if f["id"] in decisions}
    decided = bool(own) and not undecided
    if "reject" in actions:
        return Treatment(Show.HIDDEN, flagged=bool(undecided), decided=decided)
    show = Show.FULL
    if any(f["severity"] == "block" for f in undecided):
        show = {Policy.HIDE: Show.HIDDEN, Policy.MARK: Show.OUTLINE, Policy.SHOW_ALL: Show.FULL}[policy]
    return Treatment(show, flagged=bool(undecided), decided=decided)


def apply_gate(segmentation_node: Any, treatments: Mapping[str, Treatment]) -> None:
    """Shows the segments as decided.

    Args:
        segmentation_node: the node that this module made; never a user's.
        treatments: segment id → treatment.
    """
    segmentation_node.CreateDefaultDisplayNodes()
    segmentation = segmentation_node.GetSegmentation()
    known = {sid: treatment for sid, treatment in treatments.items() if segmentation.GetSegment(sid) is not None}
    for display in views.display_nodes(segmentation_node):
        modify = display.StartModify()
        try:
            for sid, treatment in known.items():
                display.SetSegmentVisibility(sid, treatment.show is not Show.HIDDEN)
                display.SetSegmentVisibility2DFill(sid, treatment.show is Show.FULL)
                display.SetSegmentVisibility2DOutline(sid, True)
                display.SetSegmentVisibility3D(sid, treatment.show is Show.FULL)
        finally:
            display.EndModify(modify)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    for sid, treatment in known.items():
        status = logic.NotStarted
        if treatment.flagged:
            status = logic.Flagged
        elif treatment.decided:
            status = logic.Completed
        segment = segmentation.GetSegment(sid)
        if logic.GetSegmentStatus(segment) != status:
            logic.SetSegmentStatus(segment, status)


def flag(segmentation_node: Any, ids: Iterable[str]) -> None:
    """Marks segments with Slicer's own status `Flagged`: those changed after they were signed."""
    segmentation = segmentation_node.GetSegmentation()
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    for sid in ids:
        segment = segmentation.GetSegment(sid)
        if segment is not None and logic.GetSegmentStatus(segment) != logic.Flagged:
            logic.SetSegmentStatus(segment, logic.Flagged)
