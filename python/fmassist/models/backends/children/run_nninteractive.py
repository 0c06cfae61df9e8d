"""nnInteractive, here or on its server: one session, and one object after the other by boxes, points and scribbles."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from exchange import Refused, image, leave, main, only_weights, tell, versions


def work(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Segments each prompt's object; where two claim a voxel, the smaller one has it."""
    voxels = image(folder)
    tell("loading the model", 0.0)
    session, device = remote(request) if request.get("server") else local(request)
    try:
        tell("preparing the volume", 0.0)
        session.set_image(np.ascontiguousarray(voxels[None], dtype=np.float32))
        found = []
        for number, prompt in enumerate(request["prompts"], start=1):
            tell("segmenting", (number - 1) / len(request["prompts"]))
            found.append((number, one(session, prompt, voxels.shape)))
        tell("segmenting", 1.0)
    finally:
        if hasattr(session, "close"):
            session.close()
    labels = np.zeros(voxels.shape, dtype=np.uint16)
    for number, mask in sorted(found, key=lambda pair: -int(pair[1].sum())):
        labels[mask] = number
    return {
        **leave(folder, labels, request["affine"]),
        "device": device,
        "versions": versions("nnInteractive", "nninteractive-client", "torch"),
        "licence": str(getattr(session, "license", "") or "")[:200],
    }


def local(request: dict[str, Any]) -> tuple[Any, str]:
    """A session of this machine."""
    import torch
    from exchange import torch_device

    only_weights()
    from nnInteractive.inference.inference_session import nnInteractiveInferenceSession

    device = torch_device(request)
    session = nnInteractiveInferenceSession(
        device=torch.device(device),
        use_torch_compile=False,
        torch_n_threads=torch.get_num_threads(),
        do_autozoom=True,
        enable_undo=False,
    )
    session.initialize_from_trained_model_folder(request["model"])
    return session, device


def remote(request: dict[str, Any]) -> tuple[Any, str]:
    """A session of a server."""
    from nnInteractive.inference.remote import nnInteractiveRemoteInferenceSession

    try:
        # A prediction takes up to 10 s on its GPU; a busy server may take longer.
        return nnInteractiveRemoteInferenceSession(request["server"], read_timeout=300.0), "server"
    except Exception as error:
        raise Refused(f"the server does not answer as nnInteractive's does ({type(error).__name__})") from None


def one(session: Any, prompt: dict[str, Any], shape: tuple[int, ...]) -> Any:
    """Where the object of one prompt is."""
    buffer = np.zeros(shape, dtype=np.uint8)
    session.set_target_buffer(buffer)
    session.reset_interactions()
    acts = [
        *(("bbox", box, True) for box in fitting(session, prompt.get("boxes", []))),
        *(("scribble", line, True) for line in prompt.get("scribbles", [])),
        *(("point", point, True) for point in prompt.get("points", [])),
        *(("point", point, False) for point in prompt.get("outside", [])),
    ]
    for kind, what, inside in acts:
        if kind == "bbox":
            session.add_bbox_interaction(what, include_interaction=inside)
        elif kind == "point":
            session.add_point_interaction(tuple(what), include_interaction=inside)
        else:
            drawn, where = drawing(what, shape, session.preferred_scribble_thickness)
            session.add_scribble_interaction(drawn, include_interaction=inside, interaction_bbox=where)
    return buffer > 0


def fitting(session: Any, boxes: list[list[list[int]]]) -> list[list[list[int]]]:
    """The boxes as the model takes them: most checkpoints know boxes of one slice only."""
    if session.supported_interactions.get("bbox3d"):
        return boxes
    flat = []
    for box in boxes:
        if any(high - low == 1 for low, high in box):
            flat.append(box)
            continue
        # Its middle slice across the axis that it is shortest along: the object is most likely there.
        axis = min(range(3), key=lambda a: box[a][1] - box[a][0])
        middle = (box[axis][0] + box[axis][1]) // 2
        flat.append([[middle, middle + 1] if a == axis else list(box[a]) for a in range(3)])
    return flat


def drawing(line: list[list[float]], shape: tuple[int, ...], thickness: Any) -> tuple[Any, list[list[int]]]:
    """A scribble's voxels within its bounding box, and that box: straight strokes, a few voxels thick."""
    points = np.asarray(line, dtype=float)
    strokes = [points[:1]]
    for start, end in pairwise(points):
        steps = max(1, int(np.ceil(np.abs(end - start).max() * 2)))
        strokes.append(start + (end - start) * np.linspace(0, 1, steps + 1)[:, None])
    half = np.asarray(thickness, dtype=float).ravel()
    half = np.full(3, half[0]) / 2 if half.size == 1 else half[:3] / 2
    centres = np.unique(np.rint(np.concatenate(strokes)).astype(int), axis=0)
    low = np.maximum(centres.min(axis=0) - np.floor(half).astype(int), 0)
    high = np.minimum(centres.max(axis=0) + np.floor(half).astype(int) + 1, shape)
    drawn = np.zeros(tuple(high - low), dtype=np.uint8)
    for centre in centres:
        a = np.maximum(centre - np.floor(half).astype(int), low) - low
        b = np.minimum(centre + np.maximum(1, np.ceil(half).astype(int)), high) - low
        drawn[a[0] : b[0], a[1] : b[1], a[2] : b[2]] = 1
    return drawn, [[int(a), int(b)] for a, b in zip(low, high, strict=True)]


if __name__ == "__main__":
    main(work)
