"""A small synthetic study, as the tools give it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmassist.knowledge.label_map import load_label_map
from fmassist.phantom import torso
from fmassist.volume import write_volume
from fmassist.volume.nifti import write_nifti

TOTAL = "totalsegmentator:total"


@dataclass(frozen=True)
class Case:
    """Arrays `[i, j, k]`, their affine, and files `seg.nii.gz` and `ct.nii.gz` of the same."""

    labels: Any
    image: Any
    affine: Any
    folder: Path

    @property
    def mirrored(self) -> Any:
        """The labels with left and right exchanged, which no person has."""
        return np.ascontiguousarray(self.labels[::-1])


@pytest.fixture(scope="session")
def case(tmp_path_factory) -> Case:
    phantom = torso(seed=3, spacing_mm=(6.0, 6.0, 6.0), field_of_view="abdomen")
    numbers = {name: value for value, name in load_label_map(TOTAL).names.items()}
    labels = np.zeros(phantom.volume.geometry.shape, dtype=np.uint8)
    for segment in phantom.segmentation.segments:
        if segment.name in numbers:
            labels[phantom.segmentation.mask(segment)] = numbers[segment.name]
    folder = tmp_path_factory.mktemp("study")
    write_volume(phantom.volume, folder / "ct.nii.gz")
    write_nifti(folder / "seg.nii.gz", labels, phantom.volume.geometry)
    return Case(labels, np.array(phantom.volume.voxels), phantom.volume.geometry.index_to_ras_mm, folder)
