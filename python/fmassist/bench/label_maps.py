"""Every shipped label map against labels of another one: is a wrong map recognised, and the right one never doubted?

    python -m fmassist.bench.label_maps STUDY=MAP[=IMAGE] …

A study is a label map of numbers, MAP the shipped map that it was written with. Counted are maps under which six
labels or more of the study have a structure, and under which more than a fifth of these is another structure than it
is.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from fmassist.knowledge.label_map import CATALOGUE, LabelMap, load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.reasoning.which_map import choose_map, doubt
from fmassist.volume import Segmentation, Volume, labels_on_image, read_segmentation, read_volume

ENOUGH = 6
"""Labels with a structure under the map that is tried."""
ANOTHER = 0.2
"""Share of them that is another structure; with less the map is a version of the right one."""


def main(arguments: list[str]) -> None:
    """Print, for each study, what auto chooses, whether its own map is doubted, and which wrong maps are not."""
    caught = tried = 0
    for argument in arguments:
        path, name, *image = argument.split("=")
        volume = read_volume(Path(image[0])) if image else None
        labels = read_segmentation(Path(path))
        labels = labels if volume is None else labels_on_image(labels, volume)
        found, count, line = _study(labels, volume, load_label_map(name))
        caught, tried = caught + found, tried + count
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"wrong maps recognised: {caught} of {tried} ({caught / max(tried, 1):.1%})\n")


def _study(labels: Segmentation, volume: Volume | None, right: LabelMap) -> tuple[int, int, str]:
    knowledge = load_knowledge()
    chosen = choose_map(labels, volume, knowledge)
    is_doubted = bool(doubt(right, _read_with(labels, right), volume, knowledge).question)
    missed, tried = [], 0
    for identity in CATALOGUE:
        wrong = load_label_map(identity)
        values = [s.label for s in labels.segments if wrong.names.get(s.label, "") in wrong.structures]
        another = [v for v in values if _meant(wrong, v) != _meant(right, v)]
        if len(values) < ENOUGH or len(another) <= ANOTHER * len(values):
            continue
        tried += 1
        if not doubt(wrong, _read_with(labels, wrong), volume, knowledge).question:
            missed.append(identity)
    line = (
        f"{right.id}: {len(labels.segments)} labels; auto takes {chosen.id}; its own map is "
        f"{'doubted' if is_doubted else 'not doubted'}; {tried - len(missed)} of {tried} wrong maps recognised"
    )
    return tried - len(missed), tried, line + (f", not {', '.join(missed)}" if missed else "")


def _meant(label_map: LabelMap, value: int) -> str | None:
    return label_map.structures.get(label_map.names.get(value, ""))


def _read_with(labels: Segmentation, label_map: LabelMap) -> Segmentation:
    named = tuple(
        replace(s, name=label_map.names[s.label], named_by="label map") if s.label in label_map.names else s
        for s in labels.segments
    )
    return replace(labels, segments=named)


if __name__ == "__main__":
    main(sys.argv[1:])
