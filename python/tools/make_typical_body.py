"""The typical body as data: where each structure of the synthetic torso lies, slab by slab.

The torso is drawn from textbook figures and from no scan, so what is said here of places is independent of every
person that it is held against. `python python/tools/make_typical_body.py` writes the file anew.
"""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np

from fmassist.phantom.torso import torso
from fmassist.resources import resource

SLAB_MM = 10.0
"""Height of a slab: a third of a lumbar level."""
PEOPLE = (
    (900, "female", 35, 0.97),
    (901, "male", 40, 1.0),
    (902, "female", 62, 1.0),
    (903, "male", 70, 1.02),
    (904, "female", 50, 1.03),
    (905, "male", 55, 0.98),
)
"""Seed, sex, age and stature; seeds that no test and no benchmark uses."""
SPACING_MM = 3.0
WHOLES = {
    "lung_left": ("lung_upper_lobe_left", "lung_lower_lobe_left"),
    "lung_right": ("lung_upper_lobe_right", "lung_middle_lobe_right", "lung_lower_lobe_right"),
}
"""Structures that some models label as a whole and the torso in parts; any other is found by its vertebrae."""

Slabs = dict[int, list[list[float]]]


def typical_body() -> dict[str, object]:
    """Mean over `PEOPLE`: for each structure and slab its volume in mL, its middle and its reach, RAS mm."""
    found: dict[str, Slabs] = defaultdict(lambda: defaultdict(list))
    for seed, sex, age, stature in PEOPLE:
        made = torso(seed=seed, spacing_mm=(SPACING_MM,) * 3, sex=sex, age_years=age, stature=stature, noise=False)
        layer, geometry = made.segmentation.layers[0], made.segmentation.geometry
        names = {segment.name: [segment.label] for segment in made.segmentation.segments}
        vertebrae = [label for name, (label,) in names.items() if name.startswith("vertebrae_")]
        wholes = {whole: [names[part][0] for part in parts] for whole, parts in WHOLES.items()}
        for name, labels in {**names, **wholes, "vertebrae": vertebrae}.items():
            index = np.argwhere(np.isin(layer, labels))
            if len(index):
                _add(found[name], geometry.to_ras_mm(index.astype(float)), geometry.voxel_volume_ml)
    structures = {name: _means(slabs) for name, slabs in sorted(found.items())}
    return {
        "about": {
            "what": "mean place of structures in an adult lying supine: per slab of slab_mm, volume in mL, middle "
            "(R, A), and reach (R low, R high, A low, A high) in mm",
            "source": f"the synthetic torso of FMAssist (fmassist.phantom), mean of {len(PEOPLE)} people of both sexes",
        },
        "slab_mm": SLAB_MM,
        "structures": structures,
    }


def _add(slabs: Slabs, points: np.ndarray, voxel_ml: float) -> None:
    number = np.floor(points[:, 2] / SLAB_MM).astype(int)
    for slab in np.unique(number):
        here = points[number == slab]
        (r, a), low, high = here.mean(0)[:2], here.min(0), here.max(0)
        slabs[int(slab)].append([len(here) * voxel_ml, r, a, low[0], high[0], low[1], high[1]])


def _means(slabs: Slabs) -> list[list[float]]:
    """One row for each slab that at least half of the people have: its bottom and the means."""
    rows = []
    for slab, seen in sorted(slabs.items()):
        if 2 * len(seen) >= len(PEOPLE):
            values = np.array(seen)
            volume = values[:, 0].sum() / len(PEOPLE)
            rows.append([slab * SLAB_MM, round(float(volume), 2), *(round(float(v), 1) for v in values.mean(0)[1:])])
    return rows


def main() -> None:
    """Write the file."""
    text = json.dumps(typical_body(), separators=(",", ":"))
    (resource("body") / "typical_body.json").write_text(text.replace('],"', '],\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
