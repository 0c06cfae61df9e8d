"""A folder of nnU-Net v2, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fmassist.errors import InputError
from fmassist.models.backends.apart import ApartBackend
from fmassist.models.consent import trusted_copy
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.process import Room
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume

WHY = "is an nnU-Net folder, whose plans name Python classes to run"


class NnUnetFolder(ApartBackend):
    """A folder of a trained model: `dataset.json`, `plans.json`, and `fold_N` with checkpoints.

    Options of its card: `folds`, and `checkpoint`, the name of its file in each fold.
    """

    package = "nnunetv2"

    def available(self) -> str | None:
        """None where the library and the folder are here."""
        if self.place is None:
            return f"not here: fmassist models get {self.card.id} --from FILE"
        return self.missing()

    def is_code(self) -> str | None:
        """What makes it code, where nobody said yes to it yet."""
        return WHY

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        if self.place is None:
            raise InputError(f"{self.card.title} is not here", "give its path")
        trained_folder(self.place)
        self.require_library()
        self.require_pinned()
        options = self.card.options
        with trusted_copy(self.place, why=WHY) as (copy, digest):
            answer = self.run_apart(
                "run_nnunet.py",
                volume,
                {
                    "model": str(trained_folder(copy)),
                    "folds": options.get("folds"),
                    "checkpoint": options.get("checkpoint"),
                    "device": device,
                },
                room=Room(reads=[copy]),
                progress=progress,
                cancelled=cancelled,
            )
        names = {label.value: label.name for label in self.card.labels} or self.names_said(answer)
        return self.finished(answer, names, volume.geometry, sha256=digest)


def trained_folder(place: Path) -> Path:
    """The folder with the plans: the place itself, or the one below it that nnU-Net makes for a configuration.

    Raises:
        InputError: there is none, or there are several.
    """
    found = [path.parent for path in [place / "plans.json", *sorted(place.glob("*/plans.json"))] if path.is_file()]
    found = [folder for folder in found if (folder / "dataset.json").is_file()]
    if len(found) != 1:
        said = "several configurations" if found else "no plans.json with a dataset.json"
        raise InputError(f"the folder of the model holds {said}", "give the folder of one trained configuration")
    return found[0].resolve()
