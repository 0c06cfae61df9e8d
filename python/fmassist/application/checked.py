"""A checked study: what a researcher asks of it in a notebook, and the files that it is written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.evidence.facts import Evidence
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.meaning import Meanings
    from fmassist.knowledge.model import Knowledge
    from fmassist.reasoning.context import Context
    from fmassist.reasoning.findings import Cause, CheckResult, Finding
    from fmassist.volume import Segmentation, Volume


@dataclass(frozen=True, eq=False)
class CheckedStudy:
    """One study with its verdict.

    Attributes:
        result: everything the check says.
        evidence: what was measured; enough to check again without the images.
        meanings: segment key (`"layer:label"`) to the IRI of the structure that it stands for.
        label_map: what the labels mean.
        context: what was known of the patient.
        knowledge: what was checked against.
        segmentation: what was checked; None where only its evidence was at hand.
        volume: the image, or None.
        model: name and version of the model that made the segmentation, or None where nobody said.
        provenance: what else the model says of itself.
        repairs: what was carried out on the segmentation before this check (content of `repairs.json`), or None.
    """

    result: CheckResult
    evidence: Evidence = field(repr=False)
    meanings: Meanings = field(repr=False)
    label_map: LabelMap = field(repr=False)
    context: Context = field(repr=False)
    knowledge: Knowledge = field(repr=False)
    segmentation: Segmentation | None = field(default=None, repr=False)
    volume: Volume | None = field(default=None, repr=False)
    model: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict, repr=False)
    repairs: Mapping[str, Any] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        loud = sum(finding.severity != "info" for finding in self.findings)
        return f"<CheckedStudy: {self.verdict}, {len(self.result.segments)} structures, {loud} findings>"

    @property
    def verdict(self) -> str:
        """`"plausible"`, `"review"` or `"implausible"`."""
        return self.result.verdict

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know, worst first; those of severity `"info"` ask for nothing."""
        return self.result.findings

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What would explain the findings, likeliest first."""
        return self.result.causes

    @cached_property
    def scores(self) -> dict[str, float | None]:
        """Segment name to the probability (0–1) that its outline is wrong, worst first; None where nothing tells.

        It is `wrong_probability` of `findings.json`: a Dice to the truth below .8 (see `docs/real.md`). A segment with
        a graver finding comes first, whatever the probability.
        """
        from fmassist.report.scores import score_of, worst_first

        return {segment["name"]: score_of(segment) for segment in worst_first(self.document)}

    @property
    def score(self) -> float:
        """Probability (0–1) that something in the study is wrong (see `fmassist.report.scores.study_score`)."""
        from fmassist.report.scores import study_score

        return study_score(self.document)

    @cached_property
    def document(self) -> dict[str, Any]:
        """Content of `findings.json` (`Resources/schemas/findings.schema.json`)."""
        from fmassist.report.findings_json import to_json

        return to_json(
            self.result,
            self.evidence,
            model=self.model,
            context=self.context,
            label_map=self.label_map.id,
            provenance=self.provenance,
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row a segment, worst first: name, structure, status, score, findings, measurements with units in names.

        Example:
            >>> import fmassist as fma
            >>> study = fma.check("seg.nii.gz")  # doctest: +SKIP
            >>> study.rows()[0]["volume_ml"]  # doctest: +SKIP
        """
        from fmassist.report.rows import segment_rows

        return segment_rows(self.document)

    def table(self) -> Any:
        """`rows()` as a pandas data frame.

        Raises:
            InputError: pandas is not installed.
        """
        return data_frame(self.rows())

    def write(self, folder: Path | str, *, overwrite: bool = False) -> Path:
        """Write `findings.json`, `report.html`, `evidence.json`, `explanation.ttl` and the segmentation.

        Args:
            folder: made here, and there whole or not at all.
            overwrite: replace results that FMAssist wrote there before.

        Returns:
            The folder.

        Raises:
            InputError: the folder is not empty, or cannot be written.
        """
        from fmassist.application.folder import whole_folder

        with whole_folder(Path(folder), overwrite=overwrite) as work:
            self.write_into(work)
        return Path(folder)

    def write_into(self, folder: Path) -> None:
        """Write the results into a folder that exists and is empty."""
        import json

        from fmassist.report.study_folder import write_study

        write_study(
            folder,
            self.result,
            self.evidence,
            self.segmentation,
            self.volume,
            meanings=self.meanings,
            knowledge=self.knowledge,
            context=self.context,
            label_map=self.label_map.id,
            model=self.model,
            provenance=self.provenance,
        )
        if self.repairs is not None:
            (folder / "repairs.json").write_text(json.dumps(self.repairs, indent=1) + "\n", encoding="utf-8")

    def html(self) -> str:
        """The report as one page, with pictures where the segmentation is at hand."""
        from fmassist.report.html import render
        from fmassist.report.pictures import pictures_for

        pictures = {} if self.segmentation is None else pictures_for(self.document, self.segmentation, self.volume)
        return render(self.document, pictures)

    def show(self, *, height_px: int = 640) -> None:
        """Show the report in a notebook.

        Raises:
            InputError: there is no notebook.
        """
        from fmassist.report.notebook import show_page

        show_page(self.html(), height_px=height_px)

    def _repr_html_(self) -> str:
        from fmassist.report.notebook import summary

        return summary(self.document)


def data_frame(rows: list[dict[str, Any]]) -> Any:
    """Rows as a pandas data frame.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise InputError("pandas is not installed", "pip install pandas, or use rows()") from None
    return pandas.DataFrame(rows)
