"""Killed at a random moment, and run again: the same files as if nobody had killed it.

`FMASSIST_KILLS=30 pytest Testing/batch/test_kills.py` tries so many moments of each kind; CI tries one.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL"), pytest.mark.slow]
KILLS = int(os.environ.get("FMASSIST_KILLS", "1"))
PROGRAM = [str(Path(sys.executable).parent / "fmassist")]
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


def start(arguments) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def to_the_end(arguments) -> float:
    began = time.monotonic()
    assert start(arguments).wait(timeout=600) in (0, 3)
    return time.monotonic() - began


def killed_after(arguments, seconds: float, number: int, victim=lambda process: process.pid) -> None:
    """Starts a command, kills it or a process of its after so long, and waits for its end."""
    process = start(arguments)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    with contextlib.suppress(ProcessLookupError):
        if pid := victim(process):
            os.kill(pid, number)
    process.wait(timeout=120)


def a_worker(process) -> int | None:
    """One of the processes that a batch started, or None where there is none at this moment."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{process.pid}/task").glob("*/children")
        pids = [int(pid) for path in children for pid in path.read_text().split()]
        return random.Random(process.pid).choice(pids) if pids else None
    return None


def content(folder: Path) -> dict[str, bytes]:
    """Every file but what holds times; hidden leftovers count."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "fmassist.json"
    }


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".fmassist-")]


def moments(duration: float):
    return [random.Random(seed).uniform(0.05, duration) for seed in range(KILLS)]


@pytest.mark.parametrize("command", ["check", *(["run"] if KILLS > 1 else [])])
def test_a_command_killed_anywhere_leaves_a_whole_result_or_none(files, tmp_path, command):
    def arguments(out):
        if command == "run":
            return ["run", files / "ct.nii.gz", "--model", files / "bad.nii.gz", "--out", out]
        return ["check", "--labels", files / "bad.nii.gz", "--out", out]

    duration = to_the_end(arguments(tmp_path / "whole"))
    expected = content(tmp_path / "whole")
    for number, seconds in enumerate(moments(duration)):
        out = tmp_path / "k" / f"out{number}"
        killed_after(arguments(out), seconds, signal.SIGKILL)
        assert not out.exists() or content(out) == expected
        to_the_end([*arguments(out), "--overwrite"])
        assert content(out) == expected
        assert not leftovers(tmp_path / "k")


@pytest.fixture(scope="module")
def undisturbed(files, tmp_path_factory):
    """A batch's arguments, what it writes, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    studies = [(f"{name}-{n}", files / f"{name}.nii.gz") for n in range(3) for name in ("good", "bad", "other")]
    (folder / "list.csv").write_text("id,labels\n" + "".join(f"{name},{path}\n" for name, path in studies))

    def arguments(out, *more):
        return ["batch", folder / "list.csv", "--out", out, "--jobs", "2", *more]

    duration = to_the_end(arguments(folder / "whole"))
    return arguments, content(folder / "whole"), duration


def require_nothing_wrong(out, expected) -> None:
    """What stands there after a kill is what would stand there without it."""
    if out.is_dir():
        done = {path.parent.name: path for path in out.glob("*/findings.json") if path.parent.name[0] != "."}
        for name, path in done.items():
            assert path.read_bytes() == expected[f"{name}/findings.json"]


def test_a_batch_killed_anywhere_and_resumed_is_as_if_it_had_not_been(undisturbed, tmp_path):
    """The same folder, whose batch is killed by both signals, resumed, and meanwhile loses a worker."""
    arguments, expected, duration = undisturbed
    for number, seconds in enumerate(moments(duration)):
        out = tmp_path / f"out{number}"
        for stop in SIGNALS:
            killed_after(arguments(out), seconds, stop)
            require_nothing_wrong(out, expected)
        killed_after(arguments(out), seconds, SIGNALS[number % 2], a_worker)
        assert content(out) == expected
        assert not leftovers(out)


@pytest.mark.skipif(
    KILLS == 1, reason="test_cluster.py kills a scheduler once; FMASSIST_KILLS=30 does at random moments"
)
def test_a_batch_whose_scheduler_or_machine_is_killed_anywhere_is_resumed(undisturbed, tmp_path):
    pytest.importorskip("distributed", reason="needs Dask: pip install 'fmassist[cluster]'")
    from batch.dask_processes import Cluster

    arguments, expected, duration = undisturbed
    for number, seconds in enumerate(moments(duration)):
        out = tmp_path / f"out{number}"
        (tmp_path / f"cluster{number}").mkdir()
        cluster = Cluster(tmp_path / f"cluster{number}")
        victims = (cluster.scheduler.pid, cluster.workers[0].pid)
        try:
            stop, victim = SIGNALS[number % 2], victims[number // 2 % 2]
            killed_after(
                arguments(out, "--scheduler", cluster.address), seconds, stop, lambda _process, pid=victim: pid
            )
            require_nothing_wrong(out, expected)
        finally:
            cluster.close()
        to_the_end(arguments(out))
        assert content(out) == expected
        assert not leftovers(out)
