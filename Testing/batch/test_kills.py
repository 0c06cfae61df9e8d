"""Killed at a random moment, and run again: the same files as if nobody had killed it.

`FMASSIST_KILLS=20 pytest Testing/batch/test_kills.py` tries so many moments of each; CI tries a few.
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

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
KILLS = int(os.environ.get("FMASSIST_KILLS", "1"))
PROGRAM = [str(Path(sys.executable).parent / "fmassist")]


def start(arguments) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def to_the_end(arguments) -> float:
    began = time.monotonic()
    assert start(arguments).wait(timeout=600) in (0, 3)
    return time.monotonic() - began


def killed_after(arguments, seconds: float, number: int) -> None:
    process = start(arguments)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    process.wait(timeout=120)


def content(folder: Path) -> dict[str, bytes]:
    """Every file but what holds times; hidden leftovers count."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "fmassist.json" and path.suffix != ".parquet"
    }


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".fmassist-")]


def moments(duration: float):
    return [random.Random(seed).uniform(0.05, duration) for seed in range(KILLS)]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", *(["run"] if KILLS > 1 else [])])
def test_a_command_killed_anywhere_leaves_a_whole_result_or_none(files, tmp_path, command):
    def arguments(out):
        if command == "run":
            return ["run", files / "ct.nii.gz", "--model", files / "bad.nii.gz", "--out", out]
        return ["check", "--labels", files / "bad.nii.gz", "--image", files / "ct.nii.gz", "--out", out]

    duration = to_the_end(arguments(tmp_path / "whole"))
    expected = content(tmp_path / "whole")
    for number, seconds in enumerate(moments(duration)):
        out = tmp_path / "k" / f"out{number}"
        killed_after(arguments(out), seconds, signal.SIGKILL)
        assert not out.exists() or content(out) == expected
        to_the_end([*arguments(out), "--overwrite"])
        assert content(out) == expected
        assert not leftovers(tmp_path / "k")


@pytest.mark.slow
def test_batch_killed_anywhere_and_resumed_is_as_if_it_had_not_been(files, tmp_path):
    (tmp_path / "list.csv").write_text(
        "id,labels\n" + "".join(f"{name},{files / name}.nii.gz\n" for name in ("good", "bad", "other"))
    )

    def arguments(out):
        return ["batch", tmp_path / "list.csv", "--out", out, "--jobs", "2"]

    duration = to_the_end(arguments(tmp_path / "whole"))
    expected = content(tmp_path / "whole")
    for number, seconds in enumerate(moments(duration)):
        out = tmp_path / f"out{number}"
        for stop in (signal.SIGKILL, signal.SIGTERM):
            killed_after(arguments(out), seconds, stop)
            if out.is_dir():
                done = {path.parent.name: path for path in out.glob("*/findings.json") if path.parent.name[0] != "."}
                for name, path in done.items():
                    assert path.read_bytes() == expected[f"{name}/findings.json"]
        to_the_end(arguments(out))
        assert content(out) == expected
        assert not leftovers(out)
