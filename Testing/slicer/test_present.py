"""Words, bars and escaping."""

import pytest


@pytest.fixture
def present(app):
    from FMAssistLib import present

    return present


def test_bar_marks_a_value_inside_green_and_outside_red(present):
    assert "#2e7d32" in present.expectation_bar(50, 30, 120)
    assert "#c62828" in present.expectation_bar(500, 30, 120)
    assert "#c62828" in present.expectation_bar(-1, 0, None)
    assert present.expectation_bar(5, None, None) == ""


def test_names_from_files_are_escaped(present):
    finding = {
        "message": "<b>x</b>",
        "segments": ["<script>"],
        "evidence": [{"quantity": "<i>", "value": 1.0, "unit": "<u>", "expected": "<s>"}],
        "causes": [{"label": "<c>", "probability": None}],
        "excused_by": ["<e>"],
        "sources": ["<q>"],
        "rationale": "<r>",
        "repair": {"label": "<l>", "steps": [{"action": "drop", "segment": "<g>", "component": 0}], "resolves": []},
    }
    text = present.explanation(finding, None, "<f>")
    for tag in ("<b>x", "<script>", "<i>", "<u>", "<s>", "<c>", "<e>", "<q>", "<r>", "<l>", "<g>", "<f>"):
        assert tag not in text


def test_verdict_line_counts_what_needs_somebody(present):
    findings = [{"severity": "block", "segments": ["a", "b"]}, {"severity": "info", "segments": ["c"]}]
    result = {"verdict": "implausible", "segments": [{}] * 9, "findings": findings}
    assert present.verdict_line(result, 1)[0] == "Implausible: 2 of 9 structures, 1 finding"
    assert present.verdict_line(result, 0)[0].endswith("all decided")
    assert present.verdict_line({"verdict": "plausible", "segments": [{}] * 9}, 0)[0].startswith("Plausible")


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (3, "about 5 s left"), (42, "about 40 s left"), (90, "about 2 min left")]
)
def test_time_left_is_rounded(present, seconds, text):
    assert present.time_left(seconds) == text


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (
            {"action": "swap", "segment": "kidney_left", "target": "kidney_right"},
            "exchange kidney left and kidney right",
        ),
        ({"action": "drop", "segment": "spleen", "component": 1}, "remove piece 2 of spleen"),
        (
            {
                "action": "relabel",
                "segment": "vertebrae_L1",
                "target": "https://w3id.org/fmassist/structure/vertebrae_T12",
            },
            "rename vertebrae L1 to vertebrae T12",
        ),
    ],
)
def test_repair_steps_in_words(present, step, text):
    assert present.step_text(step) == text
