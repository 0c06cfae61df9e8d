"""Pictures show the right slice, the right way round, with the segments concerned in colour."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from fmassist.report.findings_json import to_json
from fmassist.report.pictures import ACCENTS, pictures_for
from fmassist.report.views import AXIAL, CORONAL, SAGITTAL, plane_through
from fmassist.volume import reorient_segmentation, reorient_volume


def pixels(picture):
    data = base64.b64decode(picture.data_uri.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def coloured(image, colour):
    """Where the picture has the outline's colour, as columns and rows."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return np.nonzero(np.abs(image - rgb).sum(axis=-1) < 90)[::-1]


@pytest.fixture
def study(cases):
    segmentation, volume = cases.images()
    return to_json(cases.result(), cases.evidence()), segmentation, volume


def test_the_patients_right_is_on_the_images_left(study):
    document, segmentation, volume = study
    image = pixels(pictures_for(document, segmentation, volume)["pair-order/kidney"])
    on_left, _ = coloured(image, ACCENTS[0])  # kidney_right, drawn on the patient's left
    on_right, _ = coloured(image, ACCENTS[1])
    assert len(on_left) > 50
    assert len(on_right) > 50
    assert on_left.mean() > image.shape[1] / 2 > on_right.mean()


@pytest.mark.parametrize("stored", ["RAS", "LAS", "PIR", "SAL", "IRP"])
def test_the_picture_does_not_depend_on_how_the_voxels_are_stored(study, stored):
    document, segmentation, volume = study
    one = pixels(pictures_for(document, segmentation, volume)["pair-order/kidney"])
    turned = pictures_for(document, reorient_segmentation(segmentation, stored), reorient_volume(volume, stored))
    other = pixels(turned["pair-order/kidney"])
    assert one.shape == other.shape
    assert np.abs(one - other).mean() < 1


def test_a_millimetre_is_as_long_across_as_down(study):
    document, segmentation, volume = study
    image = pixels(pictures_for(document, segmentation, volume)["pair-order/kidney"])
    columns, rows = coloured(image, ACCENTS[0])  # a ball
    assert np.ptp(columns) == pytest.approx(np.ptp(rows), rel=0.12)


def test_the_plane_holds_the_voxels_at_its_place(study):
    _, segmentation, _ = study
    for view, at in ((AXIAL, 0.0), (CORONAL, -10.0), (SAGITTAL, -60.0)):
        plane = plane_through(segmentation.geometry, view, at)
        column, row = plane.column_row((-60.0, -10.0, 0.0))
        assert plane.sample(segmentation.layers[0])[round(row), round(column)] == 1


def test_an_oblique_volume_is_shown_in_anatomical_planes(study):
    document, segmentation, volume = study
    from dataclasses import replace

    from fmassist.geometry import Geometry

    angle = np.deg2rad(25)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    grid = Geometry(segmentation.geometry.shape, turn @ segmentation.geometry.index_to_ras_mm)
    place = (turn @ [-60.0, -10.0, 0.0, 1.0])[:3]
    document["findings"][0]["location_ras_mm"] = place.tolist()
    tilted = replace(segmentation, geometry=grid), replace(volume, geometry=grid)
    image = pixels(pictures_for(document, *tilted)["pair-order/kidney"])
    low, high = coloured(image, ACCENTS[1]), coloured(image, ACCENTS[0])
    # Turned by 25° the two kidneys no longer lie level.
    assert abs(low[1].mean() - high[1].mean()) > 30


def test_only_the_worst_get_pictures_and_notes_get_none(cases):
    segmentation, volume = cases.images()
    document = to_json(cases.result(extra=30), cases.evidence())
    pictures = pictures_for(document, segmentation, volume, most=5)
    assert list(pictures) == ["pair-order/kidney", "far/0", "far/1", "far/2", "far/3"]


def test_labels_alone_are_enough(study):
    document, segmentation, _ = study
    image = pixels(pictures_for(document, segmentation, None)["pair-order/kidney"])
    assert len(coloured(image, ACCENTS[0])[0]) > 50


def test_a_place_outside_the_volume_still_gives_a_picture(study):
    document, segmentation, volume = study
    document["findings"][0]["location_ras_mm"] = [9e5, -9e5, 9e5]
    assert "pair-order/kidney" in pictures_for(document, segmentation, volume)
