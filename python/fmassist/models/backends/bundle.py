"""A MONAI bundle at work: its preprocessing, network, inferer and postprocessing on one volume.

The volume is put where the bundle's LoadImaged would have put it; nothing is read from or written to disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled, FMAssistError, InputError
from fmassist.geometry import Geometry
from fmassist.models.backends.bundle_config import Plan, image_key, plan_of
from fmassist.models.backends.bundle_parts import DataParts, Parts, TrustedParts, require_packages
from fmassist.models.backends.bundle_windows import members_of, sliding_of, steps_on_labels
from fmassist.models.backends.place_back import placed_back
from fmassist.models.consent import trusted_copy
from fmassist.models.inference.body import holds_body
from fmassist.models.inference.fast import made_fast, speed_for
from fmassist.models.inference.grid import Sliding, make_grid
from fmassist.models.inference.sliding import OneChannelError, segment_windows
from fmassist.models.inference.stepdown import is_out_of_memory
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress
from fmassist.models.safe_weights import fill, load_state
from fmassist.volume import Volume

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Made:
    """What a bundle gave.

    Args:
        labels: `[i, j, k]`.
        geometry: where they lie.
        doubt: on the same grid, see `fmassist.models.doubt`; None where the bundle gives none.
    """

    labels: Array
    geometry: Geometry
    doubt: Array | None = None


@contextmanager
def opened(folder: Path, device: str) -> Iterator[Bundle]:
    """A bundle, ready to be loaded: what of it is data as it lies there, what is code from a private copy.

    Args:
        folder: of the bundle.
        device: to run on.

    Raises:
        InputError: it is code that nobody said yes to, or can't be read.
    """
    plan = plan_of(folder)
    if plan.why is None:
        yield Bundle(folder, device, plan, DataParts(plan, device))
        return
    with trusted_copy(folder, why=plan.why) as (copy, _):
        plan = plan_of(copy)  # read anew: the copy is what was trusted
        parts: Parts = DataParts(plan, device) if plan.why is None else TrustedParts(plan, copy, device)
        try:
            yield Bundle(copy, device, plan, parts)
        finally:
            parts.close()


class Bundle:
    """A bundle's parts at work.

    Args:
        folder: of the bundle.
        device: to run on.
        plan: what it wants.
        parts: what it is made of.
    """

    def __init__(self, folder: Path, device: str, plan: Plan, parts: Parts) -> None:
        self.folder = folder
        self.device = device
        self.key = image_key(folder)
        self.is_vista = plan.is_vista
        self.part = parts.part
        self._parts = parts
        self.network: Any = None
        self.folds: list[Any] = []
        self.provenance: dict[str, str] = {}

    def weights(self) -> Path:
        """The file of weights: safetensors before anything else, then what the bundle's checkpointloader names.

        Raises:
            InputError: there is none, or it lies outside the bundle.
        """
        root = self.folder.resolve()
        named = self._named_weights()
        candidates = [self.folder / "models" / "model.safetensors", *named, self.folder / "models" / "model.pt"]
        for path in candidates:
            resolved = path.resolve()
            if not resolved.is_relative_to(root):
                raise InputError("the bundle's weights lie outside its folder")
            if resolved.is_file():
                return resolved
        raise InputError("the bundle has no weights", "put models/model.safetensors or models/model.pt into it")

    def load(self, weights: Path) -> None:
        """Builds the network and fills it."""
        network = self.part("network_def")
        if network is None:
            raise InputError("the bundle's inference.json defines no network_def")
        self.network = fill(network, load_state(weights)).to(self.device)

    def add_folds(self, names: Sequence[str]) -> None:
        """Fills further copies of the network, whose answers are averaged with those of the first.

        Args:
            names: of files in the bundle's `models` folder.

        Raises:
            InputError: one lacks or is none of this network's.
        """
        import copy

        for name in names:
            path = (self.folder / "models" / name).resolve()
            if not path.is_relative_to((self.folder / "models").resolve()) or not path.is_file():
                raise InputError("the bundle lacks a fold that its description names", "put it into its models folder")
            self.folds.append(fill(copy.deepcopy(self.network), load_state(path)).to(self.device))

    def prepared(self, volume: Volume) -> dict[str, Any]:
        """The volume after the bundle's own preprocessing."""
        import torch
        from monai.data import MetaTensor

        voxels = torch.from_numpy(np.ascontiguousarray(volume.voxels, dtype=np.float32))
        affine = torch.from_numpy(volume.geometry.index_to_ras_mm.copy())
        meta = {
            "original_channel_dim": float("nan"),  # MONAI's sign of "no channel yet"
            "spatial_shape": np.array(volume.geometry.shape),
            "original_affine": affine.clone(),
            "space": "RAS",
        }
        data: dict[str, Any] = {self.key: MetaTensor(voxels, affine=affine, meta=meta)}
        steps = self.part("preprocessing")
        try:
            if steps is not None:
                data = steps(data)
        except Exception as error:
            require_packages(error)
            raise InputError("the bundle's preprocessing can't be run on this volume") from None
        image = data[self.key]
        if image.ndim == 3:  # its LoadImaged added the channel
            data[self.key] = image[None]
        return data

    def run(
        self,
        data: dict[str, Any],
        volume: Volume,
        tell: Progress,
        cancelled: IsCancelled | None,
        *,
        flips: Sequence[str] = (),
    ) -> Made:
        """Inferer, then postprocessing, then labels and where they lie.

        A bundle that slides windows and takes the highest class runs in bounded memory: its labels are MONAI's on the
        prepared grid, and go back to the volume's voxels as they are, the nearest one each.

        Args:
            data: the prepared volume.
            volume: as it was given.
            tell: told of each step.
            cancelled: asked between windows.
            flips: directions of R, A, S that are turned round, all answers averaged.
        """
        inferer = self.part("inferer")
        if inferer is None:
            from monai.inferers import SimpleInferer

            inferer = SimpleInferer()
        post = self.part("postprocessing")
        steps = steps_on_labels(post)
        sliding = sliding_of(inferer)
        if steps is not None and (sliding is not None or hasattr(inferer, "labels_and_doubt")):
            try:
                found = self._labels(inferer, sliding, data[self.key], volume, tell, cancelled, flips)
                return self.placed(*found, steps, data, volume, tell)
            except OneChannelError:
                pass  # the bundle's own steps make labels of its one channel
        if flips or self.folds:
            raise InputError("flips and folds are averaged for bundles that slide windows only", "leave them out")
        pred = self._whole(inferer, data[self.key][None].to(self.device), tell, cancelled)
        data["pred"] = self._like_image(pred, data)
        tell("placing the labels", 0.0)
        try:
            if post is not None:
                data = post(data)
        except Exception:
            raise InputError("the bundle's postprocessing can't be run on its output") from None
        return Made(*as_labels(data["pred"]))

    def _labels(
        self,
        inferer: Any,
        sliding: Sliding | None,
        image: Any,
        volume: Volume,
        tell: Progress,
        cancelled: IsCancelled | None,
        flips: Sequence[str],
    ) -> tuple[Array, Array | None]:
        """Labels and doubt on the prepared grid."""
        tell("segmenting", 0.0)
        try:
            if sliding is None:
                return self._slabs(inferer, image, tell, cancelled)
            grid = make_grid(image.shape[1:], sliding)
            speed = speed_for(self.device, len(grid))
            networks = [made_fast(network, speed) for network in (self.network, *self.folds)]
            made = segment_windows(
                image[None],
                networks,
                sliding,
                members=members_of(flips, np.asarray(image.affine), len(networks)),
                with_doubt=True,
                device=self.device,
                half=speed.half,
                wanted=holds_body(volume, _grid_of(image)),
                progress=tell,
                cancelled=cancelled,
            )
        except FMAssistError:
            raise
        except Exception as error:
            raise _as_input_error(error) from None
        self.device = made.device
        self.provenance = {"precision": speed.words}
        if made.notes:
            self.provenance["fell_back"] = "; ".join(made.notes)
        return made.labels, made.doubt

    def _slabs(
        self, inferer: Any, image: Any, tell: Progress, cancelled: IsCancelled | None
    ) -> tuple[Array, Array | None]:
        """Labels and doubt of an inferer that gives both; on the CPU where the GPU's memory does not do."""
        try:
            given = image[None].to(self.device)
            labels, doubt = inferer.labels_and_doubt(given, self.network, progress=tell, cancelled=cancelled)
            return np.asarray(labels[0, 0]), np.asarray(doubt[0, 0])
        except Exception as error:
            if self.device == "cpu" or not is_out_of_memory(error):
                raise
        self.device, self.network = "cpu", self.network.to("cpu")
        self.provenance["fell_back"] = "the GPU's memory ran out: on the CPU, which takes far longer"
        tell(self.provenance["fell_back"], 0.0)
        return self._slabs(inferer, image, tell, cancelled)

    def placed(
        self,
        labels: Array,
        doubt: Array | None,
        steps: Sequence[Any],
        data: dict[str, Any],
        volume: Volume,
        tell: Progress,
    ) -> Made:
        """Labels after the bundle's own steps, and doubt, both on the volume's grid."""
        import torch

        tell("placing the labels", 0.0)
        grid = _grid_of(data[self.key])
        if steps:
            kind = labels.dtype
            data["pred"] = self._like_image(torch.from_numpy(labels.astype(np.int32))[None], data)
            try:
                for step in steps:
                    data = step(data)
            except Exception:
                raise InputError("the bundle's postprocessing can't be run on its labels") from None
            labels = as_labels(data["pred"])[0].astype(kind)
        back = placed_back(labels, grid, volume.geometry)
        if back is None:  # an oblique resampling, which only MONAI can undo
            data["pred"] = self._like_image(torch.from_numpy(labels)[None].float(), data)
            return Made(*self.inverted(data))
        return Made(back, volume.geometry, None if doubt is None else placed_back(doubt, grid, volume.geometry))

    def inverted(self, data: dict[str, Any]) -> tuple[Array, Geometry]:
        """Labels under `pred`, on the network's grid, put back on the volume's: the nearest one for each voxel."""
        from monai.transforms import Invertd

        steps = self.part("preprocessing")
        if steps is not None:
            data = Invertd("pred", transform=steps, orig_keys=self.key, nearest_interp=True, to_tensor=True)(data)
        return as_labels(data["pred"])

    def roi(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Windows of the bundle, `patch_size` of its configuration; 128³, what VISTA3D was trained with, otherwise."""
        said = self.part("patch_size")
        sizes = said if isinstance(said, list) and len(said) == 3 else [128] * 3
        return tuple(int(size) for size in sizes[: len(shape)])

    def _whole(self, inferer: Any, image: Any, tell: Progress, cancelled: IsCancelled | None) -> Any:
        tell("segmenting", 0.0)
        network = _Watched(self.network, cancelled)
        try:
            scores = inferer(image, network)
        except FMAssistError:
            raise
        except Exception as error:
            raise _as_input_error(error) from None
        return (scores[0] if isinstance(scores, (tuple, list)) else scores)[0].cpu()

    def _like_image(self, pred: Any, data: dict[str, Any]) -> Any:
        """A tensor (channels, i, j, k) that lies where the prepared image does."""
        from monai.data import MetaTensor

        image = data[self.key]
        tensor = pred.as_tensor() if hasattr(pred, "as_tensor") else pred
        return MetaTensor(tensor, affine=image.affine, meta=image.meta)

    def _named_weights(self) -> list[Path]:
        named = self._parts.load_path()
        if not named or "\0" in named:
            return []
        return [Path(named) if Path(named).is_absolute() else self.folder / named]


class _Watched:
    """A network that stops between windows when the user wants it."""

    def __init__(self, network: Any, cancelled: IsCancelled | None) -> None:
        self._network = network
        self._cancelled = cancelled

    def __call__(self, *given: Any, **named: Any) -> Any:
        require_going(self._cancelled)
        return self._network(*given, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def as_labels(pred: Any) -> tuple[Array, Geometry]:
    """Labels `[i, j, k]` and their grid from a bundle's last tensor (channels, i, j, k).

    Raises:
        InputError: it is no map of labels.
    """
    affine = np.asarray(pred.affine, dtype=np.float64) if hasattr(pred, "affine") else None
    array = pred.detach().cpu().numpy() if hasattr(pred, "detach") else np.asarray(pred)
    if array.ndim == 4 and array.shape[0] > 1:
        if set(np.unique(array[:, ::7, ::7, ::7]).tolist()) <= {0.0, 1.0} and (array.sum(axis=0) > 1).any():
            raise InputError("the bundle gives structures that overlap", "bundles with one label a voxel are supported")
        array = array.argmax(axis=0)
    elif array.ndim == 4:
        array = array[0]
    if array.ndim != 3 or affine is None:
        raise InputError(f"the bundle gave an array of shape {array.shape}", "its output is not used")
    i, j, k = array.shape
    return array, Geometry((i, j, k), affine)


def _grid_of(image: Any) -> Geometry:
    """The grid of a prepared image (channels, i, j, k)."""
    i, j, k = image.shape[1:]
    return Geometry((i, j, k), np.asarray(image.affine, dtype=np.float64))


def _as_input_error(error: Exception) -> InputError:
    if is_out_of_memory(error):
        return InputError("not enough memory for this bundle and volume", "crop the volume")
    return InputError("the bundle's network can't be run on this volume")


def require_going(cancelled: IsCancelled | None) -> None:
    """Raises `Cancelled` where somebody said so."""
    if cancelled is not None and cancelled():
        raise Cancelled("cancelled")
