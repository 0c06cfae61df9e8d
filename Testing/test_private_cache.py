"""Nothing is read from the cache that somebody else could have written, and a cache that fails is never told of."""

from __future__ import annotations

import os
import sys

import pytest

from fmassist.private_cache import keep, read_kept

posix = pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows have no such rights")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_was_kept_is_read_back():
    assert read_kept("thing", "k1") is None
    keep("thing", "k1", b"content")
    assert read_kept("thing", "k1") == b"content"


def test_of_one_kind_the_newest_stay(folder):
    for n in range(5):
        keep("thing", f"k{n}", b"content", most=3)
        os.utime(folder / "thing" / f"k{n}", (n, n))
    assert sorted(path.name for path in (folder / "thing").iterdir()) == ["k2", "k3", "k4"]


@posix
@pytest.mark.parametrize("which", ["", "thing", "thing/k1"])
def test_what_others_may_write_is_not_read(folder, which):
    keep("thing", "k1", b"content")
    place = folder / which
    place.chmod(place.stat().st_mode | 0o020)
    assert read_kept("thing", "k1") is None


@posix
def test_a_link_is_not_followed(folder, tmp_path):
    keep("thing", "k1", b"content")
    (folder / "thing" / "k1").rename(tmp_path / "elsewhere")
    (folder / "thing" / "k1").symlink_to(tmp_path / "elsewhere")
    assert read_kept("thing", "k1") is None


@posix
def test_into_what_others_may_write_nothing_is_kept(folder):
    folder.mkdir()
    folder.chmod(0o777)
    keep("thing", "k1", b"content")
    assert list(folder.rglob("k1")) == []


def test_where_nothing_can_be_kept_nothing_is_said(folder):
    folder.write_text("a file where the folder should be")
    keep("thing", "k1", b"content")
    assert read_kept("thing", "k1") is None
