"""Working folders of a killed process go with the next one; nobody else's are touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from fmassist.models.leftovers import OWNER, PREFIX, sweep, work_folder

HOLDS = """
import sys
from pathlib import Path
from fmassist.models.leftovers import work_folder
with work_folder(Path(sys.argv[1])) as folder:
    (folder / "inside" / "half").write_text("half a model")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX'")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_what_a_killed_process_left_is_cleaned_and_what_a_living_one_holds_is_not(number, tmp_path):
    run = [sys.executable, "-c", HOLDS, str(tmp_path)]
    living, dying = (subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2))
    kept, lost = (process.stdout.readline().strip() for process in (living, dying))
    dying.send_signal(number)
    dying.communicate()
    assert {kept, lost} <= {path.name for path in tmp_path.iterdir()}
    assert sweep(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == [kept]
    assert (tmp_path / kept / "inside" / "half").is_file()
    living.communicate("")
    assert not list(tmp_path.iterdir())


def test_folders_of_others_stay_whatever_they_are_called(tmp_path):
    (tmp_path / f"{PREFIX}1-theirs").mkdir()
    (tmp_path / f"{PREFIX}1-theirs" / "thesis.txt").write_text("years of work")
    (tmp_path / ".fmassist-0123456789ab").mkdir()
    (tmp_path / f"{PREFIX}2-odd").mkdir()
    (tmp_path / f"{PREFIX}2-odd" / OWNER).write_text("no number")
    target = tmp_path / "target"
    target.mkdir()
    (target / OWNER).write_text("1\n")
    (tmp_path / f"{PREFIX}3-link").symlink_to(target)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert sweep(tmp_path) == 0
    with work_folder(tmp_path) as folder:
        assert (folder / "inside").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
