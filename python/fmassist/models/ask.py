"""Letting a model segment, whoever wrote it: within limits, in one line where it fails, and with a last look at it."""

from __future__ import annotations

from collections.abc import Sequence

from fmassist.errors import FMAssistError, InputError
from fmassist.models.backends.apart import limits_of_user
from fmassist.models.interface import Model, Progress
from fmassist.models.process import watch
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.models.verify_output import require_honest
from fmassist.volume import Volume

OURS = "fmassist."


def ask(
    model: Model, volume: Volume, prompts: Sequence[Prompt] = (), *, progress: Progress, device: str | None = None
) -> ModelResult:
    """What a model makes of a volume.

    Raises:
        InputError: it can't, it took too long or too much memory between two of its steps, or what it gave does not
            lie on the volume or holds labels that it does not know. A fault of somebody else's model is said as one.
    """
    title = model.describe().title
    try:
        made = model.segment(
            volume, prompts, progress=progress, cancelled=watch(title, limits_of_user()), device=device
        )
        if not isinstance(made, ModelResult):
            raise InputError(f"{title} gave no result", "see docs/models.md")
    except (FMAssistError, MemoryError):
        raise
    except Exception as error:
        if type(model).__module__.startswith(OURS):
            raise
        raise InputError(
            f"{title} failed ({type(error).__name__})", "it is no part of FMAssist: ask its authors"
        ) from None
    require_honest(made.segmentation, volume.geometry, model=title)
    return made
