"""Judge a study again while somebody edits it: what the edit touched is measured anew, and everything is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fmassist.application.check import judge
from fmassist.application.checked import CheckedStudy
from fmassist.application.types import Options
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.volume import Segmentation


class LiveCheck:
    """A checked study under edit.

    Opening it looks at the image once; each edit then costs what the touched segments cost. Facts of untouched
    segments stay as they were (see `fmassist.evidence.again`), so a verdict to be signed needs a whole check.

    Args:
        study: with its segmentation, and its image where there is one.
        options: what is checked against.

    Raises:
        InputError: the study's segmentation is not at hand.
    """

    def __init__(self, study: CheckedStudy, options: Options) -> None:
        from fmassist.evidence.again import before_edits

        if study.segmentation is None:
            raise InputError("only the evidence of this study is at hand", "check it with its segmentation")
        self.study = study
        self._options = options
        self._segmentation = study.segmentation
        self._unedited = before_edits(study.segmentation, study.volume)

    def edited(self, segmentation: Segmentation) -> CheckedStudy:
        """The study after an edit; the next edit is compared with this one.

        Args:
            segmentation: on the same grid and with the same layers. Its arrays are kept, and not to be written on.

        Raises:
            InputError: another grid, or labels that are no anatomy.
        """
        from fmassist.evidence.again import measure_again, touched_segments
        from fmassist.knowledge.meaning import understand

        study = self.study
        touched = touched_segments(self._segmentation, segmentation)
        evidence = measure_again(study.evidence, segmentation, self._unedited, touched)
        understanding = understand(segmentation, study.label_map, study.knowledge)
        self.study = replace(
            study,
            result=judge(evidence, understanding, study.label_map, study.context, self._options),
            evidence=evidence,
            meanings=understanding.meanings,
            segmentation=segmentation,
        )
        self._segmentation = segmentation
        return self.study
