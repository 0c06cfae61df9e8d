"""`fmassist check` with several segmentations of one image: each is checked, then they are held against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.cli.progress import Progress
    from fmassist.knowledge.model import Knowledge
    from fmassist.reasoning.context import Context
    from fmassist.volume import Segmentation, Volume

LETTERS = "ABCDEFGHIJ"


def compare_into(
    folder: Path,
    paths: list[Path],
    volume: Volume | None,
    *,
    label_maps: list[str],
    knowledge: Knowledge,
    context: Context,
    progress: Progress,
) -> int:
    """Check each segmentation into a sub-folder A, B, …, and write the comparison beside them.

    Files' names may hold a patient's, so the models are told apart by letter and label map.

    Returns:
        The exit code: 3 where a model is flagged or two differ, else 0.

    Raises:
        InputError: too many, or they do not lie on one grid.
    """
    from fmassist.cli.study import check_into
    from fmassist.evidence.store import read_evidence
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.knowledge.meaning import meanings_for
    from fmassist.reasoning.compare import Opinion, compare
    from fmassist.reasoning.study import vocabulary_of
    from fmassist.report.comparison import write_comparison

    if len(paths) > len(LETTERS):
        raise InputError(f"more than {len(LETTERS)} segmentations to compare", "compare fewer at once")
    maps = label_maps * len(paths) if len(label_maps) == 1 else label_maps
    if len(maps) != len(paths):
        raise InputError("--label-map is given neither once nor once for each --labels", "give one for each, in order")
    opinions: list[Opinion] = []
    for letter, path, name in zip(LETTERS, paths, maps, strict=False):
        labels = load_label_map(name)
        segmentation = _read(path, labels.names, volume)
        if opinions and opinions[0].segmentation.geometry.shape != segmentation.geometry.shape:
            raise InputError("the segmentations lie on different grids", "give the image that they belong to: --image")
        part = folder / letter
        part.mkdir()
        result = check_into(
            part,
            segmentation,
            volume,
            label_map=labels,
            knowledge=knowledge,
            context=context,
            progress=_under(letter, progress),
        )
        opinions.append(
            Opinion(
                f"{letter} ({labels.id})",
                segmentation,
                meanings_for(segmentation, labels, knowledge),
                result,
                read_evidence(part / "evidence.json"),
                vocabulary_of(labels),
            )
        )
    comparison = compare(opinions, knowledge)
    write_comparison(folder, comparison, {opinion.name: opinion.name[0] for opinion in opinions})
    _tell(comparison.differences, [o.name for o in opinions])
    quiet = not comparison.differences and all(o.result.verdict == "plausible" for o in opinions)
    return 0 if quiet else 3


def _under(letter: str, progress: Progress) -> Progress:
    return lambda stage, share: progress(f"{letter}: {stage}", share)


def _read(path: Path, names: dict[int, str], volume: Volume | None) -> Segmentation:
    from fmassist.volume import labels_on_image, read_segmentation

    segmentation = read_segmentation(path, names=names)
    return segmentation if volume is None else labels_on_image(segmentation, volume)


def _tell(differences: tuple[object, ...], names: list[str]) -> None:
    from rich.console import Console

    from fmassist.cli.progress import wants_json
    from fmassist.reasoning.compare import Difference

    if wants_json():
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{len(names)} models, {len(differences)} differences")
    for difference in differences[:12]:
        assert isinstance(difference, Difference)
        right = "either" if len(difference.right) == 2 else " and ".join(difference.right) or "neither"
        console.print(f"  {difference.message} Anatomy agrees with: {right}.", markup=False)
    if len(differences) > 12:
        console.print(f"  and {len(differences) - 12} more")
