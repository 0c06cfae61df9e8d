"""A segmentation that is about to be spoilt, with what an injector needs to spoil it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import FMAssistError
from fmassist.volume import Segment, Segmentation, Volume

Mask = NDArray[np.bool_]


class CannotInjectError(FMAssistError):
    """This study has nothing that the error could be put into."""


@dataclass(frozen=True)
class Injected:
    """A study with one error, and everything that is known of it.

    Args:
        segmentation, volume: as the check gets them.
        kind, severity: what was done; 1 minor, 2 moderate, 3 gross.
        wrong: names of segments that no longer are what their name says, or that are missing.
        causes: ids of causes (`Resources/causes/`) that would be a right diagnosis.
        repaired: what an exact repair gives back, or None where the truth can't be known from what is left.
        context: patient facts that go with the case (`age`, `sex`).
    """

    segmentation: Segmentation
    volume: Volume | None
    kind: str
    severity: int
    wrong: frozenset[str]
    causes: frozenset[str]
    repaired: Segmentation | None = None
    context: dict[str, object] = field(default_factory=dict)


class Draft:
    """One study, writable.

    Args:
        segmentation: a good one, with a single layer; it is not changed.
        volume: its image, or None.
        severity: 1, 2 or 3.
        rng: the only source of chance.

    Raises:
        CannotInjectError: the segmentation has several layers, or nothing in it.
    """

    def __init__(
        self, segmentation: Segmentation, volume: Volume | None, severity: int, rng: np.random.Generator
    ) -> None:
        if len(segmentation.layers) != 1:
            raise CannotInjectError("errors are injected into segmentations of one layer")
        self.original = segmentation
        self.volume = volume
        self.geometry = segmentation.geometry
        self.severity = severity
        self.rng = rng
        self.labels: NDArray[np.uint16] = segmentation.layers[0].astype(np.uint16)
        self.names: dict[str, int] = {segment.name: segment.label for segment in segmentation.segments}
        self.counts = np.bincount(self.labels.ravel(), minlength=max(self.names.values(), default=0) + 1)
        if not self.present():
            raise CannotInjectError("the segmentation is empty")

    def by_severity(self, minor: float, moderate: float, gross: float) -> float:
        """The value that goes with this severity."""
        return (minor, moderate, gross)[self.severity - 1]

    def present(self, least_ml: float = 0.0) -> list[str]:
        """Names of the segments that have voxels, and at least `least_ml`."""
        return [name for name in self.names if self.volume_ml(name) > 0 and self.volume_ml(name) >= least_ml]

    def volume_ml(self, name: str) -> float:
        """Volume of a segment as it was given; 0 when it is absent."""
        value = self.names.get(name)
        return 0.0 if value is None else float(self.counts[value]) * self.geometry.voxel_volume_ml

    def mask(self, name: str) -> Mask:
        """Where a segment was as given."""
        return np.asarray(self.original.layers[0] == self.names[name])

    def box(self, mask: Mask, margin: int = 0) -> tuple[slice, slice, slice]:
        """The smallest window around a mask."""
        window = []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            where = np.flatnonzero(mask.any(axis=others))
            window.append(slice(max(int(where[0]) - margin, 0), int(where[-1]) + 1 + margin))
        return window[0], window[1], window[2]

    def touches_border(self, name: str) -> bool:
        """Whether a segment lies on the border of the grid."""
        box = self.box(self.mask(name))
        return any(s.start == 0 or s.stop == n for s, n in zip(box, self.labels.shape, strict=True))

    def whole(self, least_ml: float = 0.0) -> list[str]:
        """Segments that the field of view shows whole."""
        return [name for name in self.present(least_ml) if not self.touches_border(name)]

    def choose(self, candidates: list[str]) -> str:
        """One of them.

        Raises:
            CannotInjectError: there is none.
        """
        if not candidates:
            raise CannotInjectError("this study has no structure for that error")
        return str(candidates[int(self.rng.integers(len(candidates)))])

    def new_label(self, name: str) -> int:
        """The label of a name, made when the segmentation has none."""
        if name not in self.names:
            self.names[name] = max(self.names.values()) + 1
        return self.names[name]

    def superior_axis(self) -> tuple[int, int]:
        """The index axis nearest to the patient's long axis, and +1 when it grows towards the head."""
        codes = self.geometry.axis_codes
        axis = next(a for a, code in enumerate(codes) if code in "SI")
        return axis, 1 if codes[axis] == "S" else -1

    def ras_axis(self, letters: str) -> int:
        """The index axis that runs along `"RL"`, `"AP"` or `"SI"`."""
        return next(a for a, code in enumerate(self.geometry.axis_codes) if code in letters)

    def segmentation(self, *overlay: tuple[str, Mask]) -> Segmentation:
        """What the labels now say; overlays go to a second layer, where they may overlap."""
        here = np.flatnonzero(np.bincount(self.labels.ravel()))
        value_of = {value: name for name, value in self.names.items()}
        segments = [Segment(int(v), value_of[int(v)]) for v in here if v and int(v) in value_of]
        layers: list[NDArray[np.unsignedinteger]] = [self.labels]
        if overlay:
            second = np.zeros(self.labels.shape, dtype=np.uint16)
            for name, mask in overlay:
                second[mask] = self.new_label(name)
                segments = [s for s in segments if s.name != name]
                segments.append(Segment(self.names[name], name, layer=1))
            layers.append(second)
        return Segmentation(tuple(layers), self.geometry, tuple(segments))


def other_side(name: str) -> str | None:
    """The partner of a paired structure, None for a single one."""
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left") if "right" in name else None
