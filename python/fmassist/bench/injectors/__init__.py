"""Errors put into good segmentations, of the kinds that users report, at three severities."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from fmassist.bench.injectors import chains, grids, inventions, mixtures, pieces, sides
from fmassist.bench.injectors.draft import CannotInjectError, Draft, Injected
from fmassist.errors import InputError
from fmassist.volume import Segmentation, Volume

Injector = Callable[[Draft, str], Injected]

KINDS: dict[str, Injector] = {
    "pair_swapped": sides.pair_swapped,
    "pair_partly_swapped": sides.pair_partly_swapped,
    "study_mirrored": sides.study_flipped,
    "study_upside_down": sides.study_flipped,
    "study_front_to_back": sides.study_flipped,
    "labels_flipped_on_image": sides.labels_off_image,
    "labels_moved_on_image": sides.labels_off_image,
    "vertebrae_shifted_up_1": chains.run_shifted,
    "vertebrae_shifted_down_1": chains.run_shifted,
    "vertebrae_shifted_up_2": chains.run_shifted,
    "vertebrae_shifted_down_2": chains.run_shifted,
    "ribs_shifted_up_1": chains.run_shifted,
    "ribs_shifted_down_1": chains.run_shifted,
    "ribs_shifted_up_2": chains.run_shifted,
    "ribs_shifted_down_2": chains.run_shifted,
    "vertebra_duplicated": chains.level_duplicated,
    "ribs_duplicated": chains.level_duplicated,
    "vertebra_skipped": chains.level_skipped,
    "ribs_skipped": chains.level_skipped,
    "vertebrae_merged": chains.levels_merged,
    "ribs_merged": chains.levels_merged,
    "fragment_near": pieces.fragment,
    "fragment_far": pieces.fragment,
    "leak": pieces.leak,
    "truncated": pieces.truncated,
    "holes": pieces.holes,
    "volume_shrunk": pieces.volume_changed,
    "volume_grown": pieces.volume_changed,
    "overlap": pieces.overlap,
    "invented_in_air": inventions.invented_in_air,
    "invented_in_padding": inventions.invented_in_padding,
    "invented_in_wrong_region": inventions.invented_in_wrong_region,
    "against_context": inventions.against_context,
    "missing": inventions.missing,
    "displaced": inventions.displaced,
    "labels_permuted": inventions.labels_permuted,
    "wrong_label_map": inventions.wrong_label_map,
    "wrong_intensity": inventions.wrong_intensity,
    "study_turned": grids.study_turned,
    "spacing_wrong": grids.spacing_wrong,
    "organs_exchanged": mixtures.organs_exchanged,
    "labels_interpolated": mixtures.labels_interpolated,
    "labels_noisy": mixtures.labels_noisy,
    "patches_stitched": mixtures.patches_stitched,
    "organ_parted": mixtures.organ_parted,
}
SEVERITIES = (1, 2, 3)


def inject(segmentation: Segmentation, volume: Volume | None, *, kind: str, severity: int, seed: int) -> Injected:
    """Put one error into a good segmentation.

    Args:
        segmentation: one layer, with TotalSegmentator's names; it is not changed.
        volume: its image, or None.
        kind: one of `KINDS`.
        severity: 1 minor, 2 moderate, 3 gross; what that means is said by each injector.
        seed: the same arguments give the same error; as far as it can, another severity concerns the same organ.

    Raises:
        CannotInjectError: the study has nothing to put this error into.
        InputError: no such kind or severity.
    """
    if kind not in KINDS:
        raise InputError(f"there is no error of the kind {kind!r}", f"choose from {', '.join(KINDS)}")
    if severity not in SEVERITIES:
        raise InputError(f"the severity is {severity}", "give 1, 2 or 3")
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    return KINDS[kind](Draft(segmentation, volume, severity, rng), kind)


__all__ = ["KINDS", "SEVERITIES", "CannotInjectError", "Injected", "inject"]
