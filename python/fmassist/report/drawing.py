"""Draws one plane: the image in grey, the segments concerned in colour, all others faint, and where one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fmassist.report.views import Plane, Point
from fmassist.report.window import Window, shade, window_for
from fmassist.volume import Segmentation, Volume

WIDTH, HEIGHT = 560, 470
"""Largest picture in pixels; some 1.5 device pixels for each CSS pixel of the report's column."""
_FAINT = np.array((205, 214, 224), np.float32)
_NIGHT = (11, 14, 18)
_MARGIN_MM, _LEAST_MM = 40.0, 230.0
Colours = Mapping[tuple[int, int], str]
"""Colour as #rrggbb by (layer, label)."""


def draw(
    plane: Plane,
    segmentation: Segmentation,
    volume: Volume | None,
    colours: Colours,
    *,
    place: Point,
    median: float | None = None,
    is_bone: bool = False,
) -> Image.Image:
    """The picture of `plane`, at most `WIDTH` × `HEIGHT`, with true proportions.

    Args:
        plane: what to show.
        segmentation: on the same grid as `volume`.
        volume: the image; None shows labels on a dark ground.
        colours: the segments concerned.
        place: where the finding is, marked by a ring.
        median: typical intensity of the first segment concerned, which chooses the window.
        is_bone: whether the finding is about bones; likewise.
    """
    layers = [plane.sample(layer) for layer in segmentation.layers]
    marked = [layers[layer] == label for layer, label in colours]
    rows, columns = _frame(plane, marked, place)
    size = _size(plane, rows, columns)
    box = (columns.start, rows.start, columns.stop, rows.stop)
    window = window_for(volume, median, is_bone=is_bone) if volume is not None else (0.0, 1.0)
    canvas = _ground(plane, volume, window, size, box)
    for layer in layers:
        _add_others(canvas, layer[rows, columns], size, is_alone=volume is None)
    for mask, colour in zip(marked, colours.values(), strict=True):
        _add_concerned(canvas, mask[rows, columns], size, colour)
    picture = Image.fromarray(canvas.astype(np.uint8))
    scale = (size[0] / (columns.stop - columns.start), size[1] / (rows.stop - rows.start))
    column, row = plane.column_row(place)
    at = ((column + 0.5 - columns.start) * scale[0], (row + 0.5 - rows.start) * scale[1])
    _annotate(picture, plane, at, mm_per_pixel=plane.step_mm[0] / scale[0])
    return picture


def _frame(plane: Plane, marked: list[NDArray[np.bool_]], place: Point) -> tuple[slice, slice]:
    """Rows and columns to show: what is concerned with its surroundings, never closer than a doctor can recognise."""
    column, row = plane.column_row(place)
    spans = []
    for axis, (centre, step, count) in enumerate(
        ((row, plane.step_mm[1], plane.inside.shape[0]), (column, plane.step_mm[0], plane.inside.shape[1]))
    ):
        low = high = float(np.clip(centre, 0, count - 1))
        for mask in marked:
            hit = np.flatnonzero(mask.any(axis=1 - axis))
            if hit.size:
                low, high = min(low, hit[0]), max(high, hit[-1])
        spans.append((low - _MARGIN_MM / step, high + _MARGIN_MM / step, step, count))
    widest_mm = max(_LEAST_MM, *((high - low) * step for low, high, step, _ in spans))
    frames = []
    for low, high, step, count in spans:
        length = min(count, round(widest_mm / step))
        first = int(np.clip(round((low + high - length) / 2), 0, count - length))
        frames.append(slice(first, first + length))
    return frames[0], frames[1]


def _size(plane: Plane, rows: slice, columns: slice) -> tuple[int, int]:
    width_mm = (columns.stop - columns.start) * plane.step_mm[0]
    height_mm = (rows.stop - rows.start) * plane.step_mm[1]
    scale = min(WIDTH / width_mm, HEIGHT / height_mm)
    return max(1, round(width_mm * scale)), max(1, round(height_mm * scale))


def _ground(
    plane: Plane, volume: Volume | None, window: Window, size: tuple[int, int], box: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    if volume is None:
        return np.broadcast_to(np.array(_NIGHT, np.float32), (size[1], size[0], 3)).copy()
    grey = shade(plane.sample(volume.voxels, outside=window[0]), window)
    shown = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC, box=box)
    return np.repeat(np.asarray(shown, np.float32)[..., None], 3, axis=2)


def _add_others(canvas: NDArray[np.float32], labels: NDArray[Any], size: tuple[int, int], *, is_alone: bool) -> None:
    """Every label's outline, faintly; filled too where there is no image to look at."""
    smooth = _enlarged_labels(labels, size)
    edge = np.zeros(smooth.shape, bool)
    edge[:, 1:] |= smooth[:, 1:] != smooth[:, :-1]
    edge[1:, :] |= smooth[1:, :] != smooth[:-1, :]
    if is_alone:
        _blend(canvas, smooth > 0, _FAINT, 0.16)
    _blend(canvas, edge, _FAINT, 0.34)


def _enlarged_labels(labels: NDArray[Any], size: tuple[int, int]) -> NDArray[np.intp]:
    """Labels at the picture's size, each boundary drawn smooth: every pixel goes to the label that weighs most."""
    values, index = np.unique(labels, return_inverse=True)
    index = index.reshape(labels.shape)
    best = np.zeros((size[1], size[0]), np.uint8)
    owner = np.zeros((size[1], size[0]), np.intp)
    for number in range(len(values)):
        weight = _enlarged(index == number, size)
        more = weight > best
        best[more] = weight[more]
        owner[more] = number if values[number] else -1
    return owner + 1


def _enlarged(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.uint8]:
    image = Image.fromarray(mask.view(np.uint8) * np.uint8(255))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))


def _add_concerned(canvas: NDArray[np.float32], mask: NDArray[np.bool_], size: tuple[int, int], colour: str) -> None:
    if not mask.any():
        return
    weight = _enlarged(mask, size)
    inside = weight > 127
    inner = inside.copy()
    for _ in range(2):
        shrunk = inner.copy()
        shrunk[1:] &= inner[:-1]
        shrunk[:-1] &= inner[1:]
        shrunk[:, 1:] &= inner[:, :-1]
        shrunk[:, :-1] &= inner[:, 1:]
        inner = shrunk
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    _blend(canvas, inner, rgb, 0.34)
    _blend(canvas, inside & ~inner, rgb, 0.95)


def _blend(canvas: NDArray[np.float32], where: NDArray[np.bool_], colour: NDArray[np.float32], share: float) -> None:
    canvas[where] = canvas[where] * (1 - share) + colour * share


def _annotate(picture: Image.Image, plane: Plane, at: tuple[float, float], *, mm_per_pixel: float) -> None:
    pen = ImageDraw.Draw(picture)
    width, height = picture.size
    x, y = at
    if 0 <= x <= width and 0 <= y <= height:
        for radius, colour, thickness in ((15, "#000000", 4), (15, "#ffffff", 2)):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=thickness)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            pen.line((x + 15 * dx, y + 15 * dy, x + 22 * dx, y + 22 * dy), fill="#ffffff", width=2)
    font = ImageFont.load_default(size=19)
    left, right, top, bottom = plane.view.marks
    for letter, where, anchor in (
        (left, (9, height / 2), "lm"),
        (right, (width - 9, height / 2), "rm"),
        (top, (width / 2, 8), "ma"),
        (bottom, (width / 2, height - 8), "md"),
    ):
        pen.text(where, letter, "#ffffff", font, anchor=anchor, stroke_width=2, stroke_fill="#000000")
    length_mm = max(n for n in (1, 2, 5, 10, 20, 50, 100) if n == 1 or n / mm_per_pixel <= width / 3)
    length = length_mm / mm_per_pixel
    end, base = width - 12, height - 14
    for colour, thickness in (("#000000", 5), ("#ffffff", 3)):
        pen.line((end - length, base, end, base), fill=colour, width=thickness)
    small = ImageFont.load_default(size=15)
    label = f"{length_mm // 10} cm" if length_mm >= 10 else f"{length_mm} mm"
    pen.text((end - length / 2, base - 5), label, "#ffffff", small, anchor="md", stroke_width=2, stroke_fill="#000000")
