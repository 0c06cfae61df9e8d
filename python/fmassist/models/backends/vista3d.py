"""VISTA3D's class and point prompts (He et al. 2025, arXiv 2406.05285) with MONAI's own network and inferers.

The bundle's scripts do the same around an engine of their own; they stay unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled, InputError
from fmassist.geometry import Geometry
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress
from fmassist.models.prompts import Prompt

if TYPE_CHECKING:
    from fmassist.models.backends.monai_bundle import Bundle

Array = NDArray[Any]

SUPPORTED = 132
"""Classes that the network was trained with; points may ask for anything else."""
NOT_EVERYTHING = (2, 16, 18, *range(20, 28), *range(128, 133))
"""Left out where nothing is asked for: unions of other classes, and lesions (`everything_labels` of the bundle's
inference.json, model-zoo 0.5.x)."""
SPECIAL = (23, 24, 25, 26, 27, 57, 128)
"""Classes whose points carry labels 2 and 3 instead of 0 and 1 (`VISTA3D.convert_point_label`)."""
SCORES_BYTES = 2 * 10**9
"""For the scores that are held at once; more classes than fit are asked for in turn."""
OVERLAP = 0.3


def segment_vista(
    bundle: Bundle,
    data: dict[str, Any],
    prompts: Sequence[Prompt],
    names: dict[int, str],
    tell: Progress,
    cancelled: IsCancelled | None,
) -> tuple[Array, Geometry, dict[int, str]]:
    """Labels, where they lie, and the names of those that were asked for.

    Args:
        bundle: loaded.
        data: the prepared volume.
        prompts: by name, by points, or none for every class.
        names: of the classes.
        tell: told of each step.
        cancelled: asked before each step.

    Raises:
        InputError: a name is none of the model's classes.
        Cancelled: `cancelled` said so.
    """
    import torch
    from monai.data import MetaTensor

    image = data[bundle.key][None].to(bundle.device)
    asked = _Asked(prompts, names, image.affine if hasattr(image, "affine") else data[bundle.key].affine)
    best = torch.zeros(image.shape[2:])  # sigmoid's one half is a logit of 0: below it, a voxel belongs to nothing
    labels = torch.zeros(image.shape[2:], dtype=torch.int32)
    at_once = max(1, int(SCORES_BYTES / (8 * best.numel())))
    batches = [asked.classes[n : n + at_once] for n in range(0, len(asked.classes), at_once)]
    steps = len(batches) + len(asked.points)
    for done, batch in enumerate(batches):
        _require_going(cancelled)
        tell("segmenting", done / steps)
        for value, scores in zip(batch, _by_class(bundle, image, batch), strict=True):
            _keep(best, labels, scores, value)
    for done, (value, points) in enumerate(asked.points.items(), start=len(batches)):
        _require_going(cancelled)
        tell("segmenting", done / steps)
        _keep(best, labels, _by_points(bundle, image, value, *points), value)
    tell("segmenting", 1.0)
    data["pred"] = MetaTensor(labels[None].float(), affine=data[bundle.key].affine, meta=data[bundle.key].meta)
    array, geometry = bundle.inverted(data)
    return array, geometry, asked.names


class _Asked:
    """What is asked for, as the network's own numbers."""

    def __init__(self, prompts: Sequence[Prompt], names: dict[int, str], affine: Any) -> None:
        values = {name.lower().replace("_", " "): value for value, name in names.items()}
        self.classes: list[int] = []
        self.points: dict[int, tuple[Array, Array]] = {}
        self.names: dict[int, str] = {}
        to_index = np.linalg.inv(np.asarray(affine, dtype=np.float64))
        new = SUPPORTED
        for prompt in prompts:
            value = values.get(prompt.structure.lower().replace("_", " "))
            if value is None and not prompt.points_ras_mm:
                raise InputError(
                    f"VISTA3D has no class {prompt.structure!r}", "ask for it by points, or see its labels"
                )
            if value is None:
                new += 1
                value = new
            self.names[value] = prompt.structure
            if prompt.points_ras_mm:
                self.points[value] = _placed(prompt, value, to_index)
            else:
                self.classes.append(value)
        if not prompts:
            self.classes = [value for value in sorted(names) if value <= SUPPORTED and value not in NOT_EVERYTHING]
            self.names = dict(names)


def _placed(prompt: Prompt, value: int, to_index: Array) -> tuple[Array, Array]:
    places = [*prompt.points_ras_mm, *prompt.outside_ras_mm]
    index = np.array([to_index @ (*place, 1.0) for place in places])[:, :3]
    inside, outside = (3, 2) if value in SPECIAL else (1, 0)
    kinds = [inside] * len(prompt.points_ras_mm) + [outside] * len(prompt.outside_ras_mm)
    return np.rint(index), np.array(kinds)


def _by_class(bundle: Bundle, image: Any, values: Sequence[int]) -> Any:
    """Logits (classes, i, j, k)."""
    import torch
    from monai.inferers import sliding_window_inference

    vector = torch.tensor(values, device=image.device)
    return sliding_window_inference(
        image,
        bundle.roi(image.shape[2:]),
        1,
        bundle.network,
        overlap=OVERLAP,
        mode="gaussian",
        device="cpu",
        class_vector=vector,
        transpose=True,
    )[0].as_tensor()


def _by_points(bundle: Bundle, image: Any, value: int, places: Array, kinds: Array) -> Any:
    """Logits (i, j, k); −∞ where no window around a point reaches."""
    import torch
    from monai.apps.vista3d.inferer import point_based_window_inferer

    known = torch.tensor([value], device=image.device) if value <= SUPPORTED else None
    scores = point_based_window_inferer(
        image,
        bundle.roi(image.shape[2:]),
        bundle.network,
        point_coords=torch.tensor(places[None], dtype=torch.float32, device=image.device),
        point_labels=torch.tensor(kinds[None], device=image.device),
        prompt_class=known,
        transpose=True,
    )
    return torch.nan_to_num(scores[0, 0].as_tensor(), nan=float("-inf"))


def _keep(best: Any, labels: Any, scores: Any, value: int) -> None:
    better = scores > best
    best[better] = scores[better].to(best.dtype)
    labels[better] = value


def _require_going(cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("cancelled")
