"""The small bar puts value and expectation where a reader takes them to be."""

from __future__ import annotations

import pytest

from fmassist.report.bar import bar_for, expected_range


@pytest.mark.parametrize(
    ("words", "limits"),
    [
        ("at most 5 mm", (None, 5)),
        ("at most 2 mL or 3 %", (None, 2)),
        ("above 0 mm", (0, None)),
        ("at least 80 %", (80, None)),
        ("1,200 to 2,400 mL", (1200, 2400)),
        ("-20 to 60 HU", (-20, 60)),
        ("−20 to 60 HU", (-20, 60)),
        ("0.6 to 1.6 times", (0.6, 1.6)),
        ("labelled", None),
        ("", None),
    ],
)
def test_limits_are_read_from_words(words, limits):
    assert expected_range(words) == limits


@pytest.mark.parametrize(
    ("value", "expected"), [(574, "100 to 450 HU"), (0.2, "1.5 to 26 mL"), (90, "at most 5 mm"), (-112, "above 0 mm")]
)
def test_a_value_outside_lies_outside_the_band(value, expected):
    bar = bar_for(value, expected)
    assert bar.is_outside
    assert bar.marker < bar.band_start or bar.marker > bar.band_end
    assert 0 <= bar.marker <= 100


@pytest.mark.parametrize(("value", "expected"), [(200, "100 to 450 HU"), (3, "at most 5 mm"), (4, "above 0 mm")])
def test_a_value_inside_lies_inside_the_band(value, expected):
    bar = bar_for(value, expected)
    assert not bar.is_outside
    assert bar.band_start <= bar.marker <= bar.band_end


@pytest.mark.parametrize("value", ["absent", None, True, float("nan"), float("inf")])
def test_what_is_no_number_has_no_bar(value):
    assert bar_for(value, "at most 5 mm") is None


def test_a_value_far_off_still_leaves_the_band_visible():
    bar = bar_for(14_000, "3 to 60 mL")
    assert bar.band_end - bar.band_start > 10
