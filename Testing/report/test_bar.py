"""The small bar puts value and expectation where a reader takes them to be."""

from __future__ import annotations

import pytest

from fmassist.report.bar import bar_for


@pytest.mark.parametrize(("value", "bounds"), [(574, (100, 450)), (0.2, (1.5, 26)), (90, (None, 5)), (-112, (0, None))])
def test_a_value_outside_lies_outside_the_band(value, bounds):
    bar = bar_for(value, *bounds)
    assert bar.is_outside
    assert bar.marker < bar.band_start or bar.marker > bar.band_end
    assert 0 <= bar.marker <= 100


@pytest.mark.parametrize(("value", "bounds"), [(200, (100, 450)), (3, (None, 5)), (4, (0, None))])
def test_a_value_inside_lies_inside_the_band(value, bounds):
    bar = bar_for(value, *bounds)
    assert not bar.is_outside
    assert bar.band_start <= bar.marker <= bar.band_end


@pytest.mark.parametrize("value", ["absent", None, True, float("nan"), float("inf")])
def test_what_is_no_number_has_no_bar(value):
    assert bar_for(value, None, 5) is None


def test_what_nothing_bounds_has_no_bar():
    assert bar_for(5, None, None) is None


def test_a_value_far_off_still_leaves_the_band_visible():
    bar = bar_for(14_000, 3, 60)
    assert bar.band_end - bar.band_start > 10
