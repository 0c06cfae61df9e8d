"""A study judged again while somebody edits it says of the edit what a whole check would."""

from dataclasses import replace

import numpy as np
import pytest

import fmassist
from fmassist.application.live import LiveCheck
from fmassist.application.types import Options
from fmassist.errors import InputError
from fmassist.phantom import torso


@pytest.fixture(scope="module")
def checked():
    person = torso(spacing_mm=(5.0, 5.0, 5.0), field_of_view=((-180, -150, -60), (180, 150, 120)))
    return fmassist.check(person.segmentation, image=person.volume, label_map="totalsegmentator:total")


def said(study):
    return {(f.rule, tuple(f.segments), f.severity) for f in study.findings if f.severity != "info"}


def with_stray_piece(segmentation, name):
    """A cube of a structure drawn where nothing is labelled, far from it."""
    label = next(s.label for s in segmentation.segments if s.name == name)
    layer = np.array(segmentation.layers[0])
    far = np.argwhere(layer == label).mean(axis=0)
    free = [
        at
        for at in np.ndindex(*(n - 4 for n in layer.shape))
        if not layer[at[0] : at[0] + 4, at[1] : at[1] + 4, at[2] : at[2] + 4].any()
    ]
    k, j, i = max(free, key=lambda at: float(((np.array(at) - far) ** 2).sum()))
    layer[k : k + 4, j : j + 4, i : i + 4] = label
    return replace(segmentation, layers=(layer,))


def test_a_stray_piece_is_told_of_and_undone_it_is_gone(checked):
    live = LiveCheck(checked, Options(knowledge=checked.knowledge))
    drawn = with_stray_piece(checked.segmentation, "spleen")
    after = live.edited(drawn)
    new = said(after) - said(checked)
    assert any("spleen" in segments for _, segments, _ in new)
    whole = fmassist.check(drawn, image=checked.volume, label_map="totalsegmentator:total")
    assert said(after) == said(whole)
    assert after.verdict == whole.verdict
    undone = live.edited(checked.segmentation)
    assert said(undone) == said(checked)
    assert undone.verdict == checked.verdict


def test_without_the_segmentation_there_is_nothing_to_edit(checked):
    with pytest.raises(InputError, match="evidence"):
        LiveCheck(replace(checked, segmentation=None), Options(knowledge=checked.knowledge))
