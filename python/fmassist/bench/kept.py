"""What was measured of one person, kept in a file, so that a long run that was stopped goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from fmassist.bench.score import Scored
from fmassist.bench.trials import Tally


def keep(tally: Tally, path: Path) -> None:
    """Write one person's tally, whole or not at all."""
    content = {
        "scored": {checker: [asdict(case) for case in cases] for checker, cases in tally.scored.items()},
        "skipped": tally.skipped,
        "worse_after_repair": tally.worse_after_repair,
        "repairs_checked": tally.repairs_checked,
    }
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content), encoding="utf-8")
    beside.replace(path)


def kept(path: Path) -> Tally | None:
    """The tally in a file; None where there is none."""
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    scored = {checker: [_case(row) for row in rows] for checker, rows in content["scored"].items()}
    return Tally(scored, content["skipped"], content["worse_after_repair"], content["repairs_checked"])


def _case(row: dict[str, object]) -> Scored:
    findings = row.pop("findings")
    told = row.pop("told")
    assert isinstance(findings, list)
    assert isinstance(told, list)
    return Scored(**row, findings=tuple(tuple(f) for f in findings), told=tuple(told))  # type: ignore[arg-type]
