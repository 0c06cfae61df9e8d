"""The same right labels seen otherwise: crops, resamplings, padding, other orientations. Nothing of it is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from fmassist.bench.real.people import taken
from fmassist.geometry import Geometry
from fmassist.volume import Segmentation, Volume
from fmassist.volume.reorient import reorient_segmentation, reorient_volume

Study = tuple[Segmentation, Volume | None]
Variant = Callable[[Segmentation, Volume | None], Study | None]


def variants() -> dict[str, Variant]:
    """Name to the way of seeing; one that gives None does not apply."""
    found: dict[str, Variant] = {"as it is": lambda s, v: (s, v)}
    for name, axis, low, high in (
        ("upper half", "SI", 0.5, 1.0),
        ("lower half", "SI", 0.0, 0.5),
        ("middle third", "SI", 0.33, 0.67),
        ("upper third", "SI", 0.67, 1.0),
        ("right two thirds", "RL", 0.33, 1.0),
        ("left two thirds", "RL", 0.0, 0.67),
        ("front two thirds", "AP", 0.33, 1.0),
    ):
        found[name] = _cropping(axis, low, high)
    found["inner field of view"] = _inner
    found["border slices unlabelled"] = _blanked(1)
    found["two border slices unlabelled"] = _blanked(2)
    found["every second slice"] = lambda s, v: _strided(s, v, "SI", 2)
    found["every second voxel"] = lambda s, v: taken(s, v, (slice(None, None, 2),) * 3)
    found["resampled to 5 mm"] = lambda s, v: _resampled(s, v, 5.0)
    found["resampled to half"] = lambda s, v: _resampled(s, v, max(1.0, min(s.geometry.spacing_mm) / 2))
    found["padded"] = _padded
    found["LPS"] = lambda s, v: _turned(s, v, "LPS")
    found["PIR"] = lambda s, v: _turned(s, v, "PIR")
    found["float"] = lambda s, v: None if v is None else (s, _typed(v, np.float32))
    found["cut to the labels"] = _boxed
    return found


def _axis(segmentation: Segmentation, letters: str) -> tuple[int, bool]:
    codes = segmentation.geometry.axis_codes
    axis = next(a for a, code in enumerate(codes) if code in letters)
    return axis, codes[axis] in "SRA"


def _cropping(letters: str, low: float, high: float) -> Variant:
    def crop(segmentation: Segmentation, volume: Volume | None) -> Study | None:
        axis, grows = _axis(segmentation, letters)
        size = segmentation.geometry.shape[axis]
        first, stop = (low, high) if grows else (1 - high, 1 - low)
        window = [slice(None)] * 3
        window[axis] = slice(int(first * size), max(int(first * size) + 1, int(stop * size)))
        if (window[axis].stop - window[axis].start) * segmentation.geometry.spacing_mm[axis] < 40:
            return None
        return _seen(taken(segmentation, volume, tuple(window)))

    return crop


def _inner(segmentation: Segmentation, volume: Volume | None) -> Study | None:
    """A field of view of 16 cm about the middle of the labels, inside the body."""
    window = []
    for axis in range(3):
        letters = segmentation.geometry.axis_codes[axis]
        size, spacing = segmentation.geometry.shape[axis], segmentation.geometry.spacing_mm[axis]
        if letters in "SI" or size * spacing < 180:
            window.append(slice(None))
            continue
        where = np.flatnonzero(
            segmentation.layers[0].any(axis=(*(a for a in range(3) if a != axis),)),
        )
        middle = float(where.mean()) if where.size else size / 2
        half = 80 / spacing
        window.append(slice(max(0, int(middle - half)), min(size, int(middle + half))))
    return _seen(taken(segmentation, volume, (window[0], window[1], window[2])))


def _blanked(count: int) -> Variant:
    def blank(segmentation: Segmentation, volume: Volume | None) -> Study | None:
        axis, _ = _axis(segmentation, "SI")
        if segmentation.geometry.shape[axis] < 8 * count:
            return None
        layers = []
        for layer in segmentation.layers:
            kept = np.moveaxis(layer.copy(), axis, 0)
            kept[:count] = 0
            kept[-count:] = 0
            layers.append(np.ascontiguousarray(np.moveaxis(kept, 0, axis)))
        return _seen((Segmentation(tuple(layers), segmentation.geometry, segmentation.segments), volume))

    return blank


def _strided(segmentation: Segmentation, volume: Volume | None, letters: str, step: int) -> Study | None:
    axis, _ = _axis(segmentation, letters)
    window = [slice(None)] * 3
    window[axis] = slice(None, None, step)
    if segmentation.geometry.shape[axis] < 20 or segmentation.geometry.spacing_mm[axis] * step > 10:
        return None
    return _seen(taken(segmentation, volume, tuple(window)))


def _resampled(segmentation: Segmentation, volume: Volume | None, mm: float) -> Study | None:
    """Labels by the nearest voxel, the image linearly, on a grid of `mm`."""
    from scipy.ndimage import affine_transform

    spacing = np.array(segmentation.geometry.spacing_mm)
    factor = mm / spacing
    shape = np.maximum(1, np.floor(np.array(segmentation.geometry.shape) / factor)).astype(int)
    if np.allclose(factor, 1) or np.prod(shape) > 16_000_000 or (shape < 8).any():
        return None
    affine = segmentation.geometry.index_to_ras_mm.copy()
    offset = (factor - 1) / 2
    affine[:3, 3] = segmentation.geometry.to_ras_mm(offset)
    affine[:3, :3] = affine[:3, :3] * factor
    placed = Geometry((int(shape[0]), int(shape[1]), int(shape[2])), affine)
    layers = tuple(
        affine_transform(layer, factor, offset, tuple(shape), order=0, mode="nearest") for layer in segmentation.layers
    )
    cut = Segmentation(layers, placed, segmentation.segments)
    if volume is None:
        return _seen((cut, None))
    voxels = affine_transform(volume.voxels.astype(np.float32), factor, offset, tuple(shape), order=1, mode="nearest")
    return _seen((cut, Volume(np.rint(voxels).astype(np.int16), placed, volume.modality, volume.context)))


def _padded(segmentation: Segmentation, volume: Volume | None) -> Study:
    """Slices of padding all around."""
    width = [(4, 6), (3, 5), (2, 4)]
    affine = segmentation.geometry.index_to_ras_mm.copy()
    affine[:3, 3] = segmentation.geometry.to_ras_mm(np.array([-w[0] for w in width], dtype=float))
    shape = tuple(n + sum(w) for n, w in zip(segmentation.geometry.shape, width, strict=True))
    placed = Geometry((shape[0], shape[1], shape[2]), affine)
    layers = tuple(np.pad(layer, width) for layer in segmentation.layers)
    cut = Segmentation(layers, placed, segmentation.segments)
    if volume is None:
        return cut, None
    fill = -2048 if volume.modality == "CT" else 0
    voxels = np.pad(volume.voxels.astype(np.int16), width, constant_values=fill)
    return cut, Volume(voxels, placed, volume.modality, volume.context)


def _boxed(segmentation: Segmentation, volume: Volume | None) -> Study:
    """Cropped to the box of the labels."""
    anything = np.any([layer > 0 for layer in segmentation.layers], axis=0)
    window = []
    for axis in range(3):
        where = np.flatnonzero(anything.any(axis=tuple(a for a in range(3) if a != axis)))
        window.append(slice(int(where[0]), int(where[-1]) + 1))
    return taken(segmentation, volume, tuple(window))


def _turned(segmentation: Segmentation, volume: Volume | None, codes: str) -> Study:
    return reorient_segmentation(segmentation, codes), None if volume is None else reorient_volume(volume, codes)


def _typed(volume: Volume, kind: type) -> Volume:
    return Volume(volume.voxels.astype(kind), volume.geometry, volume.modality, volume.context)


def _seen(study: Study) -> Study | None:
    """A study in which something is labelled."""
    return study if any(layer.any() for layer in study[0].layers) else None


def all_variants(segmentation: Segmentation, volume: Volume | None) -> Iterator[tuple[str, Study]]:
    """Each that applies."""
    for name, see in variants().items():
        study = see(segmentation, volume)
        if study is not None:
            yield name, study
