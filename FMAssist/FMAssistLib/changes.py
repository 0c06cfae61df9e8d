"""What an edit changed: the boxes of voxels that differ from those seen last, layer by layer.

An edit is told by Slicer without its place. So the layers are kept as they were seen last and compared, some slices at
a time; what is handed over then is the box of what differs, and not the whole grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from FMAssistLib import masks
from FMAssistLib.idle import Steps, slabs


@dataclass(frozen=True)
class Patch:
    """The labels in the box of what changed in one layer.

    Args:
        layer: number among the layers looked at.
        first: (i, j, k) of the box's lowest corner, from the corner of the reference grid.
        voxels: labels [k, j, i].
        before: the labels there before, of the same shape.
    """

    layer: int
    first: tuple[int, int, int]
    voxels: Any
    before: Any

    def labels(self) -> set[int]:
        """Labels that gained or lost a voxel."""
        import numpy as np

        differs = self.voxels != self.before
        return {*np.unique(self.voxels[differs]).tolist(), *np.unique(self.before[differs]).tolist()} - {0}


class Changes:
    """Remembers the layers of a segmentation, and finds what differs from them.

    Args:
        segmentation_node: whose labelmaps lie on its reference grid.
    """

    def __init__(self, segmentation_node: Any) -> None:
        self._node = segmentation_node
        extent = masks.reference_grid(segmentation_node).GetExtent()
        self._corner = (extent[0], extent[2], extent[4])
        self._shape = (extent[5] - extent[4] + 1, extent[3] - extent[2] + 1, extent[1] - extent[0] + 1)
        self._seen: list[Any] = []

    def remembering(self) -> Steps[None]:
        """Keeps every layer as it is now, in pieces."""
        import numpy as np

        self._seen = []
        for layer in masks.layers(self._node):
            kept = np.zeros(self._shape, layer.array.dtype if layer.array is not None else np.uint8)
            for slab in slabs(self._shape[0], self._shape[1] * self._shape[2]):
                kept[slab] = self._slices(layer, slab)
                yield
            self._seen.append(kept)

    def finding(self) -> Steps[list[Patch]]:
        """The boxes of what changed since it was last asked, in pieces; they count as seen."""
        import numpy as np

        found = []
        for number, layer in enumerate(masks.layers(self._node)[: len(self._seen)]):
            seen, ends = self._seen[number], []
            for slab in slabs(self._shape[0], self._shape[1] * self._shape[2]):
                differs = self._slices(layer, slab) != seen[slab]
                if differs.any():
                    k, j, i = (np.flatnonzero(differs.any(axis=other)) for other in ((1, 2), (0, 2), (0, 1)))
                    ends.append([k[0] + slab.start, j[0], i[0], k[-1] + slab.start, j[-1], i[-1]])
                yield
            if ends:
                low, high = np.min(ends, axis=0)[:3], np.max(ends, axis=0)[3:]
                k, j, i = (slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))
                now = self._slices(layer, k)[:, j, i].copy()
                found.append(Patch(number, (i.start, j.start, k.start), now, seen[k, j, i].copy()))
                if now.dtype.itemsize > seen.dtype.itemsize:
                    self._seen[number] = seen = seen.astype(now.dtype)
                seen[k, j, i] = now
                yield
        return found

    @property
    def layer_count(self) -> int:
        """How many layers were remembered."""
        return len(self._seen)

    def _slices(self, layer: masks.Layer, k: slice) -> Any:
        """Some slices of a layer on the whole grid; it may cover a part of it only, and another part after an edit."""
        import numpy as np

        shape = (k.stop - k.start, *self._shape[1:])
        if layer.array is None:
            return np.zeros(shape, np.uint8)
        starts = [offset - corner for offset, corner in zip(layer.offset, self._corner, strict=True)][::-1]
        if layer.array.shape == self._shape and not any(starts):
            return layer.array[k]
        made = np.zeros(shape, layer.array.dtype)
        theirs, ours = [], []
        for axis, low, high in ((0, k.start, k.stop), (1, 0, shape[1]), (2, 0, shape[2])):
            first, last = max(low, starts[axis]), min(high, starts[axis] + layer.array.shape[axis])
            if first >= last:
                return made
            theirs.append(slice(first - starts[axis], last - starts[axis]))
            ours.append(slice(first - low, last - low))
        made[tuple(ours)] = layer.array[tuple(theirs)]
        return made
