"""What others check, to be measured in the same run on the same cases.

`FourRules` are the heuristics of arXiv 2406.14486 (Krishnaswamy et al., "Rule-based outlier detection of AI-generated
anatomy segmentations", NLST with TotalSegmentator), as published: one threshold for every structure, and the extent
taken from the segments instead of the scan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fmassist.bench.injectors.draft import other_side
from fmassist.volume import Segmentation

Mask = NDArray[np.bool_]


class Peer(Protocol):
    """Something that suspects segments."""

    @property
    def name(self) -> str:
        """As it stands in the tables."""
        ...

    def suspicion(self, segmentation: Segmentation) -> dict[str, float]:
        """Segment name to suspicion, 0 for none; above 1 it counts as flagged."""
        ...


@dataclass(frozen=True)
class Summary:
    """What the peers need of one segment, measured once."""

    volume_ml: float
    piece_count: int
    largest_share: float
    centre_right_mm: float
    slices: tuple[int, int]
    """First and last slice along the patient's long axis."""


def summarise(segmentation: Segmentation) -> dict[str, Summary]:
    """The summaries of all segments that have voxels, by name."""
    from scipy.ndimage import find_objects, label

    geometry = segmentation.geometry
    axis = next(a for a, code in enumerate(geometry.axis_codes) if code in "SI")
    windows = [find_objects(layer.astype(np.int32)) for layer in segmentation.layers]
    found = {}
    for segment in segmentation.segments:
        here = windows[segment.layer]
        window = here[segment.label - 1] if 0 < segment.label <= len(here) else None
        if window is None:
            continue
        mask = segmentation.layers[segment.layer][window] == segment.label
        index = np.argwhere(mask) + [s.start for s in window]
        pieces, count = label(mask, np.ones((3, 3, 3)))
        sizes = np.bincount(pieces.ravel())[1:]
        found[segment.name] = Summary(
            volume_ml=len(index) * geometry.voxel_volume_ml,
            piece_count=int(count),
            largest_share=float(sizes.max() / sizes.sum()),
            centre_right_mm=float(geometry.to_ras_mm(index.mean(0))[0]),
            slices=(window[axis].start, window[axis].stop - 1),
        )
    return found


@dataclass(frozen=True)
class FourRules:
    """Completeness, one connected component, laterality, minimum volume (arXiv 2406.14486)."""

    name: str = "four rules"
    least_ml: float = 5.0

    def suspicion(self, segmentation: Segmentation) -> dict[str, float]:
        """One more than the count of rules broken, 0 where none is."""
        broken = self.broken(segmentation)
        return {name: 1.0 + len(rules) if rules else 0.0 for name, rules in broken.items()}

    def broken(self, segmentation: Segmentation) -> dict[str, tuple[str, ...]]:
        """Segment name to the rules that it breaks."""
        segments = summarise(segmentation)
        if not segments:
            return {}
        first = min(s.slices[0] for s in segments.values())
        last = max(s.slices[1] for s in segments.values())
        result = {}
        for name, summary in segments.items():
            rules = []
            if summary.slices[0] <= first or summary.slices[1] >= last:
                rules.append("completeness")
            if summary.piece_count > 1:
                rules.append("connected components")
            partner = segments.get(other_side(name) or "")
            # Right must lie to the right of left, by the centres of mass.
            if partner is not None:
                further_right = summary.centre_right_mm > partner.centre_right_mm
                if further_right != ("right" in name):
                    rules.append("laterality")
            if summary.volume_ml <= self.least_ml:
                rules.append("minimum volume")
            result[name] = tuple(rules)
        return result


@dataclass
class VolumeZScore:
    """Distance of each volume from the mean of the tuning cases, in standard deviations; more than 3 is flagged."""

    name: str = "volume z-score"
    flag_at: float = 3.0
    _moments: dict[str, tuple[float, float]] = field(default_factory=dict)

    def fit(self, segmentations: Iterable[Segmentation]) -> None:
        """Learn means and spreads from good cases, of volumes on a log scale."""
        volumes: dict[str, list[float]] = {}
        for segmentation in segmentations:
            for name, summary in summarise(segmentation).items():
                volumes.setdefault(name, []).append(float(np.log(summary.volume_ml)))
        self._moments = {
            name: (float(np.mean(v)), max(float(np.std(v, ddof=1)), 0.02)) for name, v in volumes.items() if len(v) >= 5
        }

    def suspicion(self, segmentation: Segmentation) -> dict[str, float]:
        """|z| over the threshold; 0 for a structure that the tuning cases don't have."""
        result = {}
        for name, summary in summarise(segmentation).items():
            moments = self._moments.get(name)
            z = 0.0 if moments is None else abs(np.log(summary.volume_ml) - moments[0]) / moments[1]
            result[name] = float(z / self.flag_at)
        return result


@dataclass(frozen=True)
class LargestComponent:
    """Flags a segment of which the largest piece holds less than 95 % (the usual post-processing, as a check)."""

    name: str = "largest component"
    least_share: float = 0.95

    def suspicion(self, segmentation: Segmentation) -> dict[str, float]:
        """Share outside the largest piece, over the share allowed."""
        allowed = 1.0 - self.least_share
        return {name: (1.0 - s.largest_share) / allowed for name, s in summarise(segmentation).items()}
