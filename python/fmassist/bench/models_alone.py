"""Segmenting in a process of its own, so that its peak of memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fmassist.isolated import spawning

CLASSES = 118
WINDOW = (96, 96, 96)
OVERLAP = 0.25


@dataclass(frozen=True)
class Run:
    """One way on one volume.

    Args:
        shape: of the volume.
        peak_gb: of the process, libraries and volume included.
        before_gb: of the process when libraries and volume were there.
        seconds: of segmenting.
    """

    shape: tuple[int, int, int]
    peak_gb: float
    before_gb: float
    seconds: float


def run_alone(way: str, shape: tuple[int, int, int]) -> Run:
    """Segments a volume of noise of this shape by a key of `WAYS`, in a new process."""
    program = f"import sys; from {__name__} import alone; alone(sys.argv[1], sys.argv[2])"
    asked = [sys.executable, "-c", program, way, json.dumps(shape)]
    with spawning():
        done = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603
    said = json.loads(done.stdout.splitlines()[-1])
    return Run(tuple(said["shape"]), said["peak_gb"], said["before_gb"], said["seconds"])


def alone(way: str, shape: str) -> None:
    """In the process of its own: prints a `Run` as JSON."""
    from fmassist.bench.memory import peak_gb

    i, j, k = json.loads(shape)
    ready = WAYS[way]((i, j, k))
    before = peak_gb()
    start = time.perf_counter()
    ready()
    seconds = time.perf_counter() - start
    print(json.dumps(asdict(Run((i, j, k), peak_gb(), before, seconds))))  # noqa: T201 - it is the answer


def network() -> Any:
    """One convolution to 118 classes: next to no memory of its own, so that what is left is the inference's."""
    import torch

    torch.manual_seed(0)
    return torch.nn.Conv3d(1, CLASSES, 3, padding=1).eval()


def _monai(shape: tuple[int, int, int]) -> Callable[[], Any]:
    import torch
    from monai.inferers import sliding_window_inference

    net, image = network(), torch.rand(1, 1, *shape)

    def run() -> Any:
        with torch.inference_mode():
            return sliding_window_inference(image, WINDOW, 1, net, overlap=OVERLAP).argmax(dim=1)

    return run


def _ours(shape: tuple[int, int, int]) -> Callable[[], Any]:
    import torch

    from fmassist.models.inference.grid import Sliding
    from fmassist.models.inference.sliding import segment_windows

    net, image = network(), torch.rand(1, 1, *shape)
    return lambda: segment_windows(image, net, Sliding(WINDOW, (OVERLAP,) * 3))


def _bundle(shape: tuple[int, int, int]) -> Callable[[], Any]:
    """The whole way of `fmassist run`: a CT as it is stored, a bundle's own transforms, labels that were checked."""
    from fmassist.geometry import Geometry
    from fmassist.models.registry import find_model
    from fmassist.volume import Volume

    rng = np.random.default_rng(0)
    voxels = np.empty(shape, np.int16)
    for i in range(shape[0]):
        voxels[i] = rng.integers(-1000, 1000, shape[1:], dtype=np.int16)
    volume = Volume(voxels, Geometry(shape, np.diag([-0.8, -0.8, 1.0, 1.0])), modality="CT")
    home = tempfile.TemporaryDirectory(prefix="fmassist-")
    model = find_model(str(make_bundle(Path(home.name))))

    def run() -> Any:
        with home:
            return model.segment(volume)

    return run


def make_bundle(folder: Path) -> Path:
    """A bundle of the form of MONAI's `wholeBody_ct_segmentation`, with one convolution for a network."""
    import torch

    key = {"keys": "image"}
    convolution = {"in_channels": 1, "out_channels": CLASSES, "kernel_size": 3, "padding": 1}
    inference = {
        "network_def": {"_target_": "torch.nn.Conv3d", **convolution},
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", **key},
                {"_target_": "EnsureChannelFirstd", **key},
                {"_target_": "Orientationd", **key, "axcodes": "RAS"},
                {"_target_": "ScaleIntensityRanged", **key, "a_min": -1000, "a_max": 1000, "b_min": 0, "b_max": 1},
            ],
        },
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": list(WINDOW), "overlap": OVERLAP},
        "postprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "Activationsd", "keys": "pred", "softmax": True},
                {"_target_": "Invertd", "keys": "pred", "transform": "@preprocessing", "orig_keys": "image"},
                {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
                {"_target_": "SaveImaged", "keys": "pred"},
            ],
        },
    }
    channels = {str(n): "background" if n == 0 else f"structure {n}" for n in range(CLASSES)}
    data_format = {"inputs": {"image": {"modality": "CT"}}, "outputs": {"pred": {"channel_def": channels}}}
    metadata = {
        "version": "1",
        "name": "noise",
        "task": "nothing",
        "license": "Apache-2.0",
        "network_data_format": data_format,
    }
    for name in ("configs", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "configs" / "inference.json").write_text(json.dumps(inference), "utf-8")
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    torch.save(network().state_dict(), folder / "models" / "model.pt")
    return folder


WAYS: dict[str, Callable[[tuple[int, int, int]], Callable[[], Any]]] = {
    "monai": _monai,
    "ours": _ours,
    "bundle": _bundle,
}
