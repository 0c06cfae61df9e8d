"""The facts against libraries that measure the same, on real label maps."""

from __future__ import annotations

import cc3d
import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from fmassist.evidence.measure import measure
from fmassist.volume import Segmentation, read_segmentation, read_volume

MAPS = (
    "ct_abdomen/totalsegmentator.nii.gz",
    "ct_abdomen/litemedsam_one_box.nii.gz",
    "ct_abdomen/obelisk_8_labels.nii.gz",
    "ct_upper_abdomen/totalsegmentator.nii.gz",
    "mr_abdomen/totalsegmentator_mr.nii.gz",
    "ct_abdomen/litemedsam_slice_boxes.nii.gz",
    "ct_upper_abdomen/litemedsam_slice_boxes.nii.gz",
    "mr_abdomen/litemedsam_slice_boxes.nii.gz",
    "brain_t1/meshnet_104.nii.gz",
    "brain_t1/meshnet_subcortical.nii.gz",
)


@pytest.fixture(params=MAPS)
def labels(request, shared) -> Segmentation:
    return read_segmentation(shared / "data" / request.param)


def test_volumes_and_centroids_equal_simpleitk(labels):
    image = sitk.GetImageFromArray(labels.layers[0].transpose(2, 1, 0))
    flip = np.diag([-1.0, -1.0, 1.0]) @ labels.geometry.index_to_ras_mm[:3, :3] / labels.geometry.spacing_mm
    image.SetSpacing(labels.geometry.spacing_mm)
    image.SetDirection(flip.ravel().tolist())
    image.SetOrigin((np.array([-1, -1, 1]) * labels.geometry.index_to_ras_mm[:3, 3]).tolist())
    peer = sitk.LabelShapeStatisticsImageFilter()
    peer.Execute(image)
    evidence = measure(labels)
    assert {s.label for s in evidence.segments} == set(peer.GetLabels())
    for facts in evidence.segments:
        assert facts.voxel_count == peer.GetNumberOfPixels(facts.label)
        assert facts.volume_ml == pytest.approx(peer.GetPhysicalSize(facts.label) / 1000, rel=1e-6)
        theirs = np.array(peer.GetCentroid(facts.label)) * (-1, -1, 1)
        assert facts.centroid_ras_mm == pytest.approx(theirs.tolist(), abs=1e-3)


def test_components_equal_cc3d(labels):
    array = np.ascontiguousarray(labels.layers[0])
    pieces, count = cc3d.connected_components(array, connectivity=26, return_N=True)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    owner = np.zeros(count + 1, dtype=int)
    owner[pieces.ravel()] = array.ravel()
    for facts in measure(labels).segments:
        theirs = sorted(sizes[1:][owner[1:] == facts.label].tolist(), reverse=True)
        assert facts.component_count == len(theirs)
        assert [piece.voxel_count for piece in facts.components] == theirs[:32]


def test_contact_areas_equal_cc3d(labels):
    array = np.ascontiguousarray(labels.layers[0])
    theirs = cc3d.contacts(array, connectivity=6, anisotropy=labels.geometry.spacing_mm, surface_area=True)
    ours = {(p.first, p.second): p.contact_area_mm2 for p in measure(labels).pairs if p.contact_area_mm2}
    named = {tuple(sorted((f"0:{a}", f"0:{b}"))): area for (a, b), area in theirs.items() if a and b}
    assert ours.keys() == named.keys()
    for pair, area in ours.items():
        assert area == pytest.approx(named[pair], rel=1e-4)  # cc3d adds up in single precision


def test_distances_equal_the_euclidean_transform(labels):
    """Of four pairs of each map: two near and two far."""
    present = [facts for facts in measure(labels).segments if facts.voxel_count]
    present.sort(key=lambda facts: facts.voxel_count)
    few = [present[0], present[len(present) // 3], present[len(present) // 2], present[-1]]
    wanted = {(few[0].key, few[3].key), (few[1].key, few[3].key), (few[0].key, few[2].key), (few[1].key, few[2].key)}
    evidence = measure(labels)
    distances = {
        facts.label: ndimage.distance_transform_edt(
            labels.layers[0] != facts.label, sampling=labels.geometry.spacing_mm
        )
        for facts in few[2:]
    }
    for a, b in wanted:
        target, other = (int(b[2:]), int(a[2:])) if int(b[2:]) in distances else (int(a[2:]), int(b[2:]))
        expected = distances[target][labels.layers[0] == other].min()
        distance, is_exact = evidence.distance_mm(a, b)
        assert distance == pytest.approx(expected, abs=1e-6) if is_exact else distance <= expected


def test_intensities_equal_numpy(shared):
    volume = read_volume(shared / "data" / "mr_abdomen/mr.nii.gz", modality="MR")
    labels = read_segmentation(shared / "data" / "mr_abdomen/totalsegmentator_mr.nii.gz")
    if not labels.geometry.matches(volume.geometry):
        pytest.skip("labels and image are stored differently")
    for facts in measure(labels, volume).segments:
        values = volume.voxels[labels.layers[0] == facts.label].astype(float)
        assert facts.intensity is not None
        assert facts.intensity.mean == pytest.approx(values.mean())
        assert facts.intensity.sd == pytest.approx(values.std(), abs=1e-3)
        assert facts.intensity.p50 == pytest.approx(np.percentile(values, 50, method="inverted_cdf"), abs=0.5)
