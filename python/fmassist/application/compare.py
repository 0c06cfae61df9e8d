"""Several segmentations of one image: each is checked, then they are held against each other by their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.check import check
from fmassist.application.checked import CheckedStudy, data_frame
from fmassist.application.types import Inputs, Options
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.reasoning.compare import Comparison, Difference

LETTERS = "ABCDEFGHIJ"
"""Files' names may hold a patient's, so the models are told apart by letter and label map."""


@dataclass(frozen=True, eq=False)
class ComparedStudies:
    """Two studies of one image or more.

    Attributes:
        studies: letter to the checked study, in the order in which they were given.
        comparison: what differs.
    """

    studies: dict[str, CheckedStudy]
    comparison: Comparison

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Where two of them do not agree, worst first, and which of them anatomy agrees with."""
        return self.comparison.differences

    @property
    def verdict(self) -> str:
        """`"plausible"` where all are and none differ, `"implausible"` where one is, else `"review"`."""
        verdicts = {study.verdict for study in self.studies.values()}
        if "implausible" in verdicts:
            return "implausible"
        return "plausible" if verdicts == {"plausible"} and not self.differences else "review"

    @property
    def names(self) -> dict[str, str]:
        """Each model's name to its letter."""
        return dict(zip(self.comparison.models, self.studies, strict=True))

    def rows(self) -> list[dict[str, Any]]:
        """One row a difference."""
        return [
            {
                "structure": difference.label,
                "kind": difference.kind,
                "models": ", ".join(difference.models),
                "agrees_with_anatomy": ", ".join(difference.right),
                "message": difference.message,
            }
            for difference in self.differences
        ]

    def table(self) -> Any:
        """`rows()` as a pandas data frame.

        Raises:
            InputError: pandas is not installed.
        """
        return data_frame(self.rows())

    def write(self, folder: Path | str, *, overwrite: bool = False) -> Path:
        """Write each study into a sub-folder A, B, … and `comparison.json` and `comparison.html` beside them.

        Raises:
            InputError: the folder is not empty, or cannot be written.
        """
        from fmassist.application.folder import whole_folder

        with whole_folder(Path(folder), overwrite=overwrite) as work:
            self.write_into(work)
        return Path(folder)

    def write_into(self, folder: Path) -> None:
        """Write the results into a folder that exists and is empty."""
        from fmassist.report.comparison import write_comparison

        for letter, study in self.studies.items():
            (folder / letter).mkdir()
            study.write_into(folder / letter)
        write_comparison(folder, self.comparison, self.names)

    def show(self, *, height_px: int = 640) -> None:
        """Show the comparison in a notebook.

        Raises:
            InputError: there is no notebook.
        """
        from fmassist.report.comparison import comparison_page
        from fmassist.report.notebook import show_page

        show_page(comparison_page(self.comparison, self.names), height_px=height_px)


def compare(inputs: Sequence[Inputs], options: Options) -> ComparedStudies:
    """Check each segmentation, and hold them against each other.

    Args:
        inputs: of one image, on one grid.
        options: what is checked against.

    Raises:
        InputError: too few or too many, or they do not lie on one grid.
    """
    from fmassist.reasoning.compare import Opinion
    from fmassist.reasoning.compare import compare as hold_against
    from fmassist.reasoning.study import vocabulary_of

    require_comparable(inputs)
    studies: dict[str, CheckedStudy] = {}
    opinions: list[Opinion] = []
    for letter, one in zip(LETTERS, inputs, strict=False):
        study = check(one, Options(options.knowledge, _under(letter, options)))
        studies[letter] = study
        name = f"{letter} ({one.label_map.id})"
        vocabulary = vocabulary_of(one.label_map)
        opinions.append(Opinion(name, one.segmentation, study.meanings, study.result, study.evidence, vocabulary))
    return ComparedStudies(studies, hold_against(opinions, options.knowledge))


def require_comparable(inputs: Sequence[Inputs]) -> None:
    """Raises `InputError` where segmentations cannot be compared."""
    if len(inputs) < 2:
        raise InputError("there is only one segmentation", "give two or more to compare")
    if len(inputs) > len(LETTERS):
        raise InputError(f"more than {len(LETTERS)} segmentations to compare", "compare fewer at once")
    first = inputs[0].segmentation.geometry
    if not all(first.matches(one.segmentation.geometry) for one in inputs[1:]):
        raise InputError("the segmentations lie on different grids", "give the image that they belong to: --image")


def _under(letter: str, options: Options) -> Any:
    return lambda stage, share: options.progress(f"{letter}: {stage}", share)
