"""The synthetic torso: a scan for trying things on, computed here, with no patient behind it and nothing downloaded."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib.library import add_library_to_path

SAMPLE_NAME = "FMAssistTorso"
SPACING_MM = 4.0
"""Coarse, so that it takes seconds; fine enough for every structure that the tutorial looks at."""


def register() -> None:
    """Adds the torso to Slicer's Sample Data module; nothing happens where that is absent."""
    try:
        import SampleData
    except ImportError:
        return
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="FMAssist",
        sampleName=SAMPLE_NAME,
        customDownloader=lambda _source: [make_torso()],
        nodeNames=SAMPLE_NAME,
    )


def make_torso() -> Any:
    """Computes the torso and returns its volume node.

    Raises:
        ImportError: the library's own packages are not installed yet.
    """
    add_library_to_path()
    import numpy as np

    from fmassist.phantom import torso

    volume = torso(spacing_mm=(SPACING_MM,) * 3).volume
    matrix = slicer.util.vtkMatrixFromArray(np.array(volume.geometry.index_to_ras_mm))
    # The library's arrays are [i, j, k], VTK's are [k, j, i].
    array = np.ascontiguousarray(np.transpose(volume.voxels))
    node = slicer.util.addVolumeFromArray(array, matrix, name=_("Synthetic torso"))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(400, 40)
    return node
