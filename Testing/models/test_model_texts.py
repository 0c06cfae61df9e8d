"""Descriptions, metadata and addresses that want to deceive or to break: one clear line, or clean text."""

from __future__ import annotations

import json

import pytest

from fmassist.cli.main import main
from fmassist.errors import InputError
from fmassist.models.address import require_address
from fmassist.models.card import card_from
from fmassist.models.plain_json import parse_json
from fmassist.models.recognise import recognise

CARD = {
    "schema": 1,
    "id": "house:x",
    "version": "1",
    "title": "T",
    "backend": "onnx",
    "task": "x",
    "modality": ["CT"],
    "body_region": "x",
    "prompts": ["none"],
    "licence": {"name": "CC0-1.0"},
}
ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe"


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))


WRONG = {
    "memory without end": '{"needs": {"memory_gb": 1e300}}',
    "a number without end": '{"needs": {"bytes_per_voxel": 1e999}}',
    "no number": '{"needs": {"memory_gb": NaN}}',
    "infinity": '{"needs": {"memory_gb": Infinity}}',
    "a grid finer than any": '{"options": {"spacing_mm": [1e-300, 1, 1]}}',
    "a thousand brackets": "[" * 100_000,
    "brackets in a text's neighbour": '{"title": ' + "[" * 200 + "]" * 200 + "}",
    "a name twice": '{"title": "a", "title": "b"}',
    "half a character": '{"title": "\\ud800"}',
    "a bad address": '{"options": {"server": "http://[::1"}}',
    "an address with a user": '{"options": {"server": "http://user:secret@host/"}}',
    "a fold outside": '{"options": {"folds": ["../../x"]}}',
    "a file outside": '{"files": [{"path": "..\\\\..\\\\x"}]}',
    "a digit of another script": '{"labels": {"values": {"١": {"name": "x"}}}}',
    "an integer of 5000 digits": '{"needs": {"memory_gb": ' + "9" * 5000 + "}}",
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_description_is_one_line(what, tmp_path, capsys):
    folder = tmp_path / "models" / "m"
    folder.mkdir(parents=True)
    text = WRONG[what]
    if text.startswith("{") and what not in ("a name twice", "brackets in a text's neighbour"):
        text = json.dumps(CARD)[:-1] + ", " + text[1:]
    (folder / "fmassist-model.json").write_text(text)
    assert main(["models", "show", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "secret" not in said
    assert main(["models"]) == 0, "one that is wrong takes no other away"
    assert "can't be used: m:" in capsys.readouterr().out


def test_escapes_do_not_reach_the_terminal(tmp_path, capsys):
    folder = tmp_path / "models" / "m"
    folder.mkdir(parents=True)
    named = {"labels": {"values": {"1": {"name": f"liver{ESCAPES}"}}}, "known_failures": [ESCAPES]}
    more = {"title": f"T{ESCAPES}", "task": ESCAPES, "licence": {"name": ESCAPES}, "population": {"age": ESCAPES}}
    (folder / "fmassist-model.json").write_text(json.dumps({**CARD, **named, **more}))
    for command in (["models"], ["models", "show", str(folder)], ["models", "show", str(folder), "--json"]):
        assert main(command) == 0
        shown = capsys.readouterr().out
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)
        assert "owned" in shown


def test_metadata_of_bundles_and_datasets_is_cleaned_too(tmp_path):
    (tmp_path / "b" / "configs").mkdir(parents=True)
    outputs = {"pred": {"channel_def": {"0": "background", "1": f"liver{ESCAPES}"}}}
    said = {
        "name": f"B{ESCAPES}",
        "license": f"MIT{ESCAPES}",
        "network_data_format": {"inputs": {"image": {}}, "outputs": outputs},
    }
    (tmp_path / "b" / "configs" / "metadata.json").write_text(json.dumps(said))
    card = recognise(tmp_path / "b")[0]
    assert not {"\x1b", "\x07", "\u202e"} & set(card.title + card.id + str(card.licence) + card.labels[0].name)
    outputs["pred"]["channel_def"]["70000"] = "too high"
    (tmp_path / "b" / "configs" / "metadata.json").write_text(json.dumps(said))
    with pytest.raises(InputError, match="names no labels"):
        recognise(tmp_path / "b")


def test_a_licence_that_is_a_link_is_not_read(tmp_path):
    (tmp_path / "secret").write_text("-----BEGIN PRIVATE KEY-----")
    (tmp_path / "b" / "configs").mkdir(parents=True)
    outputs = {"pred": {"channel_def": {"1": "liver"}}}
    said = {"name": "B", "network_data_format": {"inputs": {"image": {}}, "outputs": outputs}}
    (tmp_path / "b" / "configs" / "metadata.json").write_text(json.dumps(said))
    (tmp_path / "b" / "LICENSE").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="names no licence"):
        recognise(tmp_path / "b")


@pytest.mark.parametrize(
    "url",
    [
        *("http://[::1", "http://h:99999999", "http://h:0", "http://", "http:///x", "http://a b/", "http://h\x1b[2J/"),
        *("http://user:secret@h/", "https://ⓔxample.com/", "ftp://h/", "file:///etc/passwd", "http://h/\n", "//h"),
        *("http://h\\@evil/", "http://h#@evil/", "http://h?x", "http://..", "javascript:alert(1)", ""),
    ],
)
def test_a_bad_address_is_one_line(url, capsys):
    with pytest.raises(InputError, match="the address is none of a server"):
        require_address(url)
    for kind in ("monailabel", "nninteractive"):
        assert main(["models", "show", f"{kind}:{url}"]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "secret" not in said


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "https://label.example.org/a/b", "http://[::1]:8000/x", "http://10.0.0.1"]
)
def test_a_good_address_is_taken(url):
    assert require_address(url) == url


def test_plain_json_keeps_what_is_plain():
    text = '{"a": [1, 2.5, "x[[[\\"{{{", null, true, "\\u00e9\\ud83d\\ude00"]}'
    assert parse_json(text) == json.loads(text)
    assert card_from(CARD).title == "T"
