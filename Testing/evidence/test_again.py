"""After an edit, the touched segments measure what a whole measurement says of them."""

from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmassist.errors import InputError
from fmassist.evidence.again import before_edits, measure_again, touched_segments
from fmassist.evidence.measure import measure
from fmassist.phantom import torso


@cache
def study(with_image):
    person = torso(spacing_mm=(6.0, 6.0, 6.0), field_of_view=((-180, -150, -60), (180, 150, 90)))
    volume = person.volume if with_image else None
    return person.segmentation, volume, measure(person.segmentation, volume), before_edits(person.segmentation, volume)


def painted(segmentation, edits):
    """Balls of a label, or of nothing, one after the other."""
    layer = np.array(segmentation.layers[0])
    places = np.argwhere(layer)
    labels = [0, *(s.label for s in segmentation.segments)]
    grid = np.indices(layer.shape)
    for at, label, radius in edits:
        centre = places[int(at * (len(places) - 1))]
        ball = sum((axis - c) ** 2 for axis, c in zip(grid, centre, strict=True)) <= radius**2
        layer[ball] = labels[label % len(labels)]
    return replace(segmentation, layers=(layer, *segmentation.layers[1:]))


def same(one, other, where=""):
    if isinstance(one, dict):
        assert set(one) == set(other), where
        for key in one:
            same(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for n, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{n}]")
    elif isinstance(one, float) and isinstance(other, float):
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6), where
    else:
        assert one == other, where


EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 200), st.floats(0, 6)),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("with_image", [True, False])
@settings(max_examples=12, deadline=None)
@given(edits=EDITS)
def test_touched_segments_and_their_pairs_are_as_if_all_were_measured(with_image, edits):
    segmentation, volume, before, unedited = study(with_image)
    after = painted(segmentation, edits)
    touched = touched_segments(segmentation, after)
    again = measure_again(before, after, unedited, touched)
    whole = measure(after, volume)
    assert [facts.key for facts in again.segments] == [facts.key for facts in whole.segments]
    for now, then in zip(again.segments, whole.segments, strict=True):
        if now.key in touched:
            same(asdict(now), asdict(then), now.name)
        else:
            assert now == before.segment(now.key)
    assert again.apart_measured_mm == whole.apart_measured_mm
    for ours, theirs in ((again.pairs, whole.pairs), (again.apart, whole.apart)):
        assert [(f.first, f.second) for f in ours] == [(f.first, f.second) for f in theirs]
        for now, then in zip(ours, theirs, strict=True):
            if {now.first, now.second} & touched:
                same(asdict(now), asdict(then), f"{now.first}/{now.second}")


def test_a_structure_that_was_rubbed_out_is_empty_and_has_no_pairs():
    segmentation, volume, before, unedited = study(True)
    liver = next(s for s in segmentation.segments if s.name == "liver")
    layer = np.where(segmentation.layers[0] == liver.label, 0, segmentation.layers[0])
    after = replace(segmentation, layers=(layer,))
    touched = touched_segments(segmentation, after)
    assert touched == {f"0:{liver.label}"}
    again = measure_again(before, after, unedited, touched)
    assert again.segment(f"0:{liver.label}") == measure(after, volume).segment(f"0:{liver.label}")
    assert again.segment(f"0:{liver.label}").voxel_count == 0
    assert not [f for f in (*again.pairs, *again.apart) if f"0:{liver.label}" in (f.first, f.second)]


def test_nothing_edited_is_nothing_changed():
    segmentation, _, before, unedited = study(True)
    assert touched_segments(segmentation, segmentation) == frozenset()
    assert measure_again(before, segmentation, unedited, frozenset()) == before


def test_another_grid_is_no_edit():
    segmentation = study(False)[0]
    smaller = torso(spacing_mm=(12.0, 12.0, 12.0)).segmentation
    with pytest.raises(InputError, match="another grid"):
        touched_segments(segmentation, smaller)
