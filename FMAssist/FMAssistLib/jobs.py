"""What a run starts from, and which nodes of the scene it cannot do without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from FMAssistLib import frames

if TYPE_CHECKING:
    from FMAssistLib.session import ReviewSession


@dataclass
class Job:
    """One run from Apply to its result.

    Args:
        arguments: of the command line, without the files.
        volume_node: the scan, or None.
        source: segmentation to check, as a `vtkMRMLSegmentationNode`; None for a model's run.
        names: segment id → name in the check.
        context: clinical context.
        boxes: text of a prompts file, or None.
        recheck: the session whose own segmentation is checked again, or None.
    """

    arguments: list[str]
    volume_node: Any
    source: Any = None
    names: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)
    boxes: str | None = None
    recheck: ReviewSession | None = None
    source_time: int = 0

    def concerns(self, node: Any) -> bool:
        """Whether the run cannot go on without this node."""
        kept = [self.volume_node, self.source]
        if self.recheck is not None:
            kept.append(self.recheck.segmentation_node)
        return any(node is other for other in kept if other is not None)


def boxes_json(volume_node: Any, rois: list[tuple[str, Any]]) -> str:
    """A prompts file (named boxes in RAS mm) out of ROI nodes.

    Args:
        volume_node: the scan; its transforms are left out, as it is handed over without them.
        rois: structure and ROI node.
    """
    boxes = []
    for structure, roi in rois:
        bounds = [0.0] * 6
        transform = frames.between(roi, volume_node)
        if transform is None:
            roi.GetBounds(bounds)
        else:
            # The box's corners in the world, and from there in the scan's own frame.
            roi.GetRASBounds(bounds)
            bounds = frames.box_through(frames.between(None, volume_node), bounds)
        boxes.append({"structure": structure, "low_ras_mm": bounds[0::2], "high_ras_mm": bounds[1::2]})
    return json.dumps({"boxes": boxes})
