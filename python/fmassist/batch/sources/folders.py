"""A folder with one sub-folder a study, told by the names of the files in it, TotalSegmentator's among them."""

from __future__ import annotations

from pathlib import Path

from fmassist.batch.plan import Study

LABELS = ("labels", "segmentation", "seg", "totalsegmentator", "combined_labels", "segmentations")
IMAGES = ("image", "volume", "ct", "mr", "mri", "t1", "imaging")
ENDINGS = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha", ".mgz")
CLASS_FOLDERS = ("segmentations", "segmentation", "masks")
"""Folders with one file a class, as TotalSegmentator writes them."""


def studies_in_folders(folder: Path, *, segment: bool) -> list[Study]:
    """The studies of a folder's sub-folders, or the folder's own where it is a study itself.

    Each holds one file of `LABELS` or a folder of `CLASS_FOLDERS`, and perhaps one of `IMAGES` (or a folder `dicom`)
    and `context.json`.

    Args:
        folder: to look in.
        segment: whether an image alone makes a study.
    """
    own = _study(folder, segment=segment)
    if own is not None:
        return [own]
    places = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [study for place in places if (study := _study(place, segment=segment)) is not None]


def _study(place: Path, *, segment: bool) -> Study | None:
    labels = _named(place, LABELS) or next((place / n for n in CLASS_FOLDERS if _has_volumes(place / n)), None)
    image = _named(place, IMAGES)
    if image is None and (place / "dicom").is_dir():
        image = place / "dicom"
    if labels is None and (image is None or not segment):
        return None
    context = place / "context.json"
    return Study(
        id="",
        labels=None if labels is None else str(labels),
        image=() if image is None else (str(image),),
        context=str(context) if context.is_file() else None,
    )


def is_labels(path: Path) -> bool:
    """Whether a file's ending is one of a volume's."""
    return path.name.lower().endswith(ENDINGS)


def _has_volumes(folder: Path) -> bool:
    return folder.is_dir() and any(is_labels(path) for path in folder.iterdir())


def _named(place: Path, names: tuple[str, ...]) -> Path | None:
    for name in names:
        for ending in ENDINGS:
            if (place / (name + ending)).is_file():
                return place / (name + ending)
    return None
