"""A tree of DICOM files, sorted into series by their headers: names and folders mean nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Study
from fmassist.volume.bounded_file import BoundedFile
from fmassist.volume.dicom_deflate import require_room_to_open
from fmassist.volume.reading import is_dicom, quiet

TAGS = (
    "SeriesInstanceUID",
    "Modality",
    "SOPClassUID",
    "NumberOfFrames",
    "ReferencedSeriesSequence",
    "ReferencedFrameOfReferenceSequence",
)
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
CONTOURS = "1.2.840.10008.5.1.4.1.1.481.3"
"""SOP classes of DICOM SEG and of RT Structure Sets (PS3.4, B.5)."""
INDEX = "1.2.840.10008.1.3.10"
"""Media Storage Directory: a DICOMDIR, which belongs to no series (PS3.4, B.5)."""
IMAGES = {"CT", "MR"}


TROUBLE = "a DICOM file of the tree cannot be read: copy or export it again (a series may lack a slice without it)"


@dataclass
class _Series:
    files: list[str] = field(default_factory=list)
    modalities: set[str] = field(default_factory=set)
    frames: int = 0


@dataclass
class _Tree:
    series: dict[str, _Series] = field(default_factory=dict)
    segmentations: list[tuple[str, str]] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def studies_in_dicom(folder: Path) -> list[Study]:
    """Each DICOM SEG or RT Structure Set with its series, and each series of CT or MR that has none.

    A DICOM file that cannot be read is a study in trouble: nobody knows which series lacks it.
    """
    tree = _Tree()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        _sort_in(path, tree)
    series = tree.series
    used = {uid for _, uid in tree.segmentations}
    studies = [Study("", labels=labels, image=_image(series, uid)) for labels, uid in tree.segmentations]
    alone = [uid for uid, one in sorted(series.items()) if uid not in used and one.modalities & IMAGES]
    studies += [Study("", image=_image(series, uid)) for uid in alone if series[uid].frames > 1]
    return studies + [Study("", labels=path, trouble=TROUBLE) for path in tree.damaged]


def _sort_in(path: Path, tree: _Tree) -> None:
    has_mark = True  # a file that cannot even be opened may be anything
    try:
        if not is_dicom(path):
            return
        with path.open("rb") as stream:
            has_mark = stream.read(132)[128:] == b"DICM"
        header = _header(path, has_mark)
        kind, uid = str(header.get("SOPClassUID") or ""), str(header.get("SeriesInstanceUID") or "")
        modality, frames = str(header.get("Modality") or ""), int(header.get("NumberOfFrames") or 1)
        referenced = _referenced(header) if kind in (SEGMENTATION, CONTOURS) else ""
        is_index = str(header.file_meta.get("MediaStorageSOPClassUID", "")) == INDEX if has_mark else False
    except MemoryError:
        raise
    except Exception:  # whatever pydicom makes of a damaged file
        if has_mark:  # others only look like DICOM at their start
            tree.damaged.append(str(path))
        return
    if kind in (SEGMENTATION, CONTOURS):
        tree.segmentations.append((str(path), referenced))
    elif uid:
        one = tree.series.setdefault(uid, _Series())
        one.files.append(str(path))
        one.modalities.add(modality)  # one slice that lost it must not take the series away
        one.frames += max(1, frames)
    elif has_mark and not is_index:
        tree.damaged.append(str(path))


def _header(path: Path, has_mark: bool) -> Any:
    """What of a file's header says where it belongs."""
    import pydicom

    require_room_to_open(path)
    with quiet(), BoundedFile(path) as opened:
        return pydicom.dcmread(opened, stop_before_pixels=True, specific_tags=list(TAGS), force=not has_mark)


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
