"""Makes `Resources/prompts/torso_atlas.json`: where structures lie in two parametric torsos, slice by slice.

    python python/tools/make_torso_atlas.py

The file is what `fmassist.models.prompts` holds a patient against when it looks for a structure that is missing among
those found. It is made anew only when the torsos of `fmassist.phantom` change.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from fmassist.phantom import torso

TARGET = Path(__file__).parents[2] / "Resources" / "prompts" / "torso_atlas.json"
STEP_MM = 5.0
SEXES = ("female", "male")
SOURCE = (
    "parametric torsos of fmassist.phantom, seed 1, stature 1.0: no person's anatomy. Used only to guess where to "
    "prompt a model; what the model then makes is checked like everything else."
)


def body(sex: str) -> dict[str, Any]:
    """One torso: structure to its first slice, and lowest and highest x and y on each in RAS mm."""
    person = torso(seed=1, sex=sex, stature=1.0, spacing_mm=(STEP_MM,) * 3, noise=False)
    labels, first = person.segmentation.layers[0], person.volume.geometry.to_ras_mm((0, 0, 0))
    half = STEP_MM / 2
    slices: dict[str, Any] = {}
    for segment in person.segmentation.segments:
        mask = labels == segment.label
        rows: dict[int, list[float]] = {}
        for k in np.flatnonzero(mask.any(axis=(0, 1))).tolist():
            i, j = np.nonzero(mask[:, :, k])
            x, y = first[0] + STEP_MM * i, first[1] + STEP_MM * j
            rows[k] = [float(v) for v in (x.min() - half, x.max() + half, y.min() - half, y.max() + half)]
        if rows:
            top = max(rows)
            slices[segment.name] = {"first": min(rows), "rows": [rows.get(k) for k in range(min(rows), top + 1)]}
    return {"sex": sex, "lowest_slice_ras_mm": float(first[2]), "slice_count": labels.shape[2], "slices": slices}


def main() -> None:
    """Writes the file."""
    document = {"source": SOURCE, "step_mm": STEP_MM, "bodies": [body(sex) for sex in SEXES]}
    TARGET.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
