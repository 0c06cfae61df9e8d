"""An output folder is there whole or not at all, and nobody else's folder is replaced."""

from __future__ import annotations

import pytest

from fmassist.application.folder import whole_folder
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
    assert [path.name for path in out.iterdir()] == ["findings.json"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        fill_and_fail(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_results(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "findings.json").write_text("old")
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
