"""A tree of DICOM files, sorted into series by their headers: names and folders mean nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Study
from fmassist.volume.reading import is_dicom, quiet

TAGS = (
    "SeriesInstanceUID",
    "Modality",
    "SOPClassUID",
    "ReferencedSeriesSequence",
    "ReferencedFrameOfReferenceSequence",
)
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
CONTOURS = "1.2.840.10008.5.1.4.1.1.481.3"
"""SOP classes of DICOM SEG and of RT Structure Sets (PS3.4, B.5)."""
IMAGES = ("CT", "MR")


@dataclass
class _Series:
    files: list[str] = field(default_factory=list)
    modality: str = ""


def studies_in_dicom(folder: Path) -> list[Study]:
    """Each DICOM SEG or RT Structure Set with its series, and each series of CT or MR that has none."""
    series: dict[str, _Series] = {}
    segmentations: list[tuple[str, str]] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if is_dicom(path):
            _sort_in(path, series, segmentations)
    used = {uid for _, uid in segmentations}
    studies = [Study("", labels=labels, image=_image(series, uid)) for labels, uid in segmentations]
    alone = [uid for uid, one in sorted(series.items()) if uid not in used and one.modality in IMAGES]
    return studies + [Study("", image=_image(series, uid)) for uid in alone if len(series[uid].files) > 1]


def _sort_in(path: Path, series: dict[str, _Series], segmentations: list[tuple[str, str]]) -> None:
    import pydicom

    try:
        with quiet():
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(TAGS))
    except Exception:  # whatever pydicom makes of a damaged file, it is no study
        return
    if str(header.get("SOPClassUID", "")) in (SEGMENTATION, CONTOURS):
        segmentations.append((str(path), _referenced(header)))
        return
    uid = str(header.get("SeriesInstanceUID", ""))
    if uid:
        one = series.setdefault(uid, _Series())
        one.files.append(str(path))
        one.modality = str(header.get("Modality", ""))


def _referenced(header: Any) -> str:
    """The series that labels were made on: a SEG names it at its top, an RT Structure Set two levels down."""
    for frame in header.get("ReferencedFrameOfReferenceSequence") or []:
        for study in frame.get("RTReferencedStudySequence") or []:
            for one in study.get("RTReferencedSeriesSequence") or []:
                return str(one.get("SeriesInstanceUID", ""))
    referenced = header.get("ReferencedSeriesSequence") or [{}]
    return str(referenced[0].get("SeriesInstanceUID", ""))


def _image(series: dict[str, _Series], uid: str) -> tuple[str, ...]:
    return tuple(series[uid].files) if uid in series else ()
