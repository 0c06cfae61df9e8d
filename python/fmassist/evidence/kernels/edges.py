"""The image on both sides of every label's surface."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from fmassist.evidence.kernels.compiled import compiled

Array = NDArray[Any]


@compiled
def look_across(
    labels: Array,
    dense: Array,
    image: Array,
    own: Array,
    steps: Array,
    areas: Array,
    taken: Array,
    first: int,
    last: int,
    judged: Array,
    same: Array,
    other: Array,
    places: Array,
    between: Array,
) -> None:
    """Looks across each voxel face on a label's surface, `steps` voxels in and `steps` voxels out.

    A face is judged where the voxels between lie in the label on the one side, and in one and the same neighbour (or
    in nothing labelled) on the other.

    Args:
        labels: as stored, in the image's order of axes.
        dense: stored to dense label.
        image: its values.
        own: `[label, low or high]`, what counts as the label's own intensity; an empty interval judges nothing.
        steps: voxels to look in and out along each axis, 1 or more.
        areas: of one voxel's face across each axis, mm².
        taken: where another layer has a label, which is no place for what this one left out; empty for none.
        first: first slice.
        last: slice after the last one.
        judged: `[label, axis, low or high]`, faces judged towards what has no label; added to, as are the next ones.
        same: of those, faces with the label's own intensity on both sides.
        other: of those, faces with it on neither side.
        places: `[label, same or other, axis]`, sums of the surface voxels' indices for these faces.
        between: `[label, neighbour, judged or foreign]`, mm² of faces towards another label, and of those the
            ones within which the image is the neighbour's and not the label's own; empty to leave it out.
    """
    nk, nj, ni = labels.shape
    size = (nk, nj, ni)
    pairs = between.shape[0] > 0
    layered = taken.shape[0] > 0
    for k in range(first, last):
        for j in range(nj):
            for i in range(ni):
                stored = labels[k, j, i]
                if stored == 0:
                    continue
                if 0 < k < nk - 1 and 0 < j < nj - 1 and 0 < i < ni - 1:
                    # Most voxels lie within their label, and are done with here.
                    before = labels[k, j, i - 1] == stored and labels[k, j - 1, i] == stored
                    after = labels[k, j, i + 1] == stored and labels[k, j + 1, i] == stored
                    if before and after and labels[k - 1, j, i] == stored and labels[k + 1, j, i] == stored:
                        continue
                for axis in range(3):
                    for high in range(2):
                        way = 2 * high - 1
                        dk, dj, di = way * (axis == 0), way * (axis == 1), way * (axis == 2)
                        at = (k, j, i)[axis]
                        if at + way < 0 or at + way >= size[axis]:
                            continue
                        neighbour = labels[k + dk, j + dj, i + di]
                        if neighbour == stored:
                            continue
                        a = dense[stored]
                        if not own[a, 0] <= own[a, 1]:
                            continue
                        reach = steps[axis]
                        out, back = at + way * reach, at - way * reach
                        if out < 0 or out >= size[axis] or back < 0 or back >= size[axis]:
                            continue
                        whole = True
                        for t in range(1, reach + 1):
                            if (
                                labels[k + dk * t, j + dj * t, i + di * t] != neighbour
                                or labels[k - dk * t, j - dj * t, i - di * t] != stored
                            ):
                                whole = False
                                break
                        if not whole:
                            continue
                        inside = image[k - dk * reach, j - dj * reach, i - di * reach]
                        is_own = own[a, 0] <= inside <= own[a, 1]
                        if neighbour == 0:
                            if layered and taken[k + dk * reach, j + dj * reach, i + di * reach]:
                                continue
                            outside = image[k + dk * reach, j + dj * reach, i + di * reach]
                            goes_on = own[a, 0] <= outside <= own[a, 1]
                            judged[a, axis, high] += 1
                            if is_own == goes_on:
                                kind = 0 if is_own else 1
                                if is_own:
                                    same[a, axis, high] += 1
                                else:
                                    other[a, axis, high] += 1
                                places[a, kind, 0] += k
                                places[a, kind, 1] += j
                                places[a, kind, 2] += i
                        elif pairs:
                            b = dense[neighbour]
                            between[a, b, 0] += areas[axis]
                            if not is_own and own[b, 0] <= inside <= own[b, 1]:
                                between[a, b, 1] += areas[axis]
