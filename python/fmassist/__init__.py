"""FMAssist: foundation-model segmentations, reconciled with an anatomical ontology before anything is shown.

    import fmassist as fma

    study = fma.check("seg.nii.gz", image="ct.nii.gz")
    study.verdict, study.findings, study.scores, study.table()
    study.write("result/")

Nothing heavy is imported before a name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy
    from fmassist.application.compare import ComparedStudies
    from fmassist.application.interface import apply, check, compare, recheck, segment
    from fmassist.errors import FMAssistError, InputError

__all__ = [
    "CheckedStudy",
    "ComparedStudies",
    "FMAssistError",
    "InputError",
    "__version__",
    "apply",
    "check",
    "compare",
    "recheck",
    "segment",
]

_HOMES = {
    "CheckedStudy": "fmassist.application.checked",
    "ComparedStudies": "fmassist.application.compare",
    "FMAssistError": "fmassist.errors",
    "InputError": "fmassist.errors",
    **dict.fromkeys(("apply", "check", "compare", "recheck", "segment"), "fmassist.application.interface"),
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fmassist' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
