"""An output folder is there whole or not at all, and nobody else's folder is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from fmassist.application.folder import MARKER, whole_folder
from fmassist.errors import InputError


def fill_and_fail(out, **options):
    with whole_folder(out, **options) as folder:
        (folder / "findings.json").write_text("new")
        raise RuntimeError


def test_the_folder_appears_only_when_all_is_written(tmp_path):
    out = tmp_path / "deep" / "out"
    with whole_folder(out) as folder:
        (folder / "findings.json").write_text("{}")
        assert not out.exists()
    assert sorted(path.name for path in out.iterdir()) == ["findings.json", MARKER]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        fill_and_fail(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_results(tmp_path):
    out = tmp_path / "out"
    with whole_folder(out) as folder:
        (folder / "findings.json").write_text("old")
    with pytest.raises(RuntimeError):
        fill_and_fail(out, overwrite=True)
    assert (out / "findings.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_results_are_replaced_only_when_asked(tmp_path):
    out = tmp_path / "out"
    for text in ("old", "new"):
        with whole_folder(out, overwrite=text == "new") as folder:
            (folder / "findings.json").write_text(text)
    with pytest.raises(InputError, match="--overwrite"), whole_folder(out):
        pass
    assert (out / "findings.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_somebody_elses_folder_is_never_replaced(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="did not write"), whole_folder(tmp_path / "home", overwrite=True):
        pass
    assert (tmp_path / "home" / "thesis.tex").read_text() == "years of work"


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("")
    assert (tmp_path / "out" / "a").exists()


def test_a_file_or_link_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link"):
        with pytest.raises(InputError), whole_folder(tmp_path / name, overwrite=True):
            pass


def test_a_result_is_as_readable_as_any_folder(tmp_path):
    (tmp_path / "plain").mkdir()
    with whole_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def written(out, text="old"):
    with whole_folder(out) as folder:
        (folder / "findings.json").write_text(text)
        (folder / "A").mkdir()
        (folder / "A" / "report.html").write_text(text)
    return out


def plant_file(out):
    (out / "thesis.txt").write_text("years of work")


def plant_in_a_folder_of_ours(out):
    (out / "A" / "notes.txt").write_text("years of work")


def plant_empty_folder(out):
    (out / "raw").mkdir()


def plant_hidden(out):
    (out / ".git").mkdir()
    (out / ".git" / "HEAD").write_text("ref")


def plant_link(out):
    (out / "elsewhere").symlink_to(out.parent)


def edit_ours(out):
    (out / "A" / "report.html").write_text("old, with a doctor's notes")


def swap_for_a_link(out):
    (out / "findings.json").unlink()
    (out.parent / "mine.json").write_text("old")
    (out / "findings.json").symlink_to(out.parent / "mine.json")


def lose_the_marker(out):
    (out / MARKER).unlink()


def forge_a_marker(out):
    (out / MARKER).write_text('{"format": "fmassist-result/1", "files": ["findings.json"]}')


def deep_marker(out):
    (out / MARKER).write_text("[" * 100_000)


PLANTS = [
    plant_file,
    plant_in_a_folder_of_ours,
    plant_empty_folder,
    plant_hidden,
    plant_link,
    edit_ours,
    swap_for_a_link,
    lose_the_marker,
    forge_a_marker,
    deep_marker,
]


@pytest.mark.parametrize("plant", PLANTS)
def test_anything_unknown_in_a_result_stops(tmp_path, plant):
    out = written(tmp_path / "out")
    plant(out)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    with pytest.raises(InputError), whole_folder(out, overwrite=True) as folder:
        (folder / "findings.json").write_text("new")
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_what_somebody_puts_there_meanwhile_is_kept(tmp_path):
    out = written(tmp_path / "out")
    writing = whole_folder(out, overwrite=True)
    (writing.__enter__() / "findings.json").write_text("new")
    plant_file(out)
    with pytest.raises(InputError, match="did not write"):
        writing.__exit__(None, None, None)
    assert (out / "thesis.txt").read_text() == "years of work"
    assert (out / "findings.json").read_text() == "old"


def test_names_that_others_use_make_no_folder_ours(tmp_path):
    for name in ("model.json", "findings.json", "summary.json", "rules.html"):
        out = tmp_path / name.partition(".")[0]
        out.mkdir()
        (out / name).write_text("{}")
        (out / "thesis.txt").write_text("years of work")
        with pytest.raises(InputError, match="did not write"), whole_folder(out, overwrite=True):
            pass
        assert (out / "thesis.txt").read_text() == "years of work"


def killed(out, how):
    """Ends a process of its own in the middle of writing `out`."""
    code = f"""
import os, signal, sys
from pathlib import Path
from fmassist.application import folder
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if {how!r} == "between":
    aside = folder.put_aside
    folder.put_aside = lambda out: (aside(out), die())
with folder.whole_folder(Path(sys.argv[1]), overwrite=True) as work:
    (work / "findings.json").write_text("new")
    if {how!r} == "within": die()
"""
    assert subprocess.run([sys.executable, "-c", code, str(out)], check=False).returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
@pytest.mark.parametrize("how", ["within", "between"])
def test_what_a_killed_process_left_is_gone_with_the_next_run(tmp_path, how):
    out = written(tmp_path / "out")
    killed(out, how)
    left = [path.name for path in tmp_path.iterdir() if path.name.startswith(".fmassist-")]
    assert left
    with pytest.raises(InputError, match="--overwrite"), whole_folder(out):
        pass
    assert (out / "findings.json").read_text() == "old", "the results of before are back"
    with whole_folder(out, overwrite=True) as folder:
        (folder / "findings.json").write_text("new")
    assert (out / "findings.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_somebody_is_writing_is_left_alone(tmp_path):
    out = tmp_path / "out"
    with whole_folder(out) as theirs:
        (theirs / "findings.json").write_text("theirs")
        with whole_folder(out) as ours:
            (ours / "findings.json").write_text("ours")
            assert theirs.is_dir()
        (out / "findings.json").unlink()
        (out / MARKER).unlink()
    assert (out / "findings.json").read_text() == "theirs"


@pytest.mark.skipif(os.name == "nt", reason="pipes are POSIX'")
@pytest.mark.parametrize("name", ["findings.json", MARKER])
def test_a_pipe_in_a_file_s_place_is_not_waited_for(tmp_path, name):
    out = tmp_path / "out"
    with whole_folder(out) as folder:
        (folder / "findings.json").write_text("{}")
    (out / name).unlink()
    os.mkfifo(out / name)
    with pytest.raises(InputError), whole_folder(out, overwrite=True):
        pytest.fail("somebody's pipe would be replaced")
    assert (out / name).is_fifo()
