"""The ontology against itself, against UBERON and BSPO, and against good segmentations."""

from __future__ import annotations

import csv
import gzip
import json
import re
from graphlib import TopologicalSorter

import numpy as np
import pytest
from pyoxigraph import NamedNode

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.resources import resource

DIRECTIONS = {
    "rightOf": (0, 1),
    "leftOf": (0, -1),
    "anteriorTo": (1, 1),
    "posteriorTo": (1, -1),
    "superiorTo": (2, 1),
    "inferiorTo": (2, -1),
}
SKOS = "http://www.w3.org/2004/02/skos/core#"
OBO = "http://purl.obolibrary.org/obo/"
OBO_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


@pytest.fixture(scope="module")
def uberon(shared):
    with gzip.open(shared / "knowledge" / "uberon_terms_2026-04-01.tsv.gz", "rt", encoding="utf-8") as lines:
        return {row["id"]: row for row in csv.DictReader(lines, delimiter="\t")}


def class_maps(shared):
    return json.loads((shared / "data" / "labels" / "totalsegmentator_class_maps.json").read_text())


def stated(knowledge, predicate):
    """Pairs of structure keys that a relation of the closed ontology holds between."""
    quads = knowledge.store.quads_for_pattern(None, NamedNode(FMX + predicate), None)
    return sorted((q.subject.value.removeprefix(ST), q.object.value.removeprefix(ST)) for q in quads)


def matches(knowledge, kind):
    """Structure key to UBERON id."""
    quads = knowledge.store.quads_for_pattern(None, NamedNode(SKOS + kind), None)
    return {
        q.subject.value.removeprefix(ST): q.object.value.removeprefix(OBO).replace("_", ":")
        for q in quads
        if q.object.value.startswith(OBO + "UBERON")
    }


# --- Complete ---


@pytest.mark.parametrize("task", ["total", "total_mr", "total_v1"])
def test_every_label_of_totalsegmentator_has_a_structure(knowledge, shared, task):
    missing = [name for name in class_maps(shared)[task].values() if ST + name not in knowledge.structures]
    assert missing == []


def test_every_structure_has_a_definition_and_says_where_it_comes_from(knowledge):
    for predicate in ("IAO_0000115", "IAO_0000119"):
        said = {q.subject.value for q in knowledge.store.quads_for_pattern(None, NamedNode(OBO + predicate), None)}
        assert set(knowledge.structures) <= said


def test_every_one_of_the_117_is_placed_by_a_direction_a_container_or_a_chain(knowledge, shared):
    placed = {a for relation in (*DIRECTIONS, "containedIn") for a, _ in stated(knowledge, relation)}
    total = class_maps(shared)["total"].values()
    assert [n for n in total if n not in placed and knowledge.structure(n).chain is None] == []


def test_every_one_of_the_117_has_a_place_in_levels_but_the_lesions(knowledge, shared):
    without = {n for n in class_maps(shared)["total"].values() if knowledge.structure(n).level_top is None}
    assert without <= {"kidney_cyst_left", "kidney_cyst_right"}


# --- Consistent ---


def test_a_side_is_what_the_name_says_and_partners_name_each_other(knowledge):
    for structure in knowledge.structures.values():
        if structure.partner is not None:
            partner = knowledge.structures[structure.partner]
            assert partner.partner == structure.iri
            assert {structure.side, partner.side} == {"left", "right"}
            assert partner.key == re.sub("left|right", partner.side, structure.key)
        if structure.side is not None:
            assert structure.side in structure.key
            assert structure.side in structure.label


def test_paired_structures_are_those_with_a_partner(knowledge):
    for structure in knowledge.structures.values():
        # What other tools name has a partner, and no rule of pairs binds it (`ontology/named.ttl`).
        if FMX + "NamedStructure" not in structure.groups:
            assert (FMX + "PairedStructure" in structure.groups) == (structure.partner is not None), structure.key
        assert not (structure.side and structure.midline), structure.key


def test_chains_count_from_head_to_foot_without_a_gap(knowledge):
    assert [s.chain_index for s in knowledge.chains["spine"]] == list(range(1, 26))
    assert [s.key for s in knowledge.chains["spine"]][:8] == [f"vertebrae_C{n}" for n in range(1, 8)] + ["vertebrae_T1"]
    for side in ("left", "right"):
        assert [s.key for s in knowledge.chains[f"ribs_{side}"]] == [f"rib_{side}_{n}" for n in range(1, 13)]


def test_a_vertebra_lies_at_the_level_of_its_own_number(knowledge):
    for vertebra in knowledge.chains["spine"][:-1]:
        assert vertebra.level_top < vertebra.chain_index < vertebra.level_bottom


def test_levels_run_downwards(knowledge):
    for structure in knowledge.structures.values():
        if structure.level_top is not None:
            assert structure.level_top < structure.level_bottom, structure.key


@pytest.mark.parametrize(
    ("there", "back"), [("superiorTo", "inferiorTo"), ("anteriorTo", "posteriorTo"), ("leftOf", "rightOf")]
)
def test_no_structure_lies_beyond_itself(knowledge, there, back):
    graph: dict[str, set[str]] = {}
    for a, b in stated(knowledge, there):
        graph.setdefault(a, set()).add(b)
    for a, b in stated(knowledge, back):
        graph.setdefault(b, set()).add(a)
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError where a claim contradicts others


def test_directions_agree_with_the_levels(knowledge):
    """What lies above another one by an axiom is not placed wholly below it by its levels."""
    for a, b in stated(knowledge, "superiorTo"):
        upper, lower = knowledge.structure(a), knowledge.structure(b)
        if upper.level_top is not None and lower.level_bottom is not None:
            assert upper.level_top < lower.level_bottom, (a, b)


def test_sex_binds_where_it_must(knowledge):
    bound = {s.key: s.sex for s in knowledge.structures.values() if s.sex}
    assert bound == {"prostate": "male", "uterus": "female"}


def test_tissues_have_a_range_and_say_how_it_was_estimated():
    text = resource("ontology", "fmassist.ttl").read_text(encoding="utf-8")
    tissues = re.findall(r"^fmx:(\w+) a fmx:Tissue.*?\.$", text, re.M | re.S)
    blocks = re.findall(r"^fmx:\w+ a fmx:Tissue.*?\.\n\n", text, re.M | re.S)
    assert len(tissues) == len(blocks) >= 8
    for block in blocks:
        low, high = (float(re.search(rf"fmx:hu{end} (-?[\d.]+)", block).group(1)) for end in ("Low", "High"))
        assert low < high
        assert "fmx:estimated" in block or "dcterms:source" in block


# --- Against others ---


def test_fma_numbers_are_those_that_uberon_gives_for_the_same_term(knowledge, shared):
    """Looked up by UBERON's own identifier; a term to which UBERON gives several FMA numbers is left without one."""
    fma: dict[str, set[str]] = {}
    for path in sorted((shared / "knowledge" / "uberon_subsets").glob("*.obo.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as text:
            for term in text.read().split("\n\n"):
                identity = re.search(r"^id: (UBERON:\d+)$", term, re.M)
                if identity is not None:
                    fma.setdefault(identity[1], set()).update(re.findall(r"^xref: (FMA:\d+)\b", term, re.M))
    exact, close = matches(knowledge, "exactMatch"), matches(knowledge, "closeMatch")
    quads = knowledge.store.quads_for_pattern(None, NamedNode(OBO_IN_OWL + "hasDbXref"), None)
    said = {q.subject.value.removeprefix(ST): q.object.value for q in quads if q.object.value.startswith("FMA:")}
    assert len(said) >= 95
    assert {key: number for key, number in said.items() if number not in fma[(close | exact)[key]]} == {}
    # Of structures that rules judge; those that are only named (`ontology/named.ttl`) carry UBERON's number alone.
    judged = {s.key for s in knowledge.structures.values() if FMX + "NamedStructure" not in s.groups}
    known = {key: fma[term] for key, term in exact.items() if fma.get(term) and key in judged}
    assert {key: numbers for key, numbers in known.items() if len(numbers) == 1 and key not in said} == {}


def test_uberon_knows_every_term_that_is_referred_to(knowledge, uberon):
    for kind in ("exactMatch", "closeMatch", "broadMatch"):
        unknown = [(key, term) for key, term in matches(knowledge, kind).items() if term not in uberon]
        assert unknown == []


def test_cross_references_of_the_117_are_those_of_the_table(knowledge, shared):
    exact, broad = matches(knowledge, "exactMatch"), matches(knowledge, "broadMatch")
    with (shared / "knowledge" / "totalsegmentator_to_uberon.tsv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["uberon"]]
    assert len(rows) == 115
    for row in rows:
        assert (exact | broad)[row["label"]] == row["uberon"]
        if row["label"] in exact:  # a term without a side is wider than a structure of one side
            side = knowledge.structure(row["label"]).side
            assert side is None or side in row["uberon_label"] or side in uberon_side(row["uberon_label"])


def uberon_side(label):
    """UBERON says some sides in other words."""
    return {"left atrium auricular region": "left", "right common carotid artery plus branches": "right"}.get(
        label, label
    )


def test_part_of_agrees_with_uberon_where_uberon_has_both(knowledge, uberon):
    exact = matches(knowledge, "exactMatch")
    # UBERON's ancestors are over is-a and part-of together.
    known, agreed = [], []
    for part, whole in stated(knowledge, "partOf"):
        if part in exact and whole in exact:
            ancestors = {entry.rsplit(":", 1)[0] for entry in uberon[exact[part]]["ancestors_with_distance"].split("|")}
            known.append((part, whole))
            if exact[whole] in ancestors:
                agreed.append((part, whole))
    assert len(known) >= 20
    assert set(known) - set(agreed) <= UBERON_SILENT


UBERON_SILENT = {
    # The wholes are TotalSegmentator's labels, which hold more than UBERON's class that comes nearest.
    ("splenic_vein", "portal_vein_and_splenic_vein"),
    ("portal_vein", "portal_vein_and_splenic_vein"),
    ("common_iliac_artery_right", "iliac_artery_right"),
    ("common_iliac_artery_left", "iliac_artery_left"),
    ("cerebellum_white_matter", "brain"),  # UBERON reaches the brain only through the cerebellum's own class
    ("cerebrospinal_fluid", "brain"),  # a substance there; here, what FreeSurfer draws within the brain
    ("vertebrae_S1", "sacrum"),  # UBERON has the sacrum grow from the vertebrae instead of holding them
}
"""Part-of that UBERON does not state, each with its reason."""


def test_human_directions_are_not_bspo_directions():
    """BSPO's anterior_to is towards the head: taking it by its name would turn everything by a quarter."""
    text = resource("ontology", "fmassist.ttl").read_text(encoding="utf-8")
    seen = dict(re.findall(r"fmx:(\w+To) a owl:ObjectProperty(?:(?! \.\n).)*?rdfs:seeAlso obo:(BSPO_\d+)", text, re.S))
    assert seen == {
        "superiorTo": "BSPO_0000096",
        "inferiorTo": "BSPO_0000099",
        "anteriorTo": "BSPO_0000102",
        "posteriorTo": "BSPO_0000098",
    }


@pytest.mark.parametrize(
    ("case", "labels", "task"),
    [
        ("ct_abdomen", "totalsegmentator", "total"),
        ("ct_upper_abdomen", "totalsegmentator", "total"),
        ("mr_abdomen", "totalsegmentator_mr", "total_mr"),
    ],
)
def test_every_direction_holds_in_good_segmentations(knowledge, shared, case, labels, task):
    """Normative, not learned from them: each axiom holds along every axis on which the image shows both ends."""
    import SimpleITK as sitk

    image = sitk.DICOMOrient(sitk.ReadImage(str(shared / "data" / case / f"{labels}.nii.gz")), "RAS")
    array = sitk.GetArrayFromImage(image).T  # indices grow towards right, anterior, superior
    centroids, whole = {}, {}
    for value, name in class_maps(shared)[task].items():
        voxels = np.argwhere(array == int(value))
        if len(voxels):
            centroids[name] = voxels.mean(0)
            whole[name] = (voxels.min(0) > 0) & (voxels.max(0) < np.array(array.shape) - 1)
    judged, wrong = 0, []
    for relation, (axis, sign) in DIRECTIONS.items():
        for a, b in stated(knowledge, relation):
            if a in centroids and b in centroids and whole[a][axis] and whole[b][axis]:
                judged += 1
                if sign * (centroids[a][axis] - centroids[b][axis]) <= 0:
                    wrong.append((a, relation, b))
    assert wrong == []
    assert judged >= AT_LEAST[case]


AT_LEAST = {"ct_abdomen": 60, "ct_upper_abdomen": 10, "mr_abdomen": 10}
"""Fewer would mean that the test looks at nothing."""
