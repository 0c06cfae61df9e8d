"""A MONAI bundle: its own transforms, network and inferer, as its `inference.json` says, without its program."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec

from fmassist.errors import InputError
from fmassist.models.backends.base import Backend, best_device
from fmassist.models.backends.bundle import opened, require_going
from fmassist.models.backends.bundle_config import plan_of
from fmassist.models.fingerprint import sha256_of
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress
from fmassist.models.offline import offline
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.models.safe_weights import require_torch
from fmassist.models.verify_output import verified
from fmassist.volume import Volume


class MonaiBundle(Backend):
    """A folder after the MONAI Bundle specification."""

    def available(self) -> str | None:
        """None where MONAI, PyTorch and the bundle's weights are here."""
        for package in ("torch", "monai", "nibabel"):
            if find_spec(package) is None:
                return f"{package} is not installed: pip install 'fmassist[model]'"
        if self.place is None:
            return (
                f"not here: get the bundle from {self.card.source}, then fmassist models get {self.card.id} --from FILE"
            )
        return None

    def is_code(self) -> str | None:
        """What makes it code; None where its configuration is data."""
        try:
            return None if self.place is None else plan_of(self.place).why
        except InputError:  # it can't be read, so that nothing of it can run either; `segment` says why
            return None

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Segments as the bundle says. Arguments and errors as `Model.segment`."""
        if (reason := self.available()) is not None or self.place is None:
            raise InputError(f"{self.card.title} can't run", reason or "")
        self.require_prompts(prompts, volume)
        torch = require_torch()
        tell = progress or (lambda _stage, _share: None)
        tell("loading the model", 0.0)
        self.require_pinned()
        used = best_device(device, self.card)
        names = self.names()
        # MONAI warns of its own future; nobody here can act on it.
        with (
            offline(self.card.title),
            opened(self.place, used) as bundle,
            torch.inference_mode(),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            weights = bundle.weights()
            bundle.load(weights)
            require_going(cancelled)
            tell("preparing the volume", 0.0)
            data = bundle.prepared(volume)
            require_going(cancelled)
            if bundle.is_vista:
                from fmassist.models.backends.vista3d import segment_vista

                labels, geometry, names = segment_vista(bundle, data, volume, prompts, names, tell, cancelled)
                doubt = None
            else:
                folds = [str(name) for name in self.card.options.get("folds", ())]
                bundle.add_folds(folds)
                made = bundle.run(data, volume, tell, cancelled, flips=self.card.options.get("flips", ()))
                labels, geometry, doubt = made.labels, made.geometry, made.doubt
            device, more, digest = bundle.device, bundle.provenance, sha256_of(weights)
        segmentation = verified(labels, geometry, volume=volume.geometry, names=names, model=self.card.title)
        return self.result(segmentation, device=device, sha256=digest, doubt=doubt, more=more)

    def names(self) -> dict[int, str]:
        """Labels that the bundle may give: its card's, or its own metadata's."""
        if self.card.labels or self.place is None:
            return {label.value: label.name for label in self.card.labels}
        from fmassist.models.recognise import recognise

        return {label.value: label.name for label in recognise(self.place / "configs" / "..")[0].labels}
