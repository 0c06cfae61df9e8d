"""Labels already there: somebody else's segmentation goes the way of a model's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fmassist.errors import InputError
from fmassist.models.backends.base import Backend
from fmassist.models.fingerprint import sha256_of
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume, labels_on_image, read_segmentation


class LabelsFile(Backend):
    """A segmentation file as a model that always gives it."""

    def available(self) -> str | None:
        """None where the file is here."""
        return None if self.place is not None and self.place.is_file() else "give the path of a segmentation"

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,  # noqa: ARG002 - reading has no stages
        cancelled: Cancelled | None = None,  # noqa: ARG002
        device: str | None = None,  # noqa: ARG002
    ) -> ModelResult:
        """Reads the labels and puts them on the volume's grid. Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        if self.place is None or not self.place.is_file():
            raise InputError("there are no labels to take", "give the path of a segmentation")
        names = {label.value: label.name for label in self.card.labels}
        found = labels_on_image(read_segmentation(self.place, names=names), volume)
        segments = tuple(replace(segment, name=names.get(segment.label, segment.name)) for segment in found.segments)
        return self.result(replace(found, segments=segments), device="none", sha256=sha256_of(self.place))
