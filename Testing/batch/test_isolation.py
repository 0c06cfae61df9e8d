"""A study that crashes, hangs or eats memory ends its own process alone; nothing outlives a batch that is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fmassist.batch.plan import Plan, Study
from fmassist.batch.pool import Worker
from fmassist.batch.run import on_this_machine, run_batch

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


class Naughty(Worker):
    program = Path(__file__).with_name("naughty_worker.py")


def outcome(names, files, tmp_path, worker=Naughty, **limits):
    studies = [Study(name, labels=str(files / "good.nii.gz")) for name in names]
    plan = Plan(str(tmp_path / "out"), **{"timeout_s": 120.0, **limits})
    ends = run_batch(studies, plan, engine=on_this_machine(1, worker))
    return {done.row.study: done for done in ends}


@posix
def test_crashes_and_memory_cost_only_their_own_study(files, tmp_path):
    names = ["first", "crash", "crash-once", "gulp", "last"]
    ends = outcome(names, files, tmp_path, memory_bytes=3_000_000_000)
    assert ends["first"].row.outcome == ends["last"].row.outcome != "failed"
    assert ends["crash"].row.reason == "its process was ended by SIGSEGV twice"
    assert ends["crash-once"].row.outcome == ends["first"].row.outcome, "it is tried once more"
    assert "not enough memory" in ends["gulp"].row.reason
    assert (tmp_path / "out" / "crash.failed.json").is_file()
    assert not [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".fmassist-")]


@posix
def test_what_takes_too_long_or_too_much_is_ended(files, tmp_path):
    ends = outcome(["greedy", "after"], files, tmp_path, memory_bytes=900_000_000)
    assert "0.9 GB of memory" in ends["greedy"].row.reason
    assert ends["after"].row.outcome != "failed"


class Patient(Naughty):
    """Its time runs only from where the study hangs, so that no slow machine fails the test."""

    def _ask(self, study):
        self._there = Path(self._plan.out) / f"{study.id}.there"
        return super()._ask(study)

    def _answer(self, seconds):
        if seconds == self._plan.timeout_s:
            _until(self._there.exists)
        return super()._answer(seconds)


@posix
def test_a_time_out_does_not_fail_a_study_whose_result_is_whole(files, tmp_path):
    ends = outcome(["late", "hang"], files, tmp_path, worker=Patient, timeout_s=0.5)
    assert ends["late"].row.outcome != "failed"
    assert "0.5 s twice" in ends["hang"].row.reason


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found |= {int(stat.parent.name)} | descendants(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_children_end_with_a_batch_that_is_killed(files, tmp_path, number):
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import signal, threading
from fmassist.cli.main import _let_terminate
_let_terminate()
from test_isolation import outcome
from pathlib import Path
outcome(["hang"], Path({str(files)!r}), Path({str(tmp_path)!r}))
"""
    batch = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        tried = tmp_path / "out" / "hang.tried"
        _until(tried.exists)
        children = descendants(batch.pid)
        assert children
        batch.send_signal(number)
        batch.wait(timeout=60)
        _until(lambda: not any(_lives(pid) for pid in children))
    finally:
        batch.kill()
        batch.wait()


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _until(true, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)  # polls for an event in another process, which tells nobody
