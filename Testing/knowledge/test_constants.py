"""Numbers that are knowledge are data: each says where it is from, and a curator changes one without Python."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from fmassist.errors import InputError
from fmassist.knowledge.constants import constant_keys
from fmassist.knowledge.load import load_knowledge

TOP = Path(__file__).resolve().parent.parent.parent
PREFIXES = """@prefix fmx: <https://w3id.org/fmassist/ontology#> .
@prefix constant: <https://w3id.org/fmassist/constant/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def own(folder, text):
    (folder / "own.ttl").write_text(PREFIXES + text, encoding="utf-8")
    return load_knowledge(folder)


def test_every_constant_says_what_it_is_and_where_it_is_from():
    stated = load_knowledge().stated_constants
    assert {one.key for one in stated} == constant_keys()
    assert [one.key for one in stated if not (one.meaning and one.unit)] == []
    assert [one.key for one in stated if bool(one.sources) == bool(one.estimated)] == []


def test_the_page_of_constants_is_that_of_the_data():
    made = runpy.run_path(str(TOP / "python" / "tools" / "constants_table.py"))["page"]()
    remedy = "run: python python/tools/constants_table.py"
    assert (TOP / "docs" / "constants.md").read_text(encoding="utf-8") == made, remedy


def test_a_curator_s_number_is_the_one_that_counts(tmp_path):
    known = own(tmp_path, 'constant:gate-most_lost a fmx:Constant ; fmx:value 0.01 ; fmx:unit "share" ;'
                ' rdfs:comment "Ours." ; fmx:estimated "by ourselves" .')  # fmt: skip
    assert known.constants.gate.most_lost == 0.01 != load_knowledge().constants.gate.most_lost
    assert known.constants.gate.least_ml == load_knowledge().constants.gate.least_ml


def test_a_name_that_nothing_reads_is_no_constant(tmp_path):
    text = 'constant:gate-most_lots a fmx:Constant ; fmx:value 0.01 ; fmx:unit "share" ; rdfs:comment "A slip." .'
    with pytest.raises(InputError, match="gate-most_lots is none that the program reads"):
        own(tmp_path, text)
