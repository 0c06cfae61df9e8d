"""The score of a structure is one number, and every list shows the worst first."""

from dataclasses import replace

from fmassist.report.findings_json import to_json
from fmassist.report.html import render
from fmassist.report.rows import segment_rows
from fmassist.report.scores import study_score, worst_first


def document(cases, *scores):
    result = cases.result()
    scored = tuple(replace(s, wrong_probability=p) for s, p in zip(result.segments, scores, strict=True))
    return to_json(replace(result, segments=scored), cases.evidence())


def test_a_structure_with_a_grave_finding_comes_before_a_likelier_one_without(cases):
    said = document(cases, 0.1, 0.3, 0.9)
    assert [s["name"] for s in worst_first(said)] == ["kidney_left", "kidney_right", "aorta"]
    assert [(r["segment"], r["score"]) for r in segment_rows(said)] == [
        ("kidney_left", 0.3),
        ("kidney_right", 0.1),
        ("aorta", 0.9),
    ]


def test_the_report_shows_each_structure_with_its_chance_and_what_it_is_based_on(cases):
    table = render(document(cases, 0.1, 0.3, None)).split('<table class="scores">')[1].split("</table>")[0]
    places = [table.index(said) for said in ("kidney_left", "30 %", "kidney_right", "10 %", "aorta", "not judged")]
    assert places == sorted(places)
    assert 'href="#finding-1"' in table
    assert "cut off by the scan" in table


def test_a_study_is_as_doubtful_as_its_worst_structure_or_its_findings(cases):
    calm = {**document(cases, 0.1, 0.3, None), "findings": []}
    assert study_score(calm) == 0.3
    loud = document(cases, 0.1, 0.3, None)
    assert study_score(loud) > 0.9, "a finding of the gravest kind"
    notes = [f for f in loud["findings"] if f["severity"] == "info"] * 20
    assert study_score({**loud, "findings": notes}) == 0.3, "many remarks make no study worse than an error does"
