"""Digests that mean the same on every machine: of JSON values, and of what a segmentation holds."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def canonical_json(value: Any) -> bytes:
    """`value` as the one JSON text that stands for it: sorted keys, no spaces, UTF-8.

    Raises:
        InputError: the value holds something that JSON cannot say, such as NaN.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"a review holds a value that JSON cannot say ({error})", "store numbers and text only"
        ) from None
    return text.encode("utf-8")


def digest(value: Any, *, key: bytes | None = None) -> str:
    """SHA-256 of `value` in canonical JSON, as hex; with `key`, HMAC-SHA-256 (RFC 2104)."""
    payload = canonical_json(value)
    if key is not None:
        return hmac.new(key, payload, hashlib.sha256).hexdigest()
    return hashlib.sha256(payload).hexdigest()


def evidence_digest(evidence: Any) -> str:
    """SHA-256 of evidence as `fmassist.evidence.store.write_evidence` writes it, from its JSON values in that order."""
    return hashlib.sha256(json.dumps(evidence, separators=(",", ":")).encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class SegmentContent:
    """What counts as the content of one segment: its name, its meaning and its voxels.

    Args:
        name: as shown to the user.
        terminology: its coded meaning, serialised, or `""`.
        first_index: (i, j, k) of the lowest corner of the box that just holds the segment.
        shape: voxels of that box along i, j, k; all 0 for an empty segment.
        voxels: the box's mask, one bit per voxel, C order, as `numpy.packbits` gives it.
    """

    name: str
    terminology: str
    first_index: tuple[int, int, int]
    shape: tuple[int, int, int]
    voxels: bytes = field(repr=False)

    def digest(self) -> str:
        """Digest of this segment alone; colour and visibility do not count."""
        return digest(
            {
                "name": self.name,
                "terminology": self.terminology,
                "first_index": list(self.first_index),
                "shape": list(self.shape),
                "voxels": hashlib.sha256(self.voxels).hexdigest(),
            }
        )


def segmentation_digest(segments: Mapping[str, str], index_to_ras_mm: Iterable[Iterable[float]]) -> str:
    """Digest of a whole segmentation.

    Args:
        segments: each segment's id and the digest of its content. The order of segments does not count.
        index_to_ras_mm: 4×4 affine of the grid, in millimetres; it counts to a micrometre, since files round it.
    """
    affine = [[round(float(value), 3) + 0.0 for value in row] for row in index_to_ras_mm]
    return digest({"segments": dict(segments), "index_to_ras_mm": affine})
