"""Processes of ours: nothing beside the data runs in them, and none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from fmassist.isolated import isolated, start
from fmassist.outside_text import printable

PLANTED = "open({marker!r}, 'a').write(__name__ + '\\n')\n"
NAMES = (
    "gzip",
    "html",
    "json",
    "site",
    "sitecustomize",
    "usercustomize",
    "typer",
    "numpy",
    "ties",
    "fmassist",
    "runpy",
)


@pytest.fixture
def trap(tmp_path):
    """A folder in which every usual name of a module leaves a mark when it is imported."""
    folder = tmp_path / "study"
    folder.mkdir()
    marker = tmp_path / "ran"
    for name in NAMES:
        (folder / f"{name}.py").write_text(PLANTED.format(marker=str(marker)))
    (folder / "evil.pth").write_text(f"import os; open({str(marker)!r}, 'a')\n")
    return folder, marker


def run(child):
    done = start(child, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, errors = done.communicate(timeout=60)
    return done.returncode, out.decode(), errors.decode()


@pytest.mark.parametrize("way", ["current folder", "PYTHONPATH", "PYTHONSTARTUP and its kin", "a relative path"])
def test_nothing_that_lies_beside_the_data_runs(way, trap, monkeypatch):
    folder, marker = trap
    monkeypatch.chdir(folder)
    if way == "PYTHONPATH":
        monkeypatch.setenv("PYTHONPATH", str(folder))
    if way == "PYTHONSTARTUP and its kin":
        for name in ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONUSERBASE", "PYTHONPLATLIBDIR"):
            monkeypatch.setenv(name, str(folder / "gzip.py"))
    if way == "a relative path":
        monkeypatch.setattr(sys, "path", ["", ".", *sys.path])
    code, out, errors = run(isolated("fmassist", ["models", "--help"]))
    assert code == 0, errors
    assert "models" in out
    assert not marker.exists(), marker.read_text()


def test_a_script_finds_its_neighbours_and_works_where_it_is_told_to(tmp_path):
    (tmp_path / "neighbour.py").write_text("WORD = 'found'")
    script = tmp_path / "script.py"
    script.write_text("import os, sys, neighbour; print(neighbour.WORD, os.getcwd(), sys.argv[1:], __name__)")
    (tmp_path / "work").mkdir()
    code, out, errors = run(isolated(script, ["--a", "b"], cwd=tmp_path / "work"))
    assert code == 0, errors
    assert out.split() == ["found", os.path.realpath(tmp_path / "work"), "['--a',", "'b']", "__main__"]


def test_the_environment_holds_nothing_that_changes_what_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    child = isolated("platform", env={"FMASSIST_PROGRESS": ""})
    assert not [name for name in child.env if name.startswith("PYTHON")]
    assert "SSH_AUTH_SOCK" not in child.env
    assert child.env["FMASSIST_PROGRESS"] == ""


PARENT = """
import time
from pathlib import Path
from fmassist.isolated import isolated, start
child = start(isolated(Path({script!r}), leads_group={group}), start_new_session={group})
time.sleep(600)
"""
LONG = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdout={whose})
print("here", flush=True)
time.sleep({seconds})
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_parent_however_that_ends(group, number, tmp_path):
    script = tmp_path / "long.py"
    script.write_text(LONG.format(seconds=600, whose="None" if group else "subprocess.DEVNULL"))
    code = PARENT.format(script=str(script), group=group)
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout.readline() == b"here\n"
    parent.send_signal(number)
    # The pipe ends when nobody holds it any more: neither the child nor, of a group, what it started.
    assert parent.communicate(timeout=30) == (b"", None)


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX")
def test_a_child_that_ends_well_takes_along_what_it_started(tmp_path):
    script = tmp_path / "long.py"
    script.write_text(LONG.format(seconds=0, whose="None"))
    child = start(isolated(script, leads_group=True), start_new_session=True, stdout=subprocess.PIPE)
    assert child.communicate(timeout=30) == (b"here\n", None)
    assert child.returncode == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("liver", "liver"),
        ("Lungenoberlappen groß, µ × 肝臓", "Lungenoberlappen groß, µ × 肝臓"),
        ("\x1b]0;title\x07\x1b[2Jgone", "�]0;title��[2Jgone"),
        ("a\r\nb\tc", "a  b c"),
        ("\x9b31mred", "�31mred"),
        ("\u202egnp.exe\u2066\u200b\ufeff", "�gnp.exe���"),
        ("\udc80half", "�half"),
        ("\u2028line", "�line"),
    ],
)
def test_text_from_outside_only_says_what_it_says(text, shown):
    assert printable(text) == shown
    assert printable(text).encode("utf-8")


def test_long_text_from_outside_is_cut():
    assert len(printable("x" * 10**6, most=300)) == 301


def test_compiled_code_is_not_taken_from_beside_the_data(tmp_path):
    """Numba's settings file names a folder of pickles, and would be read from the current folder."""
    (tmp_path / ".numba_config.yaml").write_text(f"cache_dir: {tmp_path / 'planted'}\nDISABLE_JIT: 1\n")
    ask = "from fmassist.isolated.compiler import numba; c = numba.config; c.reload_config(); "
    code = ask + "import os; print(c.CACHE_DIR, c.DISABLE_JIT, os.getcwd())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["0", os.path.realpath(tmp_path)]
    assert "planted" not in done.stdout


def test_a_pool_of_processes_takes_nothing_from_beside_the_data(trap, monkeypatch):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from fmassist.isolated import spawning

    folder, marker = trap
    for name in ("multiprocessing", "pickle", "struct", "selectors"):
        (folder / f"{name}.py").write_text(PLANTED.format(marker=str(marker)))
    monkeypatch.chdir(folder)
    with spawning(), ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert list(pool.map(abs, [-3])) == [3]
    assert not marker.exists(), marker.read_text()
    assert os.path.realpath(os.curdir) == os.path.realpath(folder)
    assert "PYTHONSAFEPATH" not in os.environ


def test_every_process_of_the_library_is_started_in_one_of_the_safe_ways():
    """`isolated`, `spawning`, `-I`, or a program of the system by its absolute path: a new place has to choose one."""
    from pathlib import Path

    import fmassist

    safe = ("spawning()", "isolated(", "start(", '"-I"', "program(", "SYSTEMROOT", "cwd=scratch")
    odd = []
    for path in Path(fmassist.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        starts = ("subprocess.run(", "Popen(", "ProcessPoolExecutor(", "LocalCluster(", "os.system(", "os.exec")
        if any(word in text for word in starts) and not any(word in text for word in safe):
            odd.append(path.name)
    assert odd == ["batch_tables.py"], "which asks for a browser, to measure a page"


@pytest.mark.skipif(os.name == "nt", reason="a program is made as POSIX has them")
def test_a_program_beside_the_data_is_not_taken_for_one_of_the_system(tmp_path, monkeypatch):
    from fmassist.isolated import program

    (tmp_path / "java").write_text("#!/bin/sh\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", str(tmp_path), f".{os.pathsep}{tmp_path}"):
        monkeypatch.setenv("PATH", path)
        assert program("java") is None, path
    elsewhere = tmp_path / "bin"
    elsewhere.mkdir()
    (tmp_path / "java").rename(elsewhere / "java")
    monkeypatch.setenv("PATH", str(elsewhere))
    assert program("java") == str(elsewhere / "java")
