"""Real people whose segmentations are at hand: who they are, what is wrong in them, and to which half they belong."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.knowledge.label_map import LabelMap, load_label_map
from fmassist.volume import Segmentation, Volume, labels_on_image, read_segmentation, read_volume

MOST_VOXELS = 12_000_000
"""Larger studies are thinned out, so that a check takes a second or two."""
SHARED = (
    ("ct_abdomen", "ct_abdomen/ct.nii.gz", "ct_abdomen/totalsegmentator.nii.gz", "totalsegmentator:total", "CT"),
    (
        "ct_upper_abdomen",
        "ct_upper_abdomen/dicom",
        "ct_upper_abdomen/totalsegmentator.nii.gz",
        "totalsegmentator:total",
        "CT",
    ),
    ("mr_abdomen", "mr_abdomen/mr.nii.gz", "mr_abdomen/totalsegmentator_mr.nii.gz", "totalsegmentator:total_mr", "MR"),
)
KNOWN_WRONG = {"ct_abdomen": frozenset({"pancreas"})}
"""What is wrong in the shared good studies, as their description says."""
DESIGNED_ON = frozenset({"s0327", "oppo", "ct_abdomen", "ct_upper_abdomen", "mr_abdomen"})
"""People who label most structures: there are five, all are needed to learn from, so none is in the test half."""


@dataclass(frozen=True)
class Person:
    """One study of one person.

    Args:
        name: of the case; of one person there may be several.
        half: `"design"` or `"test"`.
        good: whether the labels are right but for `wrong`.
        wrong: segments that are known to be wrong, or right and odd: what is said of them alone is no false alarm.
    """

    name: str
    person: str
    half: str
    modality: str
    region: str
    maker: str
    good: bool
    wrong: frozenset[str]
    labels: Path
    label_map: str
    image: Path | None

    def read(self) -> tuple[Segmentation, Volume | None, LabelMap]:
        """Labels, image and what the labels mean; large ones thinned out."""
        meanings = load_label_map(self.label_map)
        volume = None if self.image is None else read_volume(self.image, modality=self.modality)
        segmentation = read_segmentation(self.labels, names=meanings.names)
        if volume is not None:
            segmentation = labels_on_image(segmentation, volume)
        return (*thinned(segmentation, volume), meanings)


def half_of(person: str) -> str:
    """The half of a person: a fixed third by the checksum of the name is for testing alone."""
    return "test" if person not in DESIGNED_ON and zlib.crc32(person.encode()) % 3 == 0 else "design"


def people(data: Path) -> Iterator[Person]:
    """Everyone under `data` (the folder that holds `library`, or that has it beside itself).

    Raises:
        InputError: there is nobody.
    """
    root = next((p for p in (data, data.parent) if (p / "library/index.tsv").is_file()), None)
    if root is None:
        raise InputError("there is no library/index.tsv in or beside the folder of --data", "give the shared folder")
    verdicts = _judged(root / "library")
    for name, image, labels, label_map, modality in SHARED:
        if (root / "data" / labels).exists():
            wrong = KNOWN_WRONG.get(name, frozenset())
            paths = root / "data" / labels, label_map, root / "data" / image
            yield Person(name, name, "design", modality, "abdomen", "TotalSegmentator", True, wrong, *paths)
    with (root / "library/index.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            folder = root / "library/cases" / row["name"]
            image_path = folder / "image.nii.gz"
            yield Person(
                name=row["name"],
                person=row["person"],
                half=half_of(row["person"]),
                modality=row["modality"],
                region=row["body_part"],
                maker="model" if "model" in row["made_by"] else "expert",
                good=_is_good(row),
                wrong=verdicts.get(row["name"], frozenset()),
                labels=folder / "labels.nii.gz",
                label_map=str(folder / "labels.sssom.tsv"),
                image=image_path if image_path.exists() else None,
            )


def thinned(segmentation: Segmentation, volume: Volume | None) -> tuple[Segmentation, Volume | None]:
    """Every n-th voxel of the finest axes until the study is small enough; the truth is thinned out alike."""
    steps = [1, 1, 1]
    shape, spacing = np.array(segmentation.geometry.shape), np.array(segmentation.geometry.spacing_mm)
    while np.prod(-(-shape // steps)) > MOST_VOXELS:
        steps[int(np.argmin(spacing * steps))] += 1
    if steps == [1, 1, 1]:
        return segmentation, volume
    return taken(segmentation, volume, tuple(slice(None, None, n) for n in steps))


def taken(
    segmentation: Segmentation, volume: Volume | None, window: tuple[slice, ...]
) -> tuple[Segmentation, Volume | None]:
    """Both within a window of the grid, at its steps; steps may be negative, which turns the grid and not the body."""
    geometry = segmentation.geometry
    rows = [range(n)[s] for n, s in zip(geometry.shape, window, strict=True)]
    affine = geometry.index_to_ras_mm.copy()
    affine[:3, 3] = geometry.to_ras_mm(np.array([r[0] for r in rows], dtype=float))
    affine[:3, :3] = affine[:3, :3] * [r.step for r in rows]
    placed = Geometry((len(rows[0]), len(rows[1]), len(rows[2])), affine)
    cut = Segmentation(
        tuple(np.ascontiguousarray(a[window]) for a in segmentation.layers), placed, segmentation.segments
    )
    if volume is None:
        return cut, None
    return cut, Volume(np.ascontiguousarray(volume.voxels[window]), placed, volume.modality, volume.context)


def _judged(library: Path) -> dict[str, frozenset[str]]:
    """By case, the segments of findings that somebody found to be true, or odd."""
    found: dict[str, set[str]] = {}
    for path in sorted(library.glob("findings-*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["verdict"] in ("true", "odd"):
                    found.setdefault(row["name"], set()).update(s.strip() for s in row["segments"].split(","))
    return {name: frozenset(segments) for name, segments in found.items()}


def _is_good(row: dict[str, str]) -> bool:
    """Whether a case can stand for right labels: nothing seen but what its findings list.

    Headers that are wrong, raw model outputs and hearts moved on purpose are not.
    """
    known = row["known_errors"]
    return row["name"] in DESIGNED_ON or known.startswith(("none seen", "a few bits, none gross", "right", "spleen"))
