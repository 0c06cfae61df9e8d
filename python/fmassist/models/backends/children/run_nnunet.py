"""nnU-Net v2 on one volume: its own reader, preprocessing, windows and export, from a folder of a trained model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from exchange import Refused, image, leave, main, only_weights, tell, torch_device, versions


def work(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Segments as the model's `plans.json` says."""
    for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        os.environ.setdefault(name, str(folder))  # it warns where one is not set, and uses none of them here
    import nibabel
    import torch

    only_weights()
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    device = torch_device(request)
    model = Path(request["model"])
    checkpoint = request.get("checkpoint") or "checkpoint_final.pth"
    folds = request.get("folds") or sorted(
        path.parent.name.removeprefix("fold_") for path in model.glob(f"fold_*/{checkpoint}")
    )
    if not folds:
        raise Refused(f"its folder holds no fold with {checkpoint}")
    tell("loading the model", 0.0)
    predictor = nnUNetPredictor(
        tile_step_size=0.5,  # of a window: its own default, like mirroring and the Gaussian weights
        use_gaussian=True,
        use_mirroring=True,
        perform_everything_on_device=device == "cuda",
        device=torch.device(device),
        allow_tqdm=True,
    )
    numbers = tuple(int(fold) if str(fold).isdigit() else str(fold) for fold in folds)
    predictor.initialize_from_trained_model_folder(str(model), use_folds=numbers, checkpoint_name=checkpoint)

    # Through files and its own reader: which way round a model was trained is the reader's knowledge.
    given = nibabel.Nifti1Image(image(folder), request["affine"])
    nibabel.save(given, folder / "image.nii")
    reader = predictor.plans_manager.image_reader_writer_class()
    voxels, properties = reader.read_images([str(folder / "image.nii")])
    tell("segmenting", 0.0)
    labels = predictor.predict_single_npy_array(voxels, properties, None, None, False)
    tell("segmenting", 1.0)
    reader.write_seg(labels, str(folder / "labels.nii"), properties)
    made = nibabel.load(folder / "labels.nii")
    names = {
        str(value): str(name) for name, value in predictor.dataset_json["labels"].items() if isinstance(value, int)
    }
    return {
        **leave(folder, made.get_fdata(dtype="float32"), made.affine),
        "names": names,
        "device": device,
        "versions": versions("nnunetv2", "torch"),
    }


if __name__ == "__main__":
    main(work)
