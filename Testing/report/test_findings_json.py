"""findings.json keeps to its schema, says units, and is the same each time."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest

from fmassist.errors import InputError
from fmassist.report.findings_json import dumps, to_json
from fmassist.report.schema import check_findings, read_findings
from fmassist.resources import resource


@pytest.fixture
def document(cases):
    return to_json(cases.result(), cases.evidence(), model="LiteMedSAM 0.1.1")


def test_it_keeps_to_the_shipped_schema(document):
    check_findings(json.loads(dumps(document)))


def test_the_schemas_are_valid_themselves():
    from jsonschema import Draft202012Validator

    for name in ("findings", "context"):
        schema = json.loads(resource("schemas", f"{name}.schema.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)


def test_the_same_study_gives_the_same_bytes(cases):
    texts = {dumps(to_json(cases.result(), cases.evidence())) for _ in range(3)}
    assert len(texts) == 1


def test_every_measurement_has_a_unit(document):
    for segment in document["segments"]:
        assert segment["measurements"]["volume"] == {"value": 91.234, "unit": "mL"}
        assert all(set(quantity) == {"value", "unit"} for quantity in segment["measurements"].values())
        assert segment["measurements"]["intensity_median"]["unit"] == "HU"


def test_segments_are_named_and_never_keyed(document):
    finding = document["findings"][0]
    assert finding["causes"][0]["segments"] == ["kidney_right", "kidney_left"]
    step = finding["repair"]["steps"][0]
    assert (step["segment"], step["target"]) == ("kidney_right", "kidney_left")


def test_a_cut_off_structure_says_where(document):
    aorta = document["segments"][2]
    assert aorta["status"] == "cut_off"
    assert aorta["cut_at"] == ["superior"]


def test_the_account_of_rules_gives_the_reason_why_one_does_not_apply(document):
    assert document["rules"]["not_applicable"] == 1
    assert document["rules"]["not_applicable_reasons"] == {"cut off": 1}


def test_numbers_that_json_does_not_know_become_null(document):
    document["findings"][0]["evidence"][0]["value"] = float("nan")
    text = dumps(document)
    assert "NaN" not in text
    check_findings(json.loads(text))


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda d: d.pop("verdict"), "verdict"),
        (lambda d: d["findings"][0].update(severity="grave"), "findings/0/severity"),
        (lambda d: d["segments"][1]["measurements"]["volume"].update(unit="cc"), "segments/1"),
        (lambda d: d.update(patient="Doe"), "additionalProperties"),
    ],
)
def test_a_departure_is_refused_with_its_place(document, spoil, where):
    spoilt = copy.deepcopy(json.loads(dumps(document)))
    spoil(spoilt)
    with pytest.raises(InputError, match=where) as caught:
        check_findings(spoilt)
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"verdict": 1}'])
def test_what_is_no_findings_file_is_one_clear_line(tmp_path, text):
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(InputError) as error:
        read_findings(tmp_path / "f.json")
    assert "\n" not in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_how_unsure_the_model_was_stands_beside_its_confidence(cases):
    evidence = cases.evidence()
    first = replace(evidence.segments[0], confidence_mean=0.9, unsure_share=0.125)
    told = to_json(cases.result(), replace(evidence, segments=(first, *evidence.segments[1:])))
    check_findings(json.loads(dumps(told)))
    measured = [segment["measurements"] for segment in told["segments"] if segment["name"] == first.name]
    assert measured[0]["confidence_mean"] == {"value": 0.9, "unit": "1"}
    assert measured[0]["unsure_share"] == {"value": 0.125, "unit": "1"}
