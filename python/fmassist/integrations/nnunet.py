"""What nnU-Net predicted, checked: a folder of label maps beside the `dataset.json` that names their values.

nnU-Net writes `CASE.nii.gz` into its output folder and copies `dataset.json` there; images are `CASE_0000.nii.gz`, one
file a channel (nnU-Net, documentation/dataset_format.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.application.interface import Context, check
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy

DATASET = "dataset.json"
FIRST_CHANNEL = "_0000"


def check_nnunet(
    predictions: Path | str,
    *,
    images: Path | str | None = None,
    out: Path | str | None = None,
    label_map: str | Path | None = None,
    context: Context = None,
    modality: str | None = None,
    knowledge: Path | str | None = None,
) -> Iterator[tuple[str, CheckedStudy]]:
    """Check every prediction in an output folder of nnU-Net, one after the other.

    Args:
        predictions: the output folder of `nnUNetv2_predict`, with `dataset.json` in it.
        images: the input folder, for checks that need the image; the first channel is looked at.
        out: where each study's results are written, in a folder of its own; None to write nothing.
        label_map: what the labels mean, where `dataset.json` is not to say it.
        context: what is known of the patients, the same for all.
        modality: `"CT"` or `"MR"`, where the images' intensities do not say it.
        knowledge: folder of own rules on top of the shipped ones.

    Yields:
        nnU-Net's name of the case, and the checked study.

    Raises:
        InputError: the folder holds no `dataset.json` or no prediction, or a file cannot be read.

    Example:
        >>> from fmassist.integrations import check_nnunet
        >>> for case, study in check_nnunet("predictions", images="imagesTs", out="checked"):  # doctest: +SKIP
        ...     print(case, study.verdict)
    """
    folder = Path(predictions)
    ending = _ending(folder)
    files = sorted(path for path in folder.iterdir() if path.name.endswith(ending) and path.is_file())
    if not files:
        raise InputError("the folder holds no prediction", "give the output folder of nnUNetv2_predict")
    return _checked(
        files,
        ending,
        Path(images) if images is not None else None,
        Path(out) if out is not None else None,
        {
            "label_map": str(label_map or folder / DATASET),
            "context": context,
            "modality": modality,
            "knowledge": knowledge,
        },
    )


def _checked(
    files: list[Path], ending: str, images: Path | None, out: Path | None, asked: dict[str, object]
) -> Iterator[tuple[str, CheckedStudy]]:
    for path in files:
        case = path.name.removesuffix(ending)
        image = None if images is None else images / f"{case}{FIRST_CHANNEL}{ending}"
        study = check(path, image=image, **asked)  # type: ignore[arg-type]
        if out is not None:
            study.write(out / case)
        yield case, study


def _ending(folder: Path) -> str:
    """How the dataset's files end, as its `dataset.json` says."""
    try:
        said = json.loads((folder / DATASET).read_text(encoding="utf-8"))
        ending = said["file_ending"]
    except OSError:
        raise InputError("the folder holds no dataset.json", "give the output folder of nnUNetv2_predict") from None
    except (ValueError, KeyError, TypeError):
        raise InputError("dataset.json does not say file_ending", "give a dataset.json of nnU-Net version 2") from None
    if not isinstance(ending, str) or not ending.startswith("."):
        raise InputError("dataset.json does not say file_ending", "give a dataset.json of nnU-Net version 2")
    return ending
