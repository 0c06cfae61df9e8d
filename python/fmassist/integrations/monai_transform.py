"""A transform of MONAI that checks a segmentation against anatomy, for the end of a chain of post-processing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monai.config import KeysCollection
from monai.transforms import MapTransform

from fmassist.application.interface import Context, check

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap


class CheckAnatomyd(MapTransform):  # type: ignore[misc]
    """Checks label maps `[1, i, j, k]` of a dictionary, and puts the verdict beside them.

    For each key `pred` it adds what MONAI can put into batches: `pred_verdict` (`"plausible"`, `"review"` or
    `"implausible"`), `pred_wrong_probability` (that something in the study is wrong, 0–1) and `pred_findings` (their
    texts, worst first, a line each). The labels stay as they are.

    Args:
        keys: of the label maps: MetaTensors after `AsDiscreted(argmax=True)`, back on the grid of the patient
            (`Invertd`) if they were resampled.
        image_key: of the image that they belong to, `[1, i, j, k]` with its own intensities (Hounsfield units of a CT,
            not scaled ones); None to check the labels alone.
        label_map: what the labels mean: a name, an SSSOM file, nnU-Net's `dataset.json`, …; None for what fits best.
        context: what is known of the patients, the same for all.
        modality: `"CT"` or `"MR"`, where the image's intensities do not say it.
        knowledge: folder of own rules on top of the shipped ones.
        keep_study: put the whole study (`fmassist.CheckedStudy`) under `pred_study` too. MONAI cannot batch it.
        allow_missing_keys: as in every transform of MONAI.

    Raises:
        InputError: of a call: labels and image do not fit together, or several channels are given.

    Example:
        >>> from fmassist.integrations import CheckAnatomyd
        >>> post = CheckAnatomyd("pred", label_map="totalsegmentator:total")
        >>> post({"pred": meta_tensor})["pred_verdict"]  # doctest: +SKIP
    """

    def __init__(
        self,
        keys: KeysCollection,
        *,
        image_key: str | None = None,
        label_map: str | LabelMap | None = None,
        context: Context = None,
        modality: str | None = None,
        knowledge: Path | str | None = None,
        keep_study: bool = False,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self._image_key = image_key
        self._asked: dict[str, Any] = {
            "label_map": label_map,
            "context": context,
            "modality": modality,
            "knowledge": knowledge,
        }
        self._keep_study = keep_study

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """The same dictionary with the verdicts beside the labels."""
        found = dict(data)
        image = None if self._image_key is None else found[self._image_key]
        for key in self.key_iterator(found):
            study = check(found[key], image=image, **self._asked)
            found[f"{key}_verdict"] = str(study.verdict)
            found[f"{key}_wrong_probability"] = float(study.score)
            found[f"{key}_findings"] = "\n".join(f.message for f in study.findings if f.severity != "info")
            if self._keep_study:
                found[f"{key}_study"] = study
        return found
