"""What runs a model: one small file for each library, which is imported only when a volume is segmented.

Every back end is a `fmassist.models.interface.Model`, made from a card and the folder or file that it belongs to.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from fmassist.models.card import Card
from fmassist.models.interface import Model

_PLACES = {
    "litemedsam": "litemedsam:LiteMedSamModel",
    "monai_bundle": "monai_bundle:MonaiBundle",
    "totalsegmentator": "totalsegmentator:TotalSegmentator",
    "nnunet": "nnunet:NnUnetFolder",
    "nninteractive": "nninteractive:NnInteractive",
    "monai_label": "monai_label:MonaiLabelServer",
    "onnx": "onnx:OnnxFile",
    "torchscript": "torchscript:TorchScriptFile",
    "labels": "labels:LabelsFile",
}


def make(card: Card, place: Path | None) -> Model:
    """The model of a card.

    Args:
        card: says which back end.
        place: the model's folder or file; None where it came with a library, or is not here.
    """
    module, name = _PLACES[card.backend].split(":")
    model: Model = getattr(import_module(f"{__name__}.{module}"), name)(card, place)
    return model
