"""A folder of nnU-Net v2, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fmassist.errors import InputError
from fmassist.models.backends.apart import ApartBackend
from fmassist.models.consent import require_consent
from fmassist.models.interface import Cancelled, Progress
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
        folder = trained_folder(self.place)
        self.require_library()
        self.require_pinned()
        digest = require_consent(self.place, why=WHY)
        options = self.card.options
        answer = self.run_apart(
            "run_nnunet.py",
            volume,
            {
                "model": str(folder),
                "folds": options.get("folds"),
                "checkpoint": options.get("checkpoint"),
                "device": device,
            },
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
