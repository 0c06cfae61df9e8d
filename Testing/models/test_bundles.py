"""MONAI bundles with real networks: windows, folds and flips, MeshNet's weights, VISTA3D's prompts."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

if find_spec("torch") is None or find_spec("monai") is None:
    pytest.skip("the model extra is not installed", allow_module_level=True)

from dataclasses import replace

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.models.backends import bundle, make
from fmassist.models.backends.place_back import placed_back
from fmassist.models.consent import remember
from fmassist.models.prompts import Prompt
from fmassist.models.registry import find_model
from fmassist.volume import Volume, read_volume

ORGANS = ("background", "liver", "spleen", "kidney", "pancreas")


def _bundle(
    folder: Path,
    network: Any,
    definition: Any,
    *,
    name: str = "five",
    orientation: str = "RAS",
    **more: Any,
) -> Path:
    """A folder as MONAI's model zoo has them, with what `more` says in its inference.json."""
    import torch

    key = {"keys": "image"}
    steps = [
        {"_target_": "LoadImaged", **key},
        {"_target_": "EnsureChannelFirstd", **key},
        {"_target_": "Orientationd", **key, "axcodes": orientation},
        {"_target_": "Spacingd", **key, "pixdim": [2.0, 2.0, 2.0], "mode": "bilinear"},
        {"_target_": "ScaleIntensityRanged", **key, "a_min": -200, "a_max": 200, "b_min": 0, "b_max": 1},
    ]
    inference = {"network_def": definition, "preprocessing": {"_target_": "Compose", "transforms": steps}, **more}
    data_format = {
        "inputs": {"image": {"modality": "CT"}},
        "outputs": {"pred": {"channel_def": {str(n): organ for n, organ in enumerate(ORGANS)}}},
    }
    metadata = {"version": "1", "name": name, "license": "Apache-2.0", "network_data_format": data_format}
    for part in ("configs", "models"):
        (folder / part).mkdir(parents=True)
    (folder / "configs" / "inference.json").write_text(json.dumps(inference), "utf-8")
    (folder / "configs" / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    torch.save(network.state_dict(), folder / "models" / "model.pt")
    return folder


def _volume(*size: int, spacing: tuple[float, float, float] = (1.5, 2.0, 2.0)) -> Volume:
    i, j, k = size
    voxels = np.random.default_rng(2).integers(-200, 200, size).astype(np.int16)
    x, y, z = spacing
    return Volume(voxels, Geometry((i, j, k), np.diag([-x, -y, z, 1.0])), modality="CT")


def _sliding(seed: int) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    import torch

    torch.manual_seed(seed)
    definition = {"_target_": "torch.nn.Conv3d", "in_channels": 1, "out_channels": 5, "kernel_size": 3, "padding": 1}
    post = [
        {"_target_": "Activationsd", "keys": "pred", "softmax": True},
        {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
        {
            "_target_": "Invertd",
            "keys": "pred",
            "transform": "@preprocessing",
            "orig_keys": "image",
            "nearest_interp": True,
        },
    ]
    more = {
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [16, 16, 16], "overlap": 0.5, "mode": "gaussian"},
        "postprocessing": {"_target_": "Compose", "transforms": post},
    }
    return torch.nn.Conv3d(1, 5, 3, padding=1), definition, more


def test_a_bundle_that_slides_windows_gives_what_monai_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, definition, more = _sliding(3)
    model = find_model(str(_bundle(tmp_path / "b", network, definition, orientation="PLI", **more)))
    volume = _volume(26, 20, 22, spacing=(2.0, 2.0, 2.0))
    made = model.segment(volume)
    assert made.doubt is not None
    assert made.doubt.shape == volume.geometry.shape
    assert all(0.2 <= sure <= 1 for sure in made.confidence.values())
    assert made.confidence.keys() == made.unsure.keys() <= set(ORGANS)
    # The bundle's own way, with all scores of the volume at once.
    monkeypatch.setattr(bundle, "steps_on_labels", lambda _post: None)
    assert np.array_equal(made.segmentation.layers[0], model.segment(volume).segmentation.layers[0])


def test_folds_and_flips_are_averaged_and_make_it_less_sure(tmp_path: Path) -> None:
    import torch

    network, definition, more = _sliding(3)
    folder = _bundle(tmp_path / "b", network, definition, **more)
    torch.save(_sliding(4)[0].state_dict(), folder / "models" / "fold_1.pt")
    model = find_model(str(folder))
    card = replace(model.describe(), options={"folds": ["fold_1.pt"], "flips": ["A", "S"]})
    volume = _volume(20, 18, 18)
    alone, together = model.segment(volume), make(card, folder).segment(volume)
    assert alone.doubt is not None
    assert together.doubt is not None
    assert together.doubt.mean() > alone.doubt.mean()
    wrong = make(replace(card, options={"folds": ["../model.pt"]}), folder)
    with pytest.raises(InputError, match="lacks a fold"):
        wrong.segment(volume)


def test_a_torchscript_program_slides_the_same_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from monai.inferers import sliding_window_inference

    from fmassist.models.fingerprint import sha256_of

    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    network = _sliding(3)[0].eval()
    path = tmp_path / "net.ts"
    torch.jit.trace(network, torch.zeros(1, 1, 16, 16, 16)).save(str(path))
    card = {
        "schema": 1,
        "id": "net",
        "version": "1",
        "title": "Net",
        "backend": "torchscript",
        "task": "organs",
        "modality": ["CT"],
        "body_region": "abdomen",
        "prompts": ["none"],
        "licence": {"name": "MIT"},
        "files": [{"path": "net.ts", "sha256": sha256_of(path)}],
        "labels": {"values": {str(n): {"name": name} for n, name in enumerate(ORGANS) if n}},
        "options": {"roi_size": [16, 16, 16], "overlap": 0.25, "window": [-200, 200], "orientation": "LPS"},
    }
    (tmp_path / "net.json").write_text(json.dumps(card), "utf-8")
    remember(path, name="net")
    volume = _volume(24, 20, 18)
    made = find_model(str(path)).segment(volume)
    image = torch.from_numpy((volume.voxels.astype(np.float32) + 200) / 400)[None, None]
    with torch.inference_mode():
        scores = sliding_window_inference(image, (16, 16, 16), 1, network, padding_mode="replicate")
    assert np.array_equal(made.segmentation.layers[0], scores[0].argmax(dim=0).numpy())
    assert made.confidence


def test_meshnet_runs_as_a_bundle_in_slabs_as_it_does_whole(shared: Path, tmp_path: Path) -> None:
    import torch
    from monai.transforms import Orientation

    from fmassist.models.backends.bundle import opened
    from fmassist.models.networks.meshnet_bundle import make_meshnet_bundle

    whole = read_volume(shared / "data" / "brain_t1" / "t1.nii.gz", modality="MR")
    at = np.array([110, 110, 110])
    affine = whole.geometry.index_to_ras_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ at
    part = tuple(slice(n, n + 28) for n in at)
    volume = Volume(np.ascontiguousarray(whole.voxels[part]), Geometry((28, 28, 28), affine), modality="MR")
    folder = make_meshnet_bundle(shared / "models" / "meshnet_104", tmp_path / "b")
    made = find_model(str(folder)).segment(volume)
    with opened(folder, "cpu") as bundle, torch.inference_mode():
        bundle.load(bundle.weights())
        image = bundle.prepared(volume)["image"]
        labels = bundle.network(image[None].as_tensor())[0].argmax(dim=0)
    codes = "".join(volume.geometry.axis_codes)
    expected = Orientation(axcodes=codes)(image.clone()[:1] * 0 + labels[None])[0].numpy()
    assert np.array_equal(made.segmentation.layers[0], expected)
    assert len(np.unique(expected)) > 2
    assert made.confidence


@pytest.fixture(scope="module")
def vista(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """VISTA3D with six million random weights instead of 218."""
    import torch
    from monai.networks.nets import vista3d132

    torch.manual_seed(0)
    folder = _bundle(
        tmp_path_factory.mktemp("vista") / "b",
        vista3d132(encoder_embed_dim=8, in_channels=1),
        "$monai.networks.nets.vista3d132(in_channels=1, encoder_embed_dim=8)",
        name="VISTA3D",
        inferer={"_target_": "scripts.inferer.Vista3dInferer"},
        patch_size=[32, 32, 32],
    )
    return find_model(str(folder))


def test_vista3d_is_asked_by_name(vista: Any) -> None:
    made = vista.segment(_volume(20, 16, 16), [Prompt("liver", by_name=True), Prompt("spleen", by_name=True)])
    assert [segment.name for segment in made.segmentation.segments] == ["liver", "spleen"]
    assert made.segmentation.layers[0].any()


def test_vista3d_is_asked_by_points_for_what_it_was_never_taught(vista: Any) -> None:
    prompt = Prompt("nodule", points_ras_mm=((-10.0, -15.0, 15.0),))
    made = vista.segment(_volume(20, 16, 16), [prompt])
    assert [segment.name for segment in made.segmentation.segments] == ["nodule"]
    with pytest.raises(InputError, match="no class 'appendix'"):
        vista.segment(_volume(20, 16, 16), [Prompt("appendix", by_name=True)])


def test_labels_go_back_to_the_nearest_voxel_and_none_is_invented() -> None:
    source = Geometry((3, 4, 2), np.array([[0, -3.0, 0, 9], [2.0, 0, 0, 0], [0, 0, 4.0, 0], [0, 0, 0, 1.0]]))
    target = Geometry((12, 6, 8), np.diag([1.0, 1.0, 1.0, 1.0]))
    labels = np.arange(24, dtype=np.uint8).reshape(3, 4, 2)
    back = placed_back(labels, source, target)
    assert back is not None
    for index in ((0, 0, 0), (11, 5, 7), (4, 3, 2), (7, 1, 5)):
        at = np.linalg.inv(source.index_to_ras_mm) @ (*index, 1.0)
        near = np.clip(np.floor(at[:3] + 0.5), 0, np.array(labels.shape) - 1).astype(int)
        assert back[index] == labels[tuple(near)]
    turned = Geometry((3, 3, 3), np.array([[0.8, -0.6, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]))
    assert placed_back(labels, turned, target) is None


@pytest.mark.parametrize("thickness", [1, 5, 64])
def test_slabs_give_what_the_whole_volume_gives_and_nothing_is_lost_between_them(thickness: int) -> None:
    import torch

    from fmassist.models.networks.meshnet import ArgmaxSlabs, MeshNet

    torch.manual_seed(0)
    network = MeshNet(channels=6, classes=20, dilations=(1, 2, 4, 2, 1), activation="elu").eval()
    image = torch.zeros(1, 1, 30, 16, 18)
    image[:, :, 9:22, 3:13, 4:15] = torch.rand(13, 10, 11)
    with torch.inference_mode():
        labels, doubt = ArgmaxSlabs(thickness, margin=2).labels_and_doubt(image, network)
        sure, whole = network(image).softmax(dim=1).max(dim=1)
    part = (0, slice(7, 24), slice(1, 15), slice(2, 17))  # what is not zero, and the margin
    assert torch.equal(labels[0][part].int(), whole[part].int())
    assert (doubt[0][part] / 255 - (1 - sure[part])).abs().max() < 1 / 255
    assert not labels[0, 0, :7].any()
