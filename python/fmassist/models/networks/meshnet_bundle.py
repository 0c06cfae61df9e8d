"""A MONAI bundle from brainchop's MeshNet files: layer list, label names and weights become one folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fmassist.errors import InputError

LABEL_MAPS = {104: "meshnet:104", 18: "meshnet:subcortical"}
"""Shipped label maps, by the number of classes."""


def make_meshnet_bundle(source: Path, target: Path) -> Path:
    """Write a bundle that segments a T1 brain MR of 1 mm.

    The preprocessing is brainchop's: conformed to LIA index order, divided by the maximum; the network runs on the
    whole volume, in slabs (`ArgmaxSlabs`).

    Args:
        source: folder with `model.json` (layers), `colormap.json` (labels) and `model.pth` (safetensors or weights).
        target: folder to make.

    Returns:
        `target`.

    Raises:
        InputError: the folder holds no MeshNet.
    """
    from safetensors.torch import save_file

    from fmassist.models.safe_weights import load_state

    try:
        said = json.loads((source / "model.json").read_text(encoding="utf-8"))
        labels = json.loads((source / "colormap.json").read_text(encoding="utf-8"))["labels"]
        layers = said["layers"]
        hidden = layers[:-1]
        network = {
            "_target_": "fmassist.models.networks.meshnet.MeshNet",
            "channels": hidden[0]["out_channels"],
            "classes": layers[-1]["out_channels"],
            "dilations": [layer["dilation"] for layer in hidden],
            "activation": "elu" if said.get("elu") else "gelu" if said.get("gelu") else "relu",
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("the folder holds no MeshNet", "it needs model.json, colormap.json and model.pth") from None
    state = load_state(source / "model.pth")
    renamed = {}
    for name, tensor in state.items():
        _, number, kind = name.split(".")
        layer = int(number) // 2
        renamed[f"hidden.{layer}.0.{kind}" if layer < len(hidden) else f"head.{kind}"] = tensor.contiguous()
    for folder in ("configs", "models"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    save_file(renamed, target / "models" / "model.safetensors")
    _write(target / "configs" / "inference.json", _inference(network))
    _write(target / "configs" / "metadata.json", _metadata(source.name, labels))
    (target / "LICENSE").write_text("MIT License\n\nCopyright (c) neuroneural/brainchop-models\n", encoding="utf-8")
    _write(target / "fmassist-model.json", _card(source.name, labels))
    return target


def _inference(network: dict[str, Any]) -> dict[str, Any]:
    key = {"keys": "image"}
    steps = [
        {"_target_": "LoadImaged", **key},
        {"_target_": "EnsureChannelFirstd", **key},
        {"_target_": "Orientationd", **key, "axcodes": "LIA"},
        {"_target_": "Spacingd", **key, "pixdim": [1.0, 1.0, 1.0], "mode": "bilinear"},
        {"_target_": "ScaleIntensityd", **key, "minv": 0.0, "maxv": 1.0},
    ]
    inverse = {
        "_target_": "Invertd",
        "keys": "pred",
        "transform": "@preprocessing",
        "orig_keys": "image",
        "nearest_interp": True,
        "to_tensor": True,
    }
    return {
        "bundle_root": ".",
        "network_def": network,
        "preprocessing": {"_target_": "Compose", "transforms": steps},
        "inferer": {"_target_": "fmassist.models.networks.meshnet.ArgmaxSlabs"},
        "postprocessing": {"_target_": "Compose", "transforms": [inverse, {"_target_": "SaveImaged", "keys": "pred"}]},
    }


def _metadata(name: str, labels: list[str]) -> dict[str, Any]:
    image = {"type": "image", "format": "magnitude", "modality": "MR", "num_channels": 1, "channel_def": {"0": "image"}}
    pred = {"type": "image", "format": "segmentation", "channel_def": {str(n): label for n, label in enumerate(labels)}}
    return {
        "version": "1",
        "name": name,
        "task": "segmentation of T1-weighted brain MR",
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": pred}},
    }


def _card(name: str, labels: list[str]) -> dict[str, Any]:
    card: dict[str, Any] = {
        "schema": 1,
        "id": name,
        "version": "1",
        "title": f"MeshNet, {len(labels)} classes",
        "backend": "monai_bundle",
        "task": "structures of the brain on T1-weighted MR of 1 mm",
        "modality": ["MR"],
        "body_region": "brain",
        "prompts": ["none"],
        "needs": {
            "memory_gb": 1.0,
            "bytes_per_voxel": 110,
            "basis": "an estimate: 30 channels of float32 in the 90 slices that layers keep, and a slab with copies",
        },
        "licence": {"name": "MIT"},
        "citation": "Fedorov A et al. End-to-end learning of brain tissue segmentation. arXiv 1612.00940; Masoud M, et "
        "al. Brainchop. J Open Source Softw 2023;8(83):5098.",
        "source": "https://github.com/neuroneural/brainchop-models",
        "population": {"intended": "T1-weighted MR of the head; research", "age": "adults"},
        "known_failures": ["Volumes that are not conformed to 256³ of 1 mm.", "Contrast other than T1."],
        "labels": {"values": {str(n): {"name": label} for n, label in enumerate(labels) if n}},
    }
    if len(labels) in LABEL_MAPS:
        card["labels"]["map"] = LABEL_MAPS[len(labels)]
    return card


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
