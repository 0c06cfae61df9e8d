"""What TotalSegmentator made, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.interface import Context, check
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy


def check_totalsegmentator(
    segmentation: Any,
    image: Any = None,
    *,
    task: str = "total",
    context: Context = None,
    knowledge: Path | str | None = None,
) -> CheckedStudy:
    """Check the output of TotalSegmentator against anatomy.

    Args:
        segmentation: what `totalsegmentator(...)` returns, or the file (`ml=True`) or folder that it wrote.
        image: what it was made from.
        task: as TotalSegmentator calls it.
        context: what is known of the patient.
        knowledge: folder of own rules on top of the shipped ones.

    Raises:
        InputError: it cannot be read, or there is no label map of that task.

    Example:
        >>> from fmassist.integrations import check_totalsegmentator
        >>> check_totalsegmentator("segmentation.nii.gz", "ct.nii.gz").write("checked/")  # doctest: +SKIP
    """
    from fmassist.knowledge.label_map import SHIPPED

    label_map = f"totalsegmentator:{task}"
    if label_map not in SHIPPED:
        known = sorted(name.partition(":")[2] for name in SHIPPED if name.startswith("totalsegmentator:"))
        raise InputError("there is no label map of that task of TotalSegmentator", f"known are {', '.join(known)}")
    modality = "MR" if task.endswith("_mr") else None
    return check(
        segmentation, image=image, label_map=label_map, context=context, modality=modality, knowledge=knowledge
    )
