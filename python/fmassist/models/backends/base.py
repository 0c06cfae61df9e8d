"""What back ends share: a card, a place, an estimate, and the last look at what they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.models.card import Card
from fmassist.models.fingerprint import require_sha256
from fmassist.models.interface import Needs, estimate
from fmassist.models.prompts import Prompt
from fmassist.models.prompts.prompt import require_distinct
from fmassist.models.result import ModelResult
from fmassist.volume import Segmentation, Volume


@dataclass
class Backend:
    """A model of a card.

    Args:
        card: says what it is.
        place: its folder or file; None where it came with a library, or is not here.
    """

    card: Card
    place: Path | None = None

    def describe(self) -> Card:
        """Its card."""
        return self.card

    def needs(self, volume: Volume) -> Needs:
        """What `volume` will take, after the card's formula."""
        return estimate(self.card, volume)

    def is_code(self) -> str | None:
        """What makes it code that needs the user's yes, as the end of "this model …"; None where its form is data."""
        return None

    def code_path(self) -> Path | None:
        """The file or folder that the yes is about."""
        return self.place

    def leaves(self) -> str | None:
        """What would leave the machine, and where to; None where nothing does."""
        return None

    def require_prompts(self, prompts: Sequence[Prompt], volume: Volume) -> None:
        """Check that the prompts are of a kind that the model takes, and lie in the volume.

        Raises:
            InputError: they are not, or the model needs some and got none.
        """
        if not prompts and self.card.takes_prompts:
            raise InputError(
                f"{self.card.title} needs to know what to look for", f"it takes: {', '.join(self.card.prompts)}"
            )
        kinds = [kind for kind in self.card.prompts if kind != "none"]
        if prompts and not kinds:
            raise InputError(f"{self.card.title} takes no prompts", "leave --prompts out")
        require_distinct(list(prompts))
        for prompt in prompts:
            prompt.require_kinds(kinds, model=self.card.title)
            prompt.require_inside(volume.geometry)

    def require_pinned(self) -> None:
        """Check every file of the model that the card pins, or that was noted when it was got.

        Raises:
            InputError: one lacks or differs.
        """
        if self.place is None:
            return
        from fmassist.models.registry import installed_hashes

        folder = self.place if self.place.is_dir() else self.place.parent
        pinned = {file.path: file.sha256 for file in self.card.files if file.sha256 and not file.unpack}
        for name, digest in {**installed_hashes(folder), **pinned}.items():
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                raise InputError(f"a file of {self.card.title} lies outside its folder", "get it again")
            if not path.is_file():
                raise InputError(f"a file of {self.card.title} is missing", f"fmassist models get {self.card.id}")
            require_sha256(path, digest, what=f"a file of {self.card.title}")

    def result(
        self,
        segmentation: Segmentation,
        *,
        device: str,
        sha256: str = "",
        confidence: Mapping[str, float] | None = None,
        doubt: NDArray[Any] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> ModelResult:
        """The result with where it comes from, `more` of it included.

        A map of doubt, on the segmentation's grid, tells the confidence too.
        """
        unsure: dict[str, float] = {}
        if doubt is not None:
            from fmassist.models.doubt import confidence_of

            confidence, unsure = confidence_of(segmentation, doubt)
        return ModelResult(
            segmentation,
            dict(confidence or {}),
            {
                "model": self.card.id,
                "title": self.card.title,
                "version": self.card.version,
                "licence": self.card.licence or "not said",
                "weights_sha256": sha256,
                "device": device,
                **(more or {}),
            },
            unsure,
            doubt,
        )


def best_device(wanted: str | None, card: Card) -> str:
    """`wanted`, or the best that is there. Imports torch.

    Raises:
        InputError: a GPU is wanted and there is none, or the model can't use it.
    """
    import torch

    if wanted is not None and wanted not in card.needs.devices:
        raise InputError(f"{card.title} can't run on {wanted}", "leave --device out")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("there is no GPU that PyTorch can use", "leave --device out")
    if wanted is not None:
        return wanted
    return "cuda" if "cuda" in card.needs.devices and torch.cuda.is_available() else "cpu"
