"""The torso to try things on is wrong in two places, and in no third one."""

import numpy as np
from scipy import ndimage

from fmassist.phantom import torso
from fmassist.phantom.labels import LABELS
from fmassist.phantom.mistakes import with_two_mistakes


def test_kidneys_are_exchanged_and_ten_millilitres_of_spleen_lie_in_the_pelvis():
    person = torso(spacing_mm=(6.0, 6.0, 6.0))
    truth, wrong = person.segmentation.layers[0], with_two_mistakes(person).layers[0]
    for name, other in (("kidney_left", "kidney_right"), ("kidney_right", "kidney_left")):
        assert ((wrong == LABELS[name]) == (truth == LABELS[other])).all()
    changed = (truth != wrong) & ~np.isin(truth, [LABELS["kidney_left"], LABELS["kidney_right"]])
    assert set(np.unique(wrong[changed])) == {LABELS["spleen"]}
    pieces, count = ndimage.label(wrong == LABELS["spleen"], np.ones((3, 3, 3)))
    assert count == 2
    stray_ml = changed.sum() * 6**3 / 1000
    assert 8 < stray_ml < 12
    low = [np.argwhere(pieces == number)[:, 2].mean() for number in (1, 2)]
    assert (max(low) - min(low)) * 6 > 100, "far below the spleen"
