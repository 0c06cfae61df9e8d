"""Sliding windows against MONAI's: the same labels, the time, and how the memory grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fmassist.bench.figures import Figure, Plot, against, not_measured
from fmassist.bench.models_alone import CLASSES, Run, run_alone

Progress = Callable[[str, float], None]

REPEATS = 3
WINDOW = (64, 64, 64)
CASES = {"SegResNet": (112, 96, 80), "SwinUNETR": (64, 96, 80)}
"""Volumes on which the networks are run, small enough for a minute on two cores."""
GOAL = (512, 512, 600)
SMALL = ((96, 96, 96), (168, 96, 168), (168, 168, 168), (240, 168, 168))
"""Volumes on which MONAI's memory is measured: 0.9 to 6.8 million voxels."""
DEEP = ((168, 168, 168), (456, 168, 168))
"""Volumes of one cross-section, on which ours is."""
AT_MOST_GB = 6.0


def same_labels_and_time(tell: Progress) -> list[Figure]:
    """Voxels that differ from MONAI's, and the time, for each network; both in turns, the best time of each counts."""
    figures = []
    for number, (name, shape) in enumerate(CASES.items()):
        tell(f"{name}, MONAI's way and ours", number / len(CASES))
        ours, theirs, differ = _compared(name, shape)
        note = f"{'×'.join(map(str, shape))}, {CLASSES} classes, windows of 64³, Gaussian, float32, random weights"
        figures += [
            Figure(
                f"{name}: voxels whose label differs from MONAI's",
                float(differ),
                f"of {np.prod(shape)}",
                goal="none",
                met=differ == 0,
                note=note,
            ),
            replace(
                against(f"{name}: time", ours, "s", "MONAI and arg-max", theirs, at_most=1.05),
                note=f"the best of {REPEATS} each, in turns",
            ),
        ]
    return figures


def on_gpu(tell: Progress) -> list[Figure]:
    """Time and memory of SegResNet on a GPU in float32, against MONAI's with all of its sums there too."""
    import torch

    if not torch.cuda.is_available():
        return [not_measured("time and memory on a GPU", "s", None, "there is no GPU on this machine")]
    from monai.inferers import sliding_window_inference

    from fmassist.models.inference.grid import Sliding
    from fmassist.models.inference.sliding import segment_windows

    tell("SegResNet on the GPU", 0.0)
    shape = (192, 192, 192)
    network = _network("SegResNet").to("cuda")
    image = torch.randn(1, 1, *shape, generator=torch.Generator().manual_seed(0)).to("cuda")

    def theirs() -> Any:
        with torch.inference_mode():
            scores = sliding_window_inference(image, WINDOW, 1, network, overlap=0.25, mode="gaussian")
            return scores.argmax(dim=1)[0].cpu().numpy()

    def ours() -> Any:
        return segment_windows(image, network, Sliding(WINDOW, mode="gaussian"), device="cuda").labels

    found = {}
    for way in (ours, theirs):
        way()  # the first run chooses kernels
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        start = time.perf_counter()
        way()
        torch.cuda.synchronize()
        found[way] = time.perf_counter() - start, torch.cuda.max_memory_allocated() / 1e9
    said = f"SegResNet on {torch.cuda.get_device_name()}"
    return [
        against(f"{said}: time", found[ours][0], "s", "MONAI and arg-max", found[theirs][0], at_most=1.05),
        against(
            f"{said}: peak of its memory", found[ours][1], "GB", "MONAI and arg-max", found[theirs][1], at_most=1.0
        ),
    ]


def memory(tell: Progress, *, whole: bool) -> tuple[list[Figure], list[Plot], dict[str, Any]]:
    """How memory grows, and what 512×512×600 takes.

    Args:
        tell: told of each volume.
        whole: whether to segment a volume of 512×512×600, which takes a quarter of an hour on two cores.
    """
    runs: dict[str, list[Run]] = {"monai": [], "ours": []}
    plan = [("monai", shape) for shape in SMALL] + [("ours", shape) for shape in DEEP]
    for number, (way, shape) in enumerate(plan):
        tell("memory", number / len(plan))
        runs[way].append(run_alone(way, shape))
    slope, base = law(runs["monai"])
    voxels = float(np.prod(GOAL))
    theirs = base + slope * voxels
    thin, deep = runs["ours"]
    per_voxel = (deep.peak_gb - thin.peak_gb) * 1e9 / (np.prod(deep.shape) - np.prod(thin.shape))
    size = "×".join(map(str, GOAL))
    name = f"peak of memory at {size} with {CLASSES} classes"
    said = (
        f"MONAI: {base:.2f} GB + {slope * 1e9:.0f} bytes a voxel (measured at {len(SMALL)} volumes up to 6.8 million)"
    )
    goal = f"at most {AT_MOST_GB:g} GB"
    if whole:
        tell(f"a bundle on {size}", 0.0)
        ours = run_alone("bundle", GOAL)
        peak, how = ours.peak_gb, f"measured: a whole bundle on a CT, libraries included, {ours.seconds:.0f} s"
        figure = Figure(name, peak, "GB", "MONAI's, extrapolated", theirs, peak / theirs, goal, peak <= AT_MOST_GB)
        figure = replace(figure, note=f"{how}. {said}")
    else:
        figure = not_measured(name, "GB", goal, f"takes a quarter of an hour: give --data. {said}")
    slab = Figure(
        "memory for each voxel more in depth",
        per_voxel,
        "bytes",
        "MONAI's",
        slope * 1e9,
        per_voxel / (slope * 1e9),
        note=f"at {thin.shape[1]}×{thin.shape[2]} across, {thin.shape[0]} and {deep.shape[0]} deep: image and labels",
    )
    plot = Plot(
        "models_memory",
        "Peak of memory",
        "million voxels",
        "GB",
        {
            way: ([float(np.prod(run.shape)) / 1e6 for run in found], [run.peak_gb for run in found])
            for way, found in runs.items()
        },
        kind="points",
    )
    return [figure, slab], [plot], {way: [vars(run) for run in found] for way, found in runs.items()}


def law(runs: Sequence[Run]) -> tuple[float, float]:
    """GB for each voxel, and GB without any: the line through the measured peaks (least squares)."""
    slope, base = np.polyfit([float(np.prod(run.shape)) for run in runs], [run.peak_gb for run in runs], 1)
    return float(slope), float(base)


def _compared(name: str, shape: tuple[int, int, int]) -> tuple[float, float, int]:
    """Our best time, MONAI's, and how many voxels differ."""
    import torch
    from monai.inferers import sliding_window_inference

    from fmassist.models.inference.grid import Sliding
    from fmassist.models.inference.sliding import segment_windows

    network = _network(name)
    image = torch.randn(1, 1, *shape, generator=torch.Generator().manual_seed(0))

    def theirs() -> Any:
        with torch.inference_mode():
            scores = sliding_window_inference(image, WINDOW, 1, network, overlap=0.25, mode="gaussian")
            return scores.argmax(dim=1)[0].numpy()

    def ours() -> Any:
        return segment_windows(image, network, Sliding(WINDOW, mode="gaussian")).labels

    times: dict[Callable[[], Any], list[float]] = {ours: [], theirs: []}
    labels: dict[Callable[[], Any], Any] = {}
    for _ in range(REPEATS):
        for way, spent in times.items():
            start = time.perf_counter()
            labels[way] = way()
            spent.append(time.perf_counter() - start)
    return min(times[ours]), min(times[theirs]), int((labels[ours] != labels[theirs]).sum())


def _network(name: str) -> Any:
    import torch
    from monai.networks import nets

    torch.manual_seed(0)
    if name == "SegResNet":
        return nets.SegResNet(spatial_dims=3, init_filters=8, out_channels=CLASSES).eval()
    return nets.SwinUNETR(in_channels=1, out_channels=CLASSES, feature_size=12).eval()
