"""TotalSegmentator through its Python API, with its usage statistics switched off and no download without a yes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from exchange import Refused, image, leave, main, only_weights, tell, torch_device, versions


def work(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Segments one task, or gets its weights where `request["download"]` says so."""
    if request.get("weights"):
        os.environ["TOTALSEG_WEIGHTS_PATH"] = request["weights"]
    import totalsegmentator.config
    import totalsegmentator.libs
    import totalsegmentator.python_api as api

    silence(totalsegmentator.config, api)
    from totalsegmentator.map_to_binary import class_map

    task = request.get("task") or "total"
    names = class_map.get(task)
    if names is None:
        raise Refused(f"there is no task {task}: see TotalSegmentator --help")
    if request.get("download"):
        return download(task, api)
    refuse_downloads(totalsegmentator.libs, task)
    only_weights()
    import nibabel

    device = torch_device(request)
    tell("segmenting", 0.0)
    given = nibabel.Nifti1Image(image(folder), request["affine"])
    try:
        made = api.totalsegmentator(
            given, None, ml=True, task=task, device="gpu" if device == "cuda" else "cpu", quiet=True, skip_saving=True
        )
    except SystemExit:  # its way to say that a licence number is missing
        raise Refused(
            f"the task {task} needs a licence number of TotalSegmentator: totalseg_set_license -l NUMBER"
        ) from None
    tell("segmenting", 1.0)
    return {
        **leave(folder, made.get_fdata(dtype="float32"), made.affine),
        "names": {str(value): str(name) for value, name in names.items()},
        "device": device,
        "versions": versions("TotalSegmentator", "nnunetv2", "torch"),
    }


def silence(*modules: Any) -> None:
    """Nothing about this run is sent to anybody, whatever the user's TotalSegmentator configuration says."""
    for module in modules:
        for name in ("send_usage_stats", "send_usage_stats_application"):
            if hasattr(module, name):
                setattr(module, name, lambda *_given, **_named: None)


def refuse_downloads(libs: Any, task: str) -> None:
    """Weights that are not here are a refusal, not a download that nobody was asked about."""
    name = "totalsegmentator" if task == "total" else f"totalsegmentator:{task}"

    def refuse(*_given: Any, **_named: Any) -> None:
        raise Refused(f"the weights of its task {task} are not here: fmassist models get {name}")

    libs.download_url_and_unpack = refuse
    libs.download_model_with_license_and_unpack = refuse


def download(task: str, api: Any) -> dict[str, Any]:
    """Gets the weights of a task with the library's own download."""
    from totalsegmentator.config import setup_nnunet, setup_totalseg

    setup_nnunet()
    setup_totalseg()
    try:
        config = api.get_task_config(task, quiet=True)
    except SystemExit:
        raise Refused(
            f"the task {task} needs a licence number of TotalSegmentator: totalseg_set_license -l NUMBER"
        ) from None
    ids = config["task_id"] if isinstance(config["task_id"], list) else [config["task_id"]]
    # The rough models that it crops with first: 6 mm for CT, 3 mm for MR, and the body for its trunk and limbs.
    if config.get("crop") is not None or config.get("cascade"):
        crop = config.get("crop") or []
        if config.get("crop_model"):
            download(config["crop_model"], api)
        elif "body_trunc" in crop or "body_extremities" in crop:
            ids = [*ids, 300]
        elif task.endswith("_mr"):
            ids = [*ids, 852]
        else:
            ids = [*ids, 297 if config.get("robust_crop") else 298]
    if task == "vertebrae_pp_refined":
        ids = [*ids, 305]
    for number, task_id in enumerate(ids):
        tell("downloading", number / len(ids))
        api.download_pretrained_weights(task_id)
    return {"versions": versions("TotalSegmentator")}


if __name__ == "__main__":
    main(work)
