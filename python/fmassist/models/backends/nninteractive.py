"""nnInteractive, here or on a server."""

from __future__ import annotations

from collections.abc import Sequence

from fmassist.errors import InputError
from fmassist.models.backends.apart import ApartBackend
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume


class NnInteractive(ApartBackend):
    """nnInteractive, here or on a server."""

    package = "nnInteractive"

    def available(self) -> str | None:
        """None where the library is installed."""
        return self.missing()

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,  # noqa: ARG002
        cancelled: Cancelled | None = None,  # noqa: ARG002
        device: str | None = None,  # noqa: ARG002
    ) -> ModelResult:
        """Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        raise InputError(f"{self.card.title} can't run in this version", "see fmassist models")
