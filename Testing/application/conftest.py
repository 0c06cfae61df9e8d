"""A small synthetic study in memory and on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmassist.phantom import torso
from fmassist.volume import write_segmentation, write_volume


@dataclass(frozen=True)
class Case:
    """One study: arrays `[i, j, k]`, their affine, label names, and the same as files."""

    labels: Any
    image: Any
    affine: Any
    folder: Path


@pytest.fixture(scope="session")
def case(tmp_path_factory) -> Case:
    folder = tmp_path_factory.mktemp("Doe_Jane")
    phantom = torso(seed=3, spacing_mm=(6.0, 6.0, 6.0), field_of_view="abdomen")
    from fmassist.knowledge.label_map import load_label_map

    numbers = {name: value for value, name in load_label_map("totalsegmentator:total").names.items()}
    labels = np.zeros(phantom.volume.geometry.shape, dtype=np.uint8)
    for segment in phantom.segmentation.segments:
        if segment.name in numbers:
            labels[phantom.segmentation.mask(segment)] = numbers[segment.name]
    write_volume(phantom.volume, folder / "ct.nii.gz")
    from fmassist.volume.nifti import write_nifti

    write_nifti(folder / "seg.nii.gz", labels, phantom.volume.geometry)
    write_segmentation(phantom.segmentation, folder / "seg.seg.nrrd")
    return Case(labels, phantom.volume.voxels, phantom.volume.geometry.index_to_ras_mm, folder)
