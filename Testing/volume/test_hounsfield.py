import numpy as np
import pytest
from volume.files import nifti

from fmassist.errors import InputError
from fmassist.volume import read_volume


def body_in_air(seed=0):
    """A ball of tissue with fat and bone in air, with a scanner's noise, in HU."""
    rng = np.random.default_rng(seed)
    radius = np.linalg.norm(np.stack(np.indices((40, 40, 40)) - 20), axis=0)
    hu = np.select([radius < 3, radius < 12, radius < 14], [700, 50, -100], -1000)
    return (hu + rng.normal(0, 15, hu.shape)).astype(np.int16)


def test_a_body_in_air_in_hu_is_known_as_ct_and_says_how_that_is_known(tmp_path):
    volume = read_volume(nifti(tmp_path / "v.nii", body_in_air()))
    assert volume.modality == "CT"
    assert volume.context["modality_from"] == "values"


@pytest.mark.parametrize(
    "voxels",
    [
        pytest.param((body_in_air() + 1024).clip(0), id="CT before rescale"),
        pytest.param(np.abs(np.random.default_rng(1).normal(300, 200, (30, 30, 30))).astype(np.int16), id="MR"),
        pytest.param(np.random.default_rng(2).integers(-4096, 4096, (30, 30, 30)).astype(np.int16), id="MR phase"),
        pytest.param(np.random.default_rng(3).normal(0, 1, (30, 30, 30)).astype(np.float32), id="normalised"),
        pytest.param(np.random.default_rng(4).normal(0, 400, (30, 30, 30)).astype(np.float32), id="difference"),
        pytest.param(np.full((30, 30, 30), -1000, np.int16) + np.arange(30, dtype=np.int16), id="air alone"),
    ],
)
def test_what_may_be_something_else_stays_unknown(tmp_path, voxels):
    volume = read_volume(nifti(tmp_path / "v.nii", voxels.astype(voxels.dtype)))
    assert volume.modality == "unknown"
    assert "modality_from" not in volume.context


def test_the_callers_word_is_taken(tmp_path):
    volume = read_volume(nifti(tmp_path / "v.nii", np.abs(body_in_air())), modality="MR")
    assert (volume.modality, volume.context["modality_from"]) == ("MR", "caller")


def test_a_ct_that_is_called_an_mr_is_refused(tmp_path):
    with pytest.raises(InputError, match="Hounsfield units, so it is a CT"):
        read_volume(nifti(tmp_path / "v.nii", body_in_air()), modality="MR")


def test_under_labels_a_ct_that_is_called_an_mr_is_read_as_what_it_is(tmp_path):
    volume = read_volume(nifti(tmp_path / "v.nii", body_in_air()), modality="MR", believe_values=True)
    assert (volume.modality, volume.context["modality_called"]) == ("CT", "MR")
    mr = read_volume(nifti(tmp_path / "m.nii", np.abs(body_in_air())), modality="MR", believe_values=True)
    assert (mr.modality, "modality_called" in mr.context) == ("MR", False)


def test_a_ct_without_rescale_and_an_mr_given_as_ct_are_refused(tmp_path):
    for name, voxels in [("raw", (body_in_air() + 1024).clip(0)), ("mr", np.abs(body_in_air()))]:
        path = nifti(tmp_path / f"{name}.nii", voxels.astype(np.int16))
        with pytest.raises(InputError, match="not in Hounsfield units"):
            read_volume(path, modality="CT")


def test_a_modality_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(InputError, match="give one of CT, MR") as caught:
        read_volume(nifti(tmp_path / "v.nii"), modality="Musterfrau")
    assert "Musterfrau" not in str(caught.value)


def test_real_scans_are_told_apart(shared):
    for name, modality in [
        ("ct_abdomen/ct.nii.gz", "CT"),
        ("ct_thorax/ct_2mm.nii.gz", "CT"),
        ("mr_abdomen/mr.nii.gz", "unknown"),
        ("brain_t1/t1.nii.gz", "unknown"),
    ]:
        assert read_volume(shared / "data" / name).modality == modality
