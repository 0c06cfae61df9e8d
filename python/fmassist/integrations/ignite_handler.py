"""A handler of Ignite, and so of MONAI's engines, that checks what a model gives in validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.interface import Context, check
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap

Pairs = Iterable[tuple[Any, Any]]
"""Labels and their image, or None in its place, of each study in a batch."""

_SHARES = ("anatomy_plausible", "anatomy_review", "anatomy_implausible")
_PROBABILITY = "anatomy_wrong_probability"


def predictions_of_monai(state: Any) -> Pairs:
    """`pred` and `image` of the output of MONAI's evaluators, batched or not."""
    output = state.output
    if isinstance(output, dict):
        images = output.get("image")
        return zip(output["pred"], images if images is not None else [None] * len(output["pred"]), strict=True)
    return [(one["pred"], one.get("image")) for one in output]


class AnatomyHandler:
    """Checks each study of a validation, and tells how many of them a person would have to look at.

    A Dice says how much of a structure is right; this says how often a patient has a liver in the chest. After each
    epoch the engine's metrics hold `anatomy_plausible`, `anatomy_review` and `anatomy_implausible` (shares of the
    studies that were checked, 0–1) and `anatomy_wrong_probability` (mean over the studies); where none was checked
    they hold nothing.

    Args:
        label_map: what the labels mean; None for what fits best.
        pairs: labels and image (or None) of each study, taken from the engine's state; as MONAI's evaluators give them
            where it is left out. Labels are `[1, i, j, k]` or `[i, j, k]` with their affine: MetaTensors, or pairs of
            array and affine.
        every: check the first of so many studies; 1 for all of them.
        context: what is known of the patients, the same for all.
        modality: `"CT"` or `"MR"`, where the image's intensities do not say it.
        knowledge: folder of own rules on top of the shipped ones.

    Example:
        >>> from fmassist.integrations import AnatomyHandler
        >>> AnatomyHandler(label_map="totalsegmentator:total").attach(evaluator)  # doctest: +SKIP
        >>> evaluator.state.metrics["anatomy_implausible"]  # doctest: +SKIP
    """

    def __init__(
        self,
        label_map: str | LabelMap | None = None,
        *,
        pairs: Callable[[Any], Pairs] = predictions_of_monai,
        every: int = 1,
        context: Context = None,
        modality: str | None = None,
        knowledge: Path | str | None = None,
    ) -> None:
        if every < 1:
            raise InputError(f"every is {every}", "give 1 or more")
        self._pairs = pairs
        self._every = every
        self._asked: dict[str, Any] = {
            "label_map": label_map,
            "context": context,
            "modality": modality,
            "knowledge": knowledge,
        }
        self._start(None)

    def attach(self, engine: Any) -> None:
        """Check from now on what this engine gives, epoch by epoch."""
        from ignite.engine import Events

        engine.add_event_handler(Events.EPOCH_STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._look)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._tell)

    def _start(self, engine: Any) -> None:
        for name in () if engine is None else (*_SHARES, _PROBABILITY):
            engine.state.metrics.pop(name, None)  # those of an earlier epoch
        self._seen = 0
        self._verdicts: Counter[str] = Counter()
        self._wrong = 0.0

    def _look(self, engine: Any) -> None:
        for labels, image in self._pairs(engine.state):
            self._seen += 1
            if (self._seen - 1) % self._every:
                continue
            study = check(labels, image=image, **self._asked)
            self._verdicts[str(study.verdict)] += 1
            self._wrong += study.score

    def _tell(self, engine: Any) -> None:
        checked = sum(self._verdicts.values())
        if checked:
            for name in _SHARES:
                engine.state.metrics[name] = self._verdicts[name.removeprefix("anatomy_")] / checked
            engine.state.metrics[_PROBABILITY] = self._wrong / checked
