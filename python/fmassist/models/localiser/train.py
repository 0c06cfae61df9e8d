"""Makes the localiser's weights: `python -m fmassist.models.localiser.train --data FOLDER --out FILE --state FILE`.

Learns from `ct_abdomen`, `mr_abdomen` and synthetic torsos; `ct_upper_abdomen` and `ct_thorax` are never opened, for
they judge it. Runs on a CPU; may be stopped and goes on from its last state (`--state`). The same seed gives the
same samples; torch's own sums may differ in their last bits from machine to machine.

A step takes 0.6 s of one core (set `OMP_NUM_THREADS=1`: with more threads than free cores it takes five times that).
The weights that are shipped were made in goes between which `--steps`, and with it the rate, changed: 700 up to step
159, 600 up to about 505, 1500 up to about 643, and 1000 up to 986, about ten minutes of one core in all.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from fmassist.models.localiser.network import build, to_channels
from fmassist.models.localiser.samples import IGNORE, Source, draw, source
from fmassist.phantom import torso
from fmassist.phantom.labels import LABELS, NAMES

CLASSES = 118
BATCH = 8
TORSOS = 10
VARIANTS: tuple[set[str], ...] = (
    *(set() for _ in range(6)),
    {"short_rib_12"},
    {"kidney_left_absent"},
    set(),
    {"gallbladder_absent"},
)
"""Of each torso; the others have none."""
SHARES = {"ct": 0.6, "mr": 0.1, "torso": 0.3}
"""How often each kind of source is drawn."""
RATE = 2e-3
MR_NAMES = {
    1: "spleen",
    2: "kidney_right",
    3: "kidney_left",
    4: "gallbladder",
    5: "liver",
    6: "stomach",
    7: "pancreas",
    8: "adrenal_gland_right",
    9: "adrenal_gland_left",
    10: "lung_left",
    11: "lung_right",
    13: "small_bowel",
    14: "duodenum",
    15: "colon",
    19: "vertebrae",
    20: "intervertebral_discs",
    21: "spinal_cord",
    23: "aorta",
    24: "inferior_vena_cava",
    25: "portal_vein_and_splenic_vein",
    46: "autochthon_left",
    47: "autochthon_right",
    48: "iliopsoas_left",
    49: "iliopsoas_right",
}
"""Values of TotalSegmentator's `total_mr` task, as far as `mr_abdomen` has them."""
OFF_THE_TRUNK = ("brain", "skull", *(f"vertebrae_C{n}" for n in range(1, 7)))


def main() -> None:
    """Learn for a while, then write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after these, with the state kept")
    asked = parser.parse_args()
    learn(asked.data, asked.out, asked.state, asked.steps, asked.minutes)


def learn(data: Path, out: Path, state: Path, steps: int, minutes: float) -> None:
    """Go on learning from `state` up to `steps`, or for `minutes`."""
    import torch

    torch.manual_seed(0)
    network = build(CLASSES)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    done = 0
    if state.exists():
        kept = torch.load(state, weights_only=True)
        network.load_state_dict(kept["network"])
        optimiser.load_state_dict(kept["optimiser"])
        done = int(kept["done"])
    sources = _sources(data, state.parent / "torsos.npz")
    started, shown = time.monotonic(), 0.0
    for step in range(done, steps):
        rng = np.random.default_rng([7, step])
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 50) * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.01)
        hu, labels = _batch(sources, rng)
        loss = _loss(network(to_channels(hu)), labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        shown = 0.95 * shown + 0.05 * float(loss)
        done = step + 1
        if done % 20 == 0:
            print(f"{done} {shown:.3f} {time.monotonic() - started:.0f} s", flush=True)  # noqa: T201
        if time.monotonic() - started > 60 * minutes:
            break
    torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "done": done}, state)
    write(network, out)


def _batch(sources: dict[str, list[Source]], rng: np.random.Generator) -> tuple[Any, Any]:
    import torch

    drawn = []
    for _ in range(BATCH):
        kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        drawn.append(draw(sources[kind][int(rng.integers(len(sources[kind])))], rng))
    return torch.cat([hu for hu, _ in drawn]), torch.cat([labels for _, labels in drawn])


def write(network: Any, out: Path) -> None:
    """The weights in half precision, as safetensors."""
    import torch
    from safetensors.torch import save_file

    state = {name: value.to(torch.float16).contiguous() for name, value in network.state_dict().items()}
    names = ["", *NAMES]
    save_file(state, str(out), metadata={"names": json.dumps(names)})


def _loss(logits: Any, labels: Any) -> Any:
    """Cross entropy with rare structures weighed up, and 1 − Dice over the structures that are there."""
    import torch
    from torch.nn import functional

    known = (labels != IGNORE).reshape(-1)
    flat = logits.permute(0, 2, 3, 1).reshape(-1, CLASSES)[known]
    wanted = labels.reshape(-1)[known]
    counts = torch.bincount(wanted, minlength=CLASSES).float()
    weights = 1 / (counts + 20).sqrt()
    entropy = functional.cross_entropy(flat, wanted, weight=weights)
    there = (counts > 3).nonzero()[:, 0]
    there = there[there > 0]
    if not len(there):
        return entropy
    chance = flat.softmax(dim=1)[:, there]
    truth = (wanted[:, None] == there).float()
    overlap = (2 * (chance * truth).sum(0) + 1) / (chance.sum(0) + truth.sum(0) + 1)
    return entropy + (1 - overlap).mean()


def _sources(data: Path, cache: Path) -> dict[str, list[Source]]:
    return {"ct": [_abdomen(data)], "mr": [_magnetic(data)], "torso": _torsos(cache)}


def _abdomen(data: Path) -> Source:
    from fmassist.volume import labels_on_image, read_segmentation, read_volume
    from fmassist.volume.reorient import reorient_segmentation, reorient_volume

    volume = read_volume(data / "ct_abdomen" / "ct.nii.gz", modality="CT")
    names = {value: name for name, value in LABELS.items()}
    found = labels_on_image(read_segmentation(data / "ct_abdomen" / "totalsegmentator.nii.gz", names=names), volume)
    volume, found = reorient_volume(volume, "RAS"), reorient_segmentation(found, "RAS")
    geometry = volume.geometry
    labels = _values(found)
    return source(volume.voxels, labels, geometry.to_ras_mm((0, 0, 0)), np.array(geometry.spacing_mm), real=True)


def _values(found: Any) -> Any:
    labels = np.zeros(found.geometry.shape, np.uint8)
    for segment in found.segments:
        if segment.name in LABELS:
            labels[found.mask(segment)] = LABELS[segment.name]
    return labels


def _magnetic(data: Path) -> Source:
    """The MR as a CT would show it: fat is bright in it, everything else dark; what is unlabelled teaches nothing."""
    from scipy import ndimage

    from fmassist.volume import labels_on_image, read_segmentation, read_volume
    from fmassist.volume.reorient import reorient_segmentation, reorient_volume

    volume = read_volume(data / "mr_abdomen" / "mr.nii.gz", modality="MR")
    found = labels_on_image(
        read_segmentation(data / "mr_abdomen" / "totalsegmentator_mr.nii.gz", names=MR_NAMES), volume
    )
    volume, found = reorient_volume(volume, "RAS"), reorient_segmentation(found, "RAS")
    signal = np.asarray(volume.voxels, np.float32)
    inside = ndimage.binary_opening(signal > 25, iterations=2)
    parts, _ = ndimage.label(inside)
    inside = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    inside = np.stack([ndimage.binary_fill_holes(inside[:, :, k]) for k in range(inside.shape[2])], axis=2)
    labels = _values(found)
    hu = np.interp(signal, (60, 250), (50, -100)).astype(np.float32)
    hu[labels > 0] = 45 + (hu[labels > 0] - 45) * 0.15
    for segment in found.segments:
        if segment.name in ("vertebrae", "lung_right", "lung_left", "intervertebral_discs"):
            hu[found.mask(segment)] = {"vertebrae": 220, "intervertebral_discs": 90}.get(segment.name, -800)
    hu[~inside] = -1000
    labels[inside & (labels == 0)] = IGNORE
    geometry = volume.geometry
    return source(hu, labels, geometry.to_ras_mm((0, 0, 0)), np.array(geometry.spacing_mm), real=True)


def _torsos(cache: Path) -> list[Source]:
    """Synthetic people, drawn once."""
    if not cache.exists():
        drawn: dict[str, Any] = {}
        for seed in range(TORSOS):
            rng = np.random.default_rng([11, seed])
            sex = ("female", "male")[seed % 2]
            age, stature = float(rng.uniform(25, 85)), float(rng.uniform(0.9, 1.1))
            variants = [set(), {"gallbladder_absent"}, {"short_rib_12"}, {"kidney_left_absent"}][
                seed % 4 if seed > 5 else 0
            ]
            person = torso(
                seed=1000 + seed, sex=sex, age_years=age, stature=stature, spacing_mm=(3.0, 3.0, 3.0), variants=variants
            )
            drawn[f"hu{seed}"] = person.volume.voxels
            drawn[f"labels{seed}"] = person.segmentation.layers[0]
            drawn[f"origin{seed}"] = person.volume.geometry.to_ras_mm((0, 0, 0))
        np.savez_compressed(cache, **drawn)
    kept = np.load(cache)
    spacing = np.array((3.0, 3.0, 3.0))
    return [
        source(kept[f"hu{n}"], _trunk(kept[f"labels{n}"]), kept[f"origin{n}"], spacing, real=False)
        for n in range(TORSOS)
    ]


def _trunk(labels: Any) -> Any:
    table = np.arange(256, dtype=np.uint8)
    table[[LABELS[name] for name in OFF_THE_TRUNK]] = 0
    return table[labels]


if __name__ == "__main__":
    main()
