"""Runs a batch. Each study is checked by a process of its own, so that none can take the others down."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from fmassist.batch.studies import Study
from fmassist.errors import InputError
from fmassist.volume.whole_file import whole_file


@dataclass(frozen=True)
class Row:
    """What became of one study; `outcome` is its verdict, or `failed` with the reason."""

    study: str
    outcome: str
    structures: int = 0
    flagged: int = 0
    findings: int = 0
    likely_cause: str = ""
    reason: str = ""


def run_batch(
    studies: Sequence[Study],
    out: Path,
    *,
    options: Sequence[str] = (),
    default_context: Path | None = None,
    jobs: int = 1,
    timeout_s: float = 1800,
    again: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> list[Row]:
    """Checks every study and writes `summary.csv` and `summary.json`; they are whole after each study.

    Args:
        studies: what to check.
        out: gets one folder a study.
        options: further arguments of `fmassist check`.
        default_context: for studies without one of their own.
        jobs: studies at the same time.
        timeout_s: what one study may take.
        again: check studies anew that are finished already.
        progress: called with a stage and the share done.

    Raises:
        InputError: `out` cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the output folder cannot be made ({error.strerror})", "give another --out") from None
    running = _Running()
    rows: dict[str, Row] = {}

    def one(study: Study) -> Row:
        if not again and (row := _finished(out / study.id, study.id)) is not None:
            return row
        return _check(study, out / study.id, options, default_context, timeout_s, running)

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        waiting = {pool.submit(one, study): study for study in studies}
        try:
            for done in as_completed(waiting):
                rows[waiting[done].id] = done.result()
                _write_summary(out, [rows[study.id] for study in studies if study.id in rows])
                if progress is not None:
                    progress("Checking studies", len(rows) / len(studies))
        except BaseException:
            running.stop()
            for future in waiting:
                future.cancel()
            raise
    return [rows[study.id] for study in studies]


class _Running:
    """The processes at work, so that stopping the batch stops them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            self._processes.add(process)
            return process

    def ended(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._processes.discard(process)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.terminate()


def _check(
    study: Study,
    folder: Path,
    options: Sequence[str],
    default_context: Path | None,
    timeout_s: float,
    running: _Running,
) -> Row:
    command = [sys.executable, "-m", "fmassist", "check", "--labels", str(study.labels), "--out", str(folder)]
    command += ["--image", str(study.image)] if study.image is not None else []
    context = study.context or default_context
    command += ["--context", str(context)] if context is not None else []
    process = running.start([*command, *options, "--overwrite"])
    try:
        _, errors = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return Row(study.id, "failed", reason=f"took longer than {timeout_s:g} s")
    finally:
        running.ended(process)
    if process.returncode in (0, 3):
        return _finished(folder, study.id) or Row(study.id, "failed", reason="no findings were written")
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    said = next((line for line in reversed(lines) if line.startswith("fmassist: ")), "")
    return Row(study.id, "failed", reason=said.removeprefix("fmassist: ") or f"ended with code {process.returncode}")


def _finished(folder: Path, study: str) -> Row | None:
    """The row of a study whose results are there; folders of results are whole or absent."""
    try:
        document = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
        segments, findings = document["segments"], document["findings"]
        return Row(
            study=study,
            outcome=document["verdict"],
            structures=len(segments),
            flagged=sum(segment["status"] == "flagged" for segment in segments),
            findings=sum(finding["severity"] != "info" for finding in findings),
            likely_cause=document["causes"][0]["label"] if document["causes"] else "",
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_summary(out: Path, rows: Sequence[Row]) -> None:
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=list(Row.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in asdict(row).items()} for row in rows)
    for name, text in (
        ("summary.csv", table.getvalue()),
        ("summary.json", json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n"),
    ):
        with whole_file(out / name) as beside:
            beside.write_text(text, encoding="utf-8")


def _plain(value: object) -> object:
    """A cell that a spreadsheet takes for text, not for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
