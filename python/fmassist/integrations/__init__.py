"""Where FMAssist fits between the tools that people use already, one line each (see docs/integrations.md).

    CheckAnatomyd(keys="pred", image_key="image")          # MONAI, in post-processing
    AnatomyHandler(...).attach(evaluator)                   # Ignite and MONAI, in validation
    check_subject(subject)                                  # TorchIO
    for case, study in check_nnunet("predictions"): ...     # nnU-Net, after predicting
    check_totalsegmentator("segmentation.nii.gz", "ct.nii.gz")

Each library is imported only where its own part is used; none of them is needed for FMAssist.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmassist.integrations.ignite_handler import AnatomyHandler
    from fmassist.integrations.monai_transform import CheckAnatomyd
    from fmassist.integrations.nnunet import check_nnunet
    from fmassist.integrations.torchio_subject import check_subject
    from fmassist.integrations.totalsegmentator import check_totalsegmentator

__all__ = ["AnatomyHandler", "CheckAnatomyd", "check_nnunet", "check_subject", "check_totalsegmentator"]

_HOMES = {
    "AnatomyHandler": "ignite_handler",
    "CheckAnatomyd": "monai_transform",
    "check_nnunet": "nnunet",
    "check_subject": "torchio_subject",
    "check_totalsegmentator": "totalsegmentator",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
