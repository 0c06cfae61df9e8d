"""Knowledge that was kept is the knowledge that was assembled; what is damaged or strange is assembled anew."""

from __future__ import annotations

import pickle
import re
from collections import Counter
from dataclasses import fields

import pytest

from fmassist.knowledge import kept, load
from fmassist.knowledge.load import load_knowledge
from fmassist.private_cache import keep


@pytest.fixture(scope="module")
def assembled():
    return load._assemble(load._shipped_files(), overriding=None)


@pytest.fixture
def knowledge(assembled, tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_CACHE", str(tmp_path / "cache"))
    kept.keep_knowledge(assembled)
    return assembled


def statements(store):
    """Every statement and how often, whatever anonymous nodes are called."""
    return Counter(re.sub(r"_:\w+", "_:", str(quad)) for quad in store)


def test_what_was_kept_is_what_was_assembled(knowledge):
    found = kept.read_knowledge(knowledge.digest)
    assert found is not None
    for field in fields(knowledge):
        if field.name != "store":
            assert getattr(found, field.name) == getattr(knowledge, field.name), field.name
    assert statements(found.store) == statements(knowledge.store)
    # Names of anonymous nodes differ from store to store, so that no record may hold one.
    assert "_:" not in repr([getattr(found, f.name) for f in fields(found) if f.name != "store"])
    assert found.related == knowledge.related


def test_other_files_are_not_answered_by_it(knowledge):
    assert kept.read_knowledge("0" * 64) is None


def test_changed_code_is_not_answered_by_what_older_code_made(knowledge, tmp_path, monkeypatch):
    (tmp_path / "load.py").write_text("# other code")
    monkeypatch.setattr(kept, "__file__", str(tmp_path / "kept.py"))
    assert kept.read_knowledge(knowledge.digest) is None


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps((1, 2)), pickle.dumps(({"fields": {}}, b""))])
def test_a_damaged_file_is_passed_over(knowledge, content):
    keep(kept.KIND, kept._key(knowledge.digest), content)
    assert kept.read_knowledge(knowledge.digest) is None


class Planted:
    def __reduce__(self):
        import os

        return os.mkdir, ("planted",)


def test_code_in_it_does_not_run(knowledge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keep(kept.KIND, kept._key(knowledge.digest), pickle.dumps(Planted()))
    assert kept.read_knowledge(knowledge.digest) is None
    assert not (tmp_path / "planted").exists()


def test_the_shipped_knowledge_is_kept_when_it_was_assembled(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_CACHE", str(tmp_path / "cache"))
    load._shipped.cache_clear()
    try:
        first = load_knowledge()
        assert list((tmp_path / "cache").rglob("*"))
        monkeypatch.setattr(load, "_assemble", lambda *_a, **_k: pytest.fail("it was assembled again"))
        load._shipped.cache_clear()
        assert load_knowledge().rules == first.rules
    finally:
        load._shipped.cache_clear()
