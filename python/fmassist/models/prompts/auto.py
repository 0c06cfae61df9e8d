"""`--prompts auto`: boxes of the structures that a CT shows, from the image alone.

A small network (`fmassist.models.localiser`) says roughly which structure lies where. The boxes are expectations, not
findings: what a model makes of them is checked like everything else.
"""

from __future__ import annotations

from dataclasses import replace

from fmassist.errors import InputError
from fmassist.models.prompts.landmarks import INSTEAD, require_body, straight
from fmassist.models.prompts.neighbours import axial_slices
from fmassist.models.prompts.prompt import Prompt
from fmassist.volume import Volume


def prompts_from_image(volume: Volume) -> list[Prompt]:
    """Boxes for the structures that are seen.

    Raises:
        InputError: the volume is no CT, or shows no body or nothing that is known, or torch is missing.
    """
    from fmassist.models.localiser.find import prompts_for_ribs, prompts_from_map, rough_map
    from fmassist.models.localiser.network import PIXEL_MM
    from fmassist.models.localiser.ribs import STEP_MM

    if volume.modality not in (None, "", "CT", "unknown"):
        raise InputError(f"boxes can be found in a CT only, and this is {volume.modality}", INSTEAD)
    image, origin = straight(volume, PIXEL_MM)
    require_body(image, PIXEL_MM)
    found, slices = rough_map(image, origin), axial_slices(volume)
    prompts = prompts_from_map(found, *slices)
    prompts += prompts_for_ribs(found, *straight(volume, STEP_MM), *slices)
    prompts = [inside for prompt in prompts if (inside := _inside(prompt, volume)) is not None]
    if not prompts:
        raise InputError("no structure was recognised in this image", INSTEAD)
    return prompts


def _inside(prompt: Prompt, volume: Volume) -> Prompt | None:
    """The prompt with the boxes that meet the volume; None where there is none.

    The network's pixels are coarse: at the rim of a short scan, a box may end up beyond the last slice.
    """
    kept = []
    for box in prompt.boxes_ras_mm:
        try:
            replace(prompt, boxes_ras_mm=(box,)).require_inside(volume.geometry)
        except InputError:
            continue
        kept.append(box)
    return replace(prompt, boxes_ras_mm=tuple(kept)) if kept else None
