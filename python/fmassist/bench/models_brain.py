"""MeshNet's 104 and subcortical classes through the bundle path, against the outputs that are known, and checked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from fmassist.bench.figures import Figure, not_measured
from fmassist.bench.memory import peak_gb
from fmassist.isolated import spawning

Progress = Callable[[str, float], None]

MODELS = {"meshnet_subcortical": "meshnet:subcortical", "meshnet_104": "meshnet:104"}
AT_LEAST = 0.99
AT_MOST_GB = 3.2


@dataclass(frozen=True)
class Brain:
    """One model on `brain_t1`.

    Args:
        dice: of each class to the known output.
        peak_gb: of the process that segmented, libraries included.
        seconds: of segmenting.
        verdict: of the check.
        findings: severity and message of each.
    """

    dice: dict[str, float]
    peak_gb: float
    seconds: float
    verdict: str
    findings: list[tuple[str, str]]


def brain_figures(data: Path | None, tell: Progress) -> tuple[list[Figure], dict[str, list[tuple[str, ...]]]]:
    """Figures of both models, and a table of the check's findings for each.

    Args:
        data: folder that holds `brain_t1`, with `models` beside it.
        tell: told of each model.
    """
    figures: list[Figure] = []
    tables: dict[str, list[tuple[str, ...]]] = {}
    for number, name in enumerate(MODELS):
        tell(f"{name} on brain_t1", number / len(MODELS))
        goals = (f"at least {AT_LEAST}", f"at most {AT_MOST_GB} GB")
        if data is None or not (data / "brain_t1").is_dir() or not (data.parent / "models" / name).is_dir():
            why = "needs --data with brain_t1, and MeshNet's weights in models beside it"
            figures.append(not_measured(f"{name}: mean Dice to the known output", "", goals[0], why))
            figures.append(not_measured(f"{name}: peak of memory", "GB", goals[1], why))
            continue
        with spawning(), ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found = pool.submit(run_brain, data, name).result()
        mean = float(np.mean(list(found.dice.values())))
        least = min(found.dice, key=lambda key: found.dice[key])
        note = f"{len(found.dice)} classes; least {least} {found.dice[least]:.4f}"
        checked = f"the check: {found.verdict}, {len(found.findings)} findings; {found.seconds:.0f} s"
        peak = found.peak_gb
        figures += [
            Figure(f"{name}: mean Dice to the known output", mean, "", goal=goals[0], met=mean >= AT_LEAST, note=note),
            Figure(f"{name}: peak of memory", peak, "GB", goal=goals[1], met=peak <= AT_MOST_GB, note=checked),
        ]
        tables[f"What the check says of {name}"] = [("severity", "finding"), *found.findings]
    return figures, tables


def run_brain(data: Path, name: str) -> Brain:
    """Makes a bundle of the weights, segments with it and checks the result; run in a process of its own."""
    import time

    from fmassist.models.networks.meshnet_bundle import make_meshnet_bundle
    from fmassist.models.registry import find_model
    from fmassist.volume import read_segmentation, read_volume

    volume = read_volume(data / "brain_t1" / "t1.nii.gz", modality="MR")
    with tempfile.TemporaryDirectory(prefix="fmassist-") as home:
        model = find_model(str(make_meshnet_bundle(data.parent / "models" / name, Path(home))))
        start = time.perf_counter()
        made = model.segment(volume)
        seconds = time.perf_counter() - start
    peak = peak_gb()
    known = read_segmentation(data / "brain_t1" / f"{name}.nii.gz").layers[0]
    labels = made.segmentation.layers[0]
    names = {segment.label: segment.name for segment in made.segmentation.segments}
    ours, theirs = (np.bincount(array.ravel(), minlength=256) for array in (labels, known))
    both = np.bincount(labels[labels == known].ravel(), minlength=256)
    dice = {
        names.get(n, str(n)): float(2 * both[n] / (ours[n] + theirs[n])) for n in range(1, 256) if ours[n] + theirs[n]
    }
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.load import load_knowledge
    from fmassist.reasoning.study import check_study

    result, _, _ = check_study(
        made.segmentation,
        volume,
        label_map=load_label_map(MODELS[name]),
        knowledge=load_knowledge(),
        confidence=made.confidence,
        unsure=made.unsure,
    )
    findings = [(str(finding.severity), finding.message) for finding in result.findings]
    return Brain(dice, peak, seconds, result.verdict, findings)
