"""The public interface, `fmassist.check` and its companions: flat functions over the use cases.

Every name here is part of `fmassist.__all__`. What a release deprecates warns through at least one minor version
before it goes (see docs/python.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.types import Options, Progress, silent
from fmassist.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fmassist.application.checked import CheckedStudy
    from fmassist.application.compare import ComparedStudies
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.models.prompts import Prompt

Context = Path | str | Mapping[str, object] | None
"""What is known of the patient: a JSON file, or its entries such as `{"age": 54, "sex": "female"}`."""


def check(
    labels: Any,
    *,
    image: Any = None,
    label_map: str | LabelMap | None = None,
    context: Context = None,
    modality: str | None = None,
    affine: ArrayLike | None = None,
    knowledge: Path | str | Knowledge | None = None,
    progress: Progress = silent,
) -> CheckedStudy:
    """Check a segmentation against anatomy. No model is loaded. May be called from several threads.

    Args:
        labels: a label map, `.seg.nrrd` or DICOM SEG by its path; or a SimpleITK or nibabel image, a MONAI
            MetaTensor, a TorchIO label map, a vtkSegmentation, a vtkOrientedImageData, or an array `[i, j, k]`
            beside `affine`.
        image: the volume that the labels belong to, in any of these forms; None where there is none.
        label_map: what the labels mean: a name (`totalsegmentator:total`, …) or an SSSOM file.
        context: what is known of the patient.
        modality: `"CT"` or `"MR"`, where the image does not say it itself.
        affine: of plain arrays: 4×4, index (i, j, k) to RAS millimetres.
        knowledge: folder of own rules on top of the shipped ones.
        progress: called with a stage and the share done.

    Returns:
        The study with its verdict.

    Raises:
        InputError: something given cannot be read, or does not fit together; the line says what to do.

    Example:
        >>> import fmassist as fma
        >>> study = fma.check("seg.nii.gz", image="ct.nii.gz")  # doctest: +SKIP
        >>> study.verdict, study.findings, study.scores  # doctest: +SKIP
    """
    from fmassist.application.check import check as check_inputs
    from fmassist.application.read import read_inputs

    options = _options(knowledge, progress)
    inputs = read_inputs(labels, image, options, label_map=label_map, context=context, modality=modality, affine=affine)
    return check_inputs(inputs, options)


def recheck(
    evidence: Path | str | CheckedStudy,
    *,
    label_map: str | None = None,
    context: Context = None,
    knowledge: Path | str | Knowledge | None = None,
) -> CheckedStudy:
    """Judge again what was measured before, without the images: under other knowledge, or with more known.

    Args:
        evidence: an `evidence.json`, the folder it lies in, or a checked study.
        label_map: what the labels mean; None for what they meant then.
        context: what is known of the patient; None for what was known then.
        knowledge: folder of own rules on top of the shipped ones.

    Raises:
        InputError: the file is no evidence, or is damaged.
    """
    from fmassist.application.checked import CheckedStudy
    from fmassist.application.recheck import recheck as recheck_file
    from fmassist.application.recheck import recheck_study

    options = _options(knowledge, silent)
    if isinstance(evidence, CheckedStudy):
        return recheck_study(evidence, options, label_map=label_map, context=context)
    path = Path(evidence)
    path = path / "evidence.json" if path.is_dir() else path
    return recheck_file(path, options, label_map=label_map, context=context)


def apply(study: CheckedStudy, ids: str | Sequence[str]) -> CheckedStudy:
    """Carry out repairs that the check proposed on a copy of the segmentation, and check the copy.

    Args:
        study: as `check` gave it; it stays as it is.
        ids: of findings that have a repair, or `"all"`.

    Raises:
        InputError: an id has no repair, or the repair would bring a new finding.
    """
    from fmassist.application.apply import apply as carry_out

    return carry_out(study, [ids] if isinstance(ids, str) else list(ids), _options(study.knowledge, silent))


def segment(
    image: Any,
    *,
    model: str = "litemedsam",
    boxes: Mapping[str, Any] | None = None,
    prompts: Sequence[Prompt] | Path | str | None = None,
    structures: Sequence[str] = (),
    label_map: str | None = None,
    context: Context = None,
    modality: str | None = None,
    affine: ArrayLike | None = None,
    knowledge: Path | str | Knowledge | None = None,
    device: str | None = None,
    progress: Progress = silent,
) -> CheckedStudy:
    """Let a foundation model segment a volume, and check what it made.

    Args:
        image: the volume; forms as in `check`.
        model: its name or path (see `fmassist models`).
        boxes: structure name to its box, (lowest corner, highest corner) in RAS millimetres, or to several of them.
        prompts: in place of boxes: prompts, a file of them, or `"auto"` (found in a CT; what fails is asked anew).
        structures: names, for a model that is asked by name.
        label_map: what its labels mean; None for what its card says.
        context: what is known of the patient.
        modality: `"CT"` or `"MR"`, where the image does not say it itself.
        affine: of a plain array: 4×4, index (i, j, k) to RAS millimetres.
        knowledge: folder of own rules on top of the shipped ones.
        device: `"cpu"`, `"cuda"`, or None for the best there is.
        progress: called with a stage and the share done.

    Raises:
        InputError: the model cannot run here, was not agreed to, or was not asked as it must be.
    """
    from fmassist.application.read import read_image
    from fmassist.application.segment_request import Request, segment_as_asked

    if boxes is not None and prompts is not None:
        raise InputError("both boxes and prompts are given", "give one of them")
    request = Request(model, boxes if boxes is not None else prompts, tuple(structures), label_map, context, device)
    volume = read_image(image, modality=modality, affine=affine)
    return segment_as_asked(volume, request, _options(knowledge, progress))


def compare(
    labels: Sequence[Any],
    *,
    image: Any = None,
    label_maps: Sequence[str | LabelMap] | str | None = None,
    context: Context = None,
    modality: str | None = None,
    affine: ArrayLike | None = None,
    knowledge: Path | str | Knowledge | None = None,
    progress: Progress = silent,
) -> ComparedStudies:
    """Check several segmentations of one image, and hold them against each other by their meaning.

    Args:
        labels: two or more, in the forms that `check` takes.
        image: the volume that they belong to.
        label_maps: one for all, or one for each.
        context: what is known of the patient.
        modality: `"CT"` or `"MR"`, where the image does not say it itself.
        affine: of plain arrays: 4×4, index (i, j, k) to RAS millimetres.
        knowledge: folder of own rules on top of the shipped ones.
        progress: called with a stage and the share done.

    Raises:
        InputError: they do not lie on one grid, or cannot be read.
    """
    from fmassist.application.compare import compare as hold_against
    from fmassist.application.read import read_image, read_inputs

    options = _options(knowledge, progress)
    maps = list(label_maps) if isinstance(label_maps, Sequence) and not isinstance(label_maps, str) else [label_maps]
    maps = maps * len(labels) if len(maps) == 1 else maps
    if len(maps) != len(labels):
        raise InputError("there is neither one label map nor one for each segmentation", "give one for each, in order")
    volume = None if image is None else read_image(image, modality=modality, affine=affine)
    inputs = [
        read_inputs(one, volume, options, label_map=map_, context=context, affine=affine)
        for one, map_ in zip(labels, maps, strict=True)
    ]
    return hold_against(inputs, options)


def _options(knowledge: Path | str | Knowledge | None, progress: Progress) -> Options:
    from fmassist.knowledge.load import load_knowledge

    if knowledge is None or isinstance(knowledge, str | Path):
        return Options(load_knowledge(None if knowledge is None else Path(knowledge)), progress)
    return Options(knowledge, progress)
