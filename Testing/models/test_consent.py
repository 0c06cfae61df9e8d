"""A yes is to exactly these bytes: every byte that may run counts, and what runs is what was asked about."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from fmassist.errors import InputError
from fmassist.models import consent, fingerprint
from fmassist.models.consent import remember, require_consent, said_yes, trusted_bytes, trusted_copy
from fmassist.models.fingerprint import sha256_of_folder


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    folder = tmp_path / "model"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "net.py").write_text("one")
    (folder / "plans.json").write_text("{}")
    remember(folder, name="m")
    return folder


CHANGES = {
    "a byte": lambda m: (m / "scripts" / "net.py").write_text("two"),
    "a file more": lambda m: (m / "more.py").write_text(""),
    "bytecode": lambda m: (
        (m / "scripts/__pycache__").mkdir(),
        (m / "scripts/__pycache__/net.cpython-311.pyc").touch(),
    ),
    "bytecode without source": lambda m: (m / "scripts" / "other.pyc").touch(),
    "a library": lambda m: (m / "scripts" / "net.so").touch(),
    "a path file": lambda m: (m / "evil.pth").touch(),
    "a hidden file": lambda m: (m / ".env").touch(),
    "a file fewer": lambda m: (m / "plans.json").unlink(),
    "a name in other case": lambda m: (m / "plans.json").rename(m / "Plans.json"),
    "a file moved": lambda m: (m / "scripts" / "net.py").rename(m / "net.py"),
    "a file and a folder swapped": lambda m: (
        (m / "plans.json").unlink(),
        (m / "plans.json").mkdir(),
        (m / "plans.json" / "x").write_text("{}"),
    ),
    "a hard link written through": lambda m: (
        os.link(m / "plans.json", m.parent / "l"),
        (m.parent / "l").write_text("[]"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_asks_again(change, model):
    assert said_yes(model)
    CHANGES[change](model)
    assert not said_yes(model)
    with pytest.raises(InputError, match="fmassist models trust"):
        require_consent(model, why="is a program")
    with pytest.raises(InputError, match="fmassist models trust"), trusted_copy(model, why="is a program"):
        pytest.fail("what nobody said yes to was handed out")


REFUSED = {
    "a link": lambda m: (m / "x.py").symlink_to(m / "plans.json"),
    "a link to a folder": lambda m: (m / "x").symlink_to(m.parent),
    "a pipe": lambda m: os.mkfifo(m / "x"),
    "two names that differ in case": lambda m: ((m / "X.py").touch(), (m / "x.py").touch()),
    "two names that differ in composition": lambda m: [
        (m / unicodedata.normalize(form, "é.py")).touch() for form in ("NFC", "NFD")
    ],
}


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are POSIX'")
@pytest.mark.parametrize("what", REFUSED)
def test_what_may_lead_elsewhere_is_refused(what, model):
    REFUSED[what](model)
    with pytest.raises(InputError, match="the model's folder holds"):
        remember(model, name="m")


def test_what_runs_is_a_private_copy_without_bytecode(model):
    (model / "scripts" / "__pycache__").mkdir()
    (model / "scripts" / "__pycache__" / "net.cpython-311.pyc").write_bytes(b"planted")
    (model / "scripts" / "sourceless.pyc").write_bytes(b"planted")
    remember(model, name="m")
    with trusted_copy(model, why="is a program") as (copy, digest):
        assert digest == sha256_of_folder(model)
        assert sorted(p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()) == [
            *("plans.json", "scripts/net.py"),
        ]
        assert os.name == "nt" or copy.parent.stat().st_mode & 0o077 == 0
        (model / "scripts" / "net.py").write_text("changed after the look")
        assert (copy / "scripts" / "net.py").read_text() == "one"
    assert not copy.exists()


def test_a_file_that_changes_between_the_look_and_the_copy_is_noticed(model, monkeypatch):
    plain = consent.copy_with_fingerprint

    def too_late(folder, target):
        (folder / "scripts" / "net.py").write_text("swapped")
        return plain(folder, target)

    monkeypatch.setattr(consent, "copy_with_fingerprint", too_late)
    with pytest.raises(InputError, match="fmassist models trust"), trusted_copy(model, why="is a program"):
        pytest.fail("the swapped file was handed out")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system has no O_NOFOLLOW")
def test_a_file_that_becomes_a_link_between_the_listing_and_the_reading_is_not_followed(model, monkeypatch):
    plain = fingerprint._opened

    def swapped(path: Path):
        if path.name == "net.py":
            path.unlink()
            path.symlink_to("/etc/hostname")
        return plain(path)

    monkeypatch.setattr(fingerprint, "_opened", swapped)
    with pytest.raises(InputError, match="can't be read"):
        sha256_of_folder(model)


def test_a_single_file_is_read_once(model, tmp_path):
    path = tmp_path / "program.ts"
    path.write_bytes(b"one")
    remember(path, name="p")
    assert trusted_bytes(path, why="is a program", most=10)[0] == b"one"
    path.write_bytes(b"two")
    with pytest.raises(InputError, match="fmassist models trust"):
        trusted_bytes(path, why="is a program", most=10)
    with pytest.raises(InputError, match="larger than any"):
        trusted_bytes(path, why="is a program", most=2)


@pytest.mark.parametrize("text", ["[" * 10**5, "[]", "{", "null", '{"x": NaN}', "\udc80"])
def test_an_unreadable_memory_says_yes_to_nothing(text, model, tmp_path):
    (tmp_path / "settings" / consent.FILE).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert not said_yes(model)


def test_a_yes_is_to_what_was_asked_about_and_not_to_what_lies_there_when_it_comes(tmp_path, monkeypatch, capsys):
    from models.planted import CONFIGS, bundle, with_code

    from fmassist.cli.main import main
    from fmassist.cli.models import wants_yes
    from fmassist.models.registry import find_model

    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    folder = with_code(bundle(tmp_path / "m", CONFIGS["the bundle's own code"]))
    said, keep = wants_yes(find_model(str(folder)))
    assert sha256_of_folder(folder) in said, "a reader can hold it against what the authors publish"
    (folder / "scripts" / "net.py").write_text("import os")
    with pytest.raises(InputError, match="changed while you were asked"):
        keep()
    assert not said_yes(folder)

    # The same with somebody at the terminal, who answers after the change.
    def confirm(_question):
        (folder / "scripts" / "net.py").write_text("import sys")
        return True

    monkeypatch.setattr("typer.confirm", confirm)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert main(["models", "trust", str(folder)]) == 2
    assert "changed while you were asked" in capsys.readouterr().err
    assert not said_yes(folder)
    monkeypatch.setattr("typer.confirm", lambda _question: True)
    assert main(["models", "trust", str(folder)]) == 0
    assert said_yes(folder)
