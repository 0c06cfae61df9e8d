"""Figures against values worked out by hand."""

import numpy as np
import pytest

from fmassist.bench.statistics import auroc, auroc_estimate, rate, sensitivity_at


def test_wilson_interval_of_nine_in_ten():
    estimate = rate(9, 10)
    assert estimate.value == 0.9
    # Wilson 1927, n = 10, p = 0.9: 0.596 to 0.982.
    assert estimate.low == pytest.approx(0.5958, abs=1e-3)
    assert estimate.high == pytest.approx(0.9821, abs=1e-3)
    assert rate(0, 0) is None


def test_auroc_counts_ties_as_half():
    assert auroc([3, 2], [1, 2]) == 0.875
    assert auroc([1], [1]) == 0.5
    assert np.isnan(auroc([], [1]))


def test_the_bootstrap_keeps_cases_of_one_anatomy_together():
    positive = [(person, 1.0) for person in range(20) for _ in range(3)]
    negative = [(person, 0.0 if person else 2.0) for person in range(20)]
    estimate = auroc_estimate(positive, negative, draws=200)
    assert estimate.value == pytest.approx(0.95)
    assert estimate.low < 0.95 <= estimate.high <= 1.0


def test_sensitivity_at_a_specificity_never_counts_a_tie_as_found():
    negative = [0.0] * 19 + [0.5]
    assert sensitivity_at([0.0, 0.1, 0.5, 0.9], negative, 0.95) == 0.75
    assert sensitivity_at([0.0, 0.1, 0.5, 0.9], negative, 1.0) == 0.25
