"""What the terminal says of a checked study, and the exit code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy
    from fmassist.application.compare import ComparedStudies


def exit_code(study: CheckedStudy | ComparedStudies) -> int:
    """0 where nothing asks for a look, 3 where something does."""
    return 0 if study.verdict == "plausible" else 3


def tell(study: CheckedStudy, out: Path) -> None:
    """The verdict in a few lines on stdout."""
    from rich.console import Console

    from fmassist.cli.progress import wants_json
    from fmassist.outside_text import printable

    if wants_json():
        return  # stdout carries progress for another program
    result = study.result
    console = Console(highlight=False, soft_wrap=True)
    colour = {"plausible": "green", "review": "yellow", "implausible": "red"}[result.verdict]
    open_findings = [finding for finding in result.findings if finding.severity != "info"]
    flagged = sum(segment.status == "flagged" for segment in result.segments)
    console.print(
        f"[bold {colour}]{result.verdict}[/] · {len(result.segments)} structures, {flagged} flagged, "
        f"{len(open_findings)} findings, {result.rule_counts['run']} rules run"
    )
    for cause in result.causes[:3]:
        console.print(printable(f"likely cause: {cause.label} ({cause.probability:.0%})"), markup=False)
    for finding in open_findings[:12]:
        console.print(printable(f"  {finding.severity:6} {finding.message}"), markup=False)
    if len(open_findings) > 12:
        console.print(f"  and {len(open_findings) - 12} more")
    console.print(f"report: {out / 'report.html'}", markup=False)
