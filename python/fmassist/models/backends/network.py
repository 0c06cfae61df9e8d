"""A network in one file with a description: whole volume or windows, then the class that scores highest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled, InputError
from fmassist.models.backends.base import Backend
from fmassist.models.backends.frame import make_frame
from fmassist.models.fingerprint import sha256_of
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.models.verify_output import verified
from fmassist.volume import Volume

Array = NDArray[Any]
Predict = Callable[[Array], Array]
"""From (1, 1, i, j, k) float32 to scores (1, classes, i, j, k), or to labels (1, 1, i, j, k)."""


class NetworkFile(Backend):
    """What ONNX and TorchScript files have in common; each of them says how it is loaded."""

    def load(self, device: str | None) -> tuple[Predict, str]:
        """How to predict, and the device that it runs on."""
        raise NotImplementedError

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Segments with the network. Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        if self.place is None:
            raise InputError(f"{self.card.title} is not here", "give its path")
        names = {label.value: label.name for label in self.card.labels}
        if not names:
            raise InputError(f"the description of {self.card.title} names no labels", "see docs/models.md")
        self.require_pinned()
        tell = progress or (lambda _stage, _share: None)
        tell("loading the model", 0.0)
        predict, used = self.load(device)
        frame = make_frame(volume, self.card)
        if cancelled is not None and cancelled():
            raise Cancelled("cancelled")
        roi = self.card.options.get("roi_size")
        doubt: Array | None = None
        if roi is None:
            tell("segmenting", 0.0)
            labels = highest(_scores(predict, frame.image[None, None], self.card.title))
        else:
            labels, doubt = self.by_windows(predict, frame.image, tuple(map(int, roi)), tell, cancelled)
        tell("segmenting", 1.0)
        if labels.shape != frame.image.shape:
            raise InputError(f"{self.card.title} gave an array of shape {labels.shape}", "its description may be wrong")
        segmentation = verified(
            frame.back(labels), volume.geometry, volume=volume.geometry, names=names, model=self.card.title
        )
        path = self.place if self.place.is_file() else self.place / self.card.files[0].path
        placed = None if doubt is None else frame.back(doubt)
        return self.result(segmentation, device=used, sha256=sha256_of(path), doubt=placed)

    def by_windows(
        self,
        predict: Predict,
        image: Array,
        roi: tuple[int, ...],
        tell: Progress,
        cancelled: IsCancelled | None,
    ) -> tuple[Array, Array | None]:
        """Labels `[i, j, k]` of an image, and how unsure the network was of them where that can be told."""
        from fmassist.models.backends.windows import windows

        labels = windows(
            lambda window: _scores(predict, window, self.card.title),
            image,
            roi=roi,
            overlap=self.overlap,
            progress=tell,
            cancelled=cancelled,
        )
        return labels, None

    @property
    def overlap(self) -> float:
        """Of windows, as the card says."""
        return float(self.card.options.get("overlap", 0.25))


def highest(scores: Array) -> Array:
    """Labels `[i, j, k]` from scores (1, classes, i, j, k), class by class so that no second copy is needed."""
    if scores.shape[1] == 1:
        return np.asarray(scores[0, 0])
    best = scores[0, 0].copy()
    labels = np.zeros(best.shape, dtype=np.uint16)
    for number in range(1, scores.shape[1]):
        better = scores[0, number] > best
        labels[better] = number
        best[better] = scores[0, number][better]
    return labels


def _scores(predict: Predict, image: Array, model: str) -> Array:
    try:
        scores = np.asarray(predict(image))
    except InputError:
        raise
    except Exception:
        raise InputError(
            f"{model} can't run on an image of shape {image.shape}", "its description may be wrong"
        ) from None
    if scores.ndim != 5 or scores.shape[0] != 1 or scores.shape[2:] != image.shape[2:]:
        raise InputError(
            f"{model} gave an array of shape {scores.shape} for an image of {image.shape}", "its output is not used"
        )
    if not np.isfinite(scores).all():
        raise InputError(f"{model} gave values that are not finite", "its output is not used")
    return scores
