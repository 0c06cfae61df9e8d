"""A short run over every reader; the long one is `python Testing/fuzz/long_run.py`."""

import pytest
from fuzz.mutations import drawn, mutated, operations
from fuzz.readers import readers
from fuzz.trial import trial
from hypothesis import HealthCheck, given, settings

QUICK = [reader for reader in readers() if reader.name != "knowledge"]


@pytest.mark.parametrize("reader", QUICK, ids=lambda reader: reader.name)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(todo=operations())
def test_whatever_happens_to_a_file_a_user_meets_one_line(tmp_path, reader, todo):
    folder = tmp_path / "files"
    if not folder.exists():
        folder.mkdir()
        (tmp_path / "sound").write_text(str(reader.make(folder)))
    sound = folder.__class__((tmp_path / "sound").read_text())
    kept = tmp_path / "whole"
    if not kept.exists():
        kept.write_bytes(sound.read_bytes())
    assert trial(reader, sound, kept.read_bytes(), todo) == ""


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
def test_the_sound_file_is_read(tmp_path, reader):
    reader.read(reader.make(tmp_path))


def test_a_seed_damages_the_same_way_each_time():
    whole = bytes(range(256)) * 8
    for seed in range(50):
        assert mutated(whole, drawn(seed), form="bytes") == mutated(whole, drawn(seed), form="bytes")
    assert len({mutated(whole, drawn(seed), form="bytes") for seed in range(50)}) > 40
