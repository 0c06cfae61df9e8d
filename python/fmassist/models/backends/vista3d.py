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
from fmassist.volume import Volume

if TYPE_CHECKING:
    from fmassist.models.backends.bundle import Bundle

Array = NDArray[Any]

SUPPORTED = 132
"""Classes that the network was trained with; points may ask for anything else."""
NOT_EVERYTHING = (2, 16, 18, *range(20, 28), *range(128, 133))
"""Left out where nothing is asked for: unions of other classes, and lesions (`everything_labels` of the bundle's
inference.json, model-zoo 0.5.x)."""
SPECIAL = (23, 24, 25, 26, 27, 57, 128)
"""Classes whose points carry labels 2 and 3 instead of 0 and 1 (`VISTA3D.convert_point_label`)."""
OVERLAP = 0.3


def segment_vista(
    bundle: Bundle,
    data: dict[str, Any],
    volume: Volume,
    prompts: Sequence[Prompt],
    names: dict[int, str],
    tell: Progress,
    cancelled: IsCancelled | None,
) -> tuple[Array, Geometry, dict[int, str]]:
    """Labels, where they lie, and the names of those that were asked for.

    Args:
        bundle: loaded.
        data: the prepared volume.
        volume: as it was given.
        prompts: by name, by points, or none for every class.
        names: of the classes.
        tell: told of each step.
        cancelled: asked before each step.

    Raises:
        InputError: a name is none of the model's classes.
        Cancelled: `cancelled` said so.
    """
    import torch

    prepared = data[bundle.key]
    asked = _Asked(prompts, names, prepared.affine)
    labels = np.zeros(prepared.shape[1:], np.int32)
    steps = bool(asked.classes) + len(asked.points)
    if asked.classes:
        tell_part: Progress = lambda what, share: tell(what, share / steps)  # noqa: E731
        labels = _by_class(bundle, prepared, volume, asked.classes, tell_part, cancelled)
    image = prepared[None].to(bundle.device)
    for done, (value, points) in enumerate(asked.points.items(), start=bool(asked.classes)):
        _require_going(cancelled)
        tell("segmenting", done / steps)
        # sigmoid's one half is a logit of 0. Whoever points at a structure says more than its name does.
        labels[torch.greater(_by_points(bundle, image, value, *points), 0).numpy()] = value
    tell("segmenting", 1.0)
    made = bundle.placed(labels, None, [], data, volume, tell)
    return made.labels, made.geometry, asked.names


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


def _by_class(
    bundle: Bundle,
    image: Any,
    volume: Volume,
    values: Sequence[int],
    tell: Progress,
    cancelled: IsCancelled | None,
) -> Array:
    """Labels `[i, j, k]` of all classes in one pass: the highest of those above one half, 0 where none is."""
    from fmassist.models.inference.body import holds_body
    from fmassist.models.inference.grid import Sliding
    from fmassist.models.inference.sliding import segment_windows

    sliding = Sliding(bundle.roi(image.shape[1:]), (OVERLAP,) * 3, mode="gaussian")
    i, j, k = image.shape[1:]
    grid = Geometry((i, j, k), np.asarray(image.affine, dtype=np.float64))
    made = segment_windows(
        image[None],
        _ByClass(bundle.network, values),
        sliding,
        device=bundle.device,
        half=bundle.device == "cuda",
        wanted=holds_body(volume, grid),
        progress=tell,
        cancelled=cancelled,
    )
    bundle.device = made.device
    if made.notes:
        bundle.provenance["fell_back"] = "; ".join(made.notes)
    return np.array([0, *values], np.int32)[made.labels]


class _ByClass:
    """The network with its class head, as one of many channels: the first one stands for none of the classes."""

    def __init__(self, network: Any, values: Sequence[int]) -> None:
        self._network, self._values = network, list(values)

    def __call__(self, windows: Any) -> Any:
        import torch

        vector = torch.tensor(self._values, device=windows.device)
        scores = self._network(windows, class_vector=vector, transpose=True)
        return torch.cat([torch.zeros_like(scores[:, :1]), scores], dim=1)

    def to(self, device: str) -> _ByClass:
        return _ByClass(self._network.to(device), self._values)


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


def _require_going(cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("cancelled")
