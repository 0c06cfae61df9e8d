"""`fmassist demo`: the whole way on a synthetic abdomen, with two mistakes made on purpose."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from fmassist.cli.options import Out, Overwrite


def demo(
    out: Out,
    device: Annotated[
        str | None, typer.Option("--device", metavar="cpu|cuda", help="Default: the best there is.")
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Segment a synthetic abdomen with the embedded model, and check it.

    No real scan can be shipped, so the volume is made by code; the segmentation is the model's own. Two of the named
    boxes are wrong on purpose: the kidneys are exchanged, and a vertebra is named one too low. The check finds both,
    so this command ends with 3 (findings need review).
    """
    from fmassist.application.context import known_context
    from fmassist.application.folder import require_free, whole_folder
    from fmassist.application.segment import found_structures, segment
    from fmassist.application.types import Options
    from fmassist.cli.progress import progress_bar
    from fmassist.cli.verdict import exit_code, tell
    from fmassist.knowledge.label_map import LabelMap, load_label_map
    from fmassist.knowledge.load import load_knowledge
    from fmassist.models.prompts import prompts_from_boxes
    from fmassist.models.registry import find_model
    from fmassist.phantom.demo import demo_case
    from fmassist.volume import write_volume

    require_free(out, overwrite=overwrite)
    started = time.monotonic()
    with progress_bar() as progress:
        progress("Making the synthetic abdomen", 0.0)
        volume, boxes, _ = demo_case()
        options = Options(load_knowledge(), progress)
        model = find_model("litemedsam")
        labels = LabelMap("litemedsam", {}, load_label_map("totalsegmentator:total").structures)
        known = known_context(None, volume, options.knowledge)
        study = segment(model, volume, prompts_from_boxes(boxes), labels, known, options, device=device)
        with whole_folder(out, overwrite=overwrite) as folder:
            study.write_into(folder)
            write_volume(volume, folder / "volume.nii.gz")
    tell(study, out)
    said = f"{found_structures(study)} structures segmented by the model in {time.monotonic() - started:.0f} s"
    typer.echo(f"{said}{_peak()}")
    return exit_code(study)


def _peak() -> str:
    """The most memory that this process held, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gigabytes = peak / (1e9 if sys.platform == "darwin" else 1e6)
    return f", at most {gigabytes:.1f} GB of memory"
