"""Folders of the form that nnU-Net v2 leaves after a training, with random weights: a small network, a few labels.

Run by the Python that has nnU-Net (`python nnunet_folder.py FOLDER nnunet|body|nninteractive [READER]`), which need not
be the one that tests run in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ARCHITECTURE = {
    "n_stages": 2,
    "features_per_stage": [4, 8],
    "conv_op": "torch.nn.modules.conv.Conv3d",
    "kernel_sizes": [[3, 3, 3], [3, 3, 3]],
    "strides": [[1, 1, 1], [2, 2, 2]],
    "n_conv_per_stage": [1, 1],
    "n_conv_per_stage_decoder": [1],
    "conv_bias": True,
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
    "norm_op_kwargs": {"eps": 1e-05, "affine": True},
    "dropout_op": None,
    "dropout_op_kwargs": None,
    "nonlin": "torch.nn.LeakyReLU",
    "nonlin_kwargs": {"inplace": True},
}


def plans(reader: str = "SimpleITKIO") -> dict[str, Any]:
    """As `nnUNetv2_plan_experiment` writes them (nnU-Net 2.8), for a network that a test can run."""
    architecture = {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": ARCHITECTURE,
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
    resample = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": [16, 16, 16],
        "median_image_size_in_voxels": [24.0, 24.0, 24.0],
        "spacing": [5.0, 5.0, 5.0],
        "normalization_schemes": ["CTNormalization"],
        "use_mask_for_norm": [False],
        "resampling_fn_data": "resample_data_or_seg_to_shape",
        "resampling_fn_seg": "resample_data_or_seg_to_shape",
        "resampling_fn_data_kwargs": resample,
        "resampling_fn_seg_kwargs": {**resample, "is_seg": True},
        "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
        "resampling_fn_probabilities_kwargs": resample,
        "architecture": architecture,
        "batch_dice": False,
    }
    intensities = {"mean": 50.0, "std": 100.0, "percentile_00_5": -900.0, "percentile_99_5": 900.0}
    return {
        "dataset_name": "Dataset999_Test",
        "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": [5.0, 5.0, 5.0],
        "original_median_shape_after_transp": [24, 24, 24],
        "image_reader_writer": reader,
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": {"3d_fullres": configuration},
        "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {
            "0": {**intensities, "max": 3000.0, "min": -1000.0, "median": 40.0}
        },
    }


LABELS = {
    "nnunet": {"background": 0, "liver": 1, "spleen": 2, "kidney_left": 3},
    "body": {"background": 0, "body_trunc": 1, "body_extremities": 2},  # TotalSegmentator's task "body"
    "nninteractive": {"background": 0, "object": 1},
}
INTERACTIONS = 7
"""Channels that nnInteractive adds to the image: the mask so far, and two each for boxes, points and scribbles."""


def network(kind: str) -> Any:
    """The network that the plans describe, with random weights that are always the same."""
    from pydoc import locate

    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    arguments = {
        name: locate(value) if name in ("conv_op", "norm_op", "nonlin") else value
        for name, value in ARCHITECTURE.items()
    }
    channels = 1 + (INTERACTIONS if kind == "nninteractive" else 0)
    torch.manual_seed(0)
    return PlainConvUNet(input_channels=channels, num_classes=len(LABELS[kind]), deep_supervision=False, **arguments)


def nnunet_folder(folder: Path, kind: str = "nnunet", reader: str = "SimpleITKIO") -> Path:
    """Writes plans, dataset and one fold's checkpoint, as nnU-Net's trainer does."""
    import numpy as np
    import torch

    dataset = {
        "name": "Test",
        "channel_names": {"0": "CT"},
        "labels": LABELS[kind],
        "numTraining": 1,
        "file_ending": ".nii.gz",
        "licence": "CC0",
    }
    (folder / "fold_0").mkdir(parents=True)
    planned = plans(reader)
    if kind == "nninteractive":  # whose windows overlap by 24 voxels on each side
        planned["configurations"]["3d_fullres"]["patch_size"] = [64, 64, 64]
    (folder / "plans.json").write_text(json.dumps(planned), encoding="utf-8")
    (folder / "dataset.json").write_text(json.dumps(dataset), encoding="utf-8")
    if kind == "nninteractive":
        (folder / "inference_info.json").write_text("{}", encoding="utf-8")
    torch.save(
        {
            "network_weights": network(kind).state_dict(),
            "trainer_name": "nnInteractiveTrainer_stub" if kind == "nninteractive" else "nnUNetTrainer",
            "init_args": {"configuration": "3d_fullres", "fold": 0, "device": torch.device("cpu")},
            "inference_allowed_mirroring_axes": None,
            "_best_ema": np.float64(0.5),  # nnU-Net's own checkpoints hold NumPy numbers
            "logging": {"mean_fg_dice": [np.float32(0.5)]},
        },
        folder / "fold_0" / "checkpoint_final.pth",
    )
    return folder


if __name__ == "__main__":
    nnunet_folder(Path(sys.argv[1]), *sys.argv[2:])
