"""Normal variants and histories, and what the true labels say of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fmassist.phantom.labels import LABELS, NAMES

VARIANTS: dict[str, str] = {
    "situs_inversus": "everything mirrored; paired structures keep the name of the side on which they lie, the lung "
    "with three lobes lies on the left and its middle lobe counts to its upper one",
    "ribs_11": "no twelfth pair of ribs",
    "ribs_13": "a short pair on the first lumbar level (or T13), without a label",
    "short_rib_12": "the twelfth ribs end beside the spine",
    "cervical_rib": "a pair of short ribs on C7, without a label",
    "vertebra_L6": "six lumbar vertebrae; the sixth has no label, so that L5 stands one level above the sacrum",
    "vertebra_T13": "thirteen thoracic vertebrae; the thirteenth has no label",
    "lumbar_4": "four lumbar vertebrae; L5 is absent",
    "sacralised_L5": "broad transverse processes of the lowest lumbar vertebra reach the sacrum; it keeps its label",
    "kidney_left_absent": "no left kidney from birth or after nephrectomy; the other is larger",
    "kidney_right_absent": "no right kidney from birth or after nephrectomy; the other is larger",
    "horseshoe_kidney": "lower poles fused before L4; each half keeps the label of its side",
    "crossed_fused_ectopia": "the left kidney lies below the right one and is fused with it; it keeps its label",
    "accessory_spleen": "a second spleen of about 2 mL at the hilum, labelled as spleen",
    "spleen_absent": "after splenectomy",
    "gallbladder_absent": "after cholecystectomy",
    "prostate_absent": "after prostatectomy",
    "left_inferior_vena_cava": "the infrarenal vena cava runs on the left and crosses before the aorta",
    "hip_prosthesis_left": "a metal hip: the label femur_left holds metal",
}
"""Each variant of `torso(variants=…)` with what the true segmentation then holds."""


def truth_in_situs_inversus(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Names by side for a mirrored person: what lies on the patient's right is called right."""
    table = np.arange(256, dtype=np.uint8)
    for name in NAMES:
        other = _other_side(name)
        if other in LABELS and name != "atrial_appendage_left":
            table[LABELS[name]] = LABELS[other]
    table[LABELS["lung_middle_lobe_right"]] = LABELS["lung_upper_lobe_left"]
    return np.asarray(table[labels])


def _other_side(name: str) -> str:
    if "right" in name:
        return name.replace("right", "left")
    return name.replace("left", "right")
