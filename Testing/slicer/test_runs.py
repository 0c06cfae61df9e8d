"""Runs of voxels against what they stand for, on many small arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

ARRAYS = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9), elements=st.integers(0, 3))


@pytest.fixture(scope="module", autouse=True)
def small_pieces(application):
    """Pieces of a few voxels, so that work is cut everywhere."""
    from FMAssistLib import idle

    before, idle.PIECE_VOXELS = idle.PIECE_VOXELS, 7
    yield
    idle.PIECE_VOXELS = before


@settings(deadline=None, max_examples=150)
@given(ARRAYS)
def test_boxes_are_those_of_scipy(array):
    from FMAssistLib.idle import finish
    from FMAssistLib.runs import boxes_by_value, runs_of
    from scipy.ndimage import find_objects

    expected = {value + 1: box for value, box in enumerate(find_objects(array)) if box is not None}
    assert finish(boxes_by_value(finish(runs_of(array)))) == expected


@settings(deadline=None, max_examples=150)
@given(ARRAYS.map(lambda array: array > 1))
def test_pieces_are_those_of_scipy_largest_first(mask):
    from FMAssistLib.idle import finish
    from FMAssistLib.masks import Crop
    from FMAssistLib.repairs import pieces_in
    from scipy.ndimage import center_of_mass, label

    labels, count = label(mask, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=1)[1:]
    pieces = finish(pieces_in(Crop((4, 5, 6), mask)))
    assert pieces.count == count
    # Of equal ones the highest, the most anterior, the rightmost first, as the evidence has them; here k is up.
    k, j, i = np.round(np.reshape(center_of_mass(mask, labels, range(1, count + 1)), (-1, 3)), 4).T
    for rank, number in enumerate(np.lexsort((-i, -j, -k, -sizes))):
        crop = finish(pieces.drawn([rank]))
        again = np.zeros_like(mask)
        i, j, k = (a - b for a, b in zip(crop.first, (4, 5, 6), strict=True))
        nk, nj, ni = crop.mask.shape
        again[k : k + nk, j : j + nj, i : i + ni] = crop.mask
        assert (again == (labels == number + 1)).all()


def test_work_in_pieces_gives_what_it_gives_at_once_and_can_be_dropped(app):
    from FMAssistLib.idle import Idle, finish

    seen, done, failed = [], [], []

    def steps():
        for number in range(5):
            seen.append(number)
            yield
        return "all"

    assert finish(steps()) == "all"
    idle = Idle()
    idle.run(steps(), done.append, failed.append)
    assert idle.busy
    app.wait_until(lambda: done)
    assert (done, failed, idle.busy) == (["all"], [], False)
    seen.clear()
    idle.run(steps(), done.append, failed.append)
    idle.cancel()
    app.processEvents()
    assert seen == []
    assert done == ["all"]

    def broken():
        yield
        raise ValueError("no")

    idle.run(broken(), done.append, failed.append)
    app.wait_until(lambda: failed)
    assert str(failed[0]) == "no"
    assert not idle.busy
