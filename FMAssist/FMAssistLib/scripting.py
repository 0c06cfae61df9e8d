"""The module for scripts: check a segmentation of the scene, and wait for the result.

logic = slicer.util.getModuleLogic("FMAssist")
result = logic.check(segmentationNode, volumeNode)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import meanings, numbers, studies
from FMAssistLib.jobs import Job
from FMAssistLib.structure_lists import StructureLists
from FMAssistLib.understanding import Reader


def names_for(segmentation_node: Any, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Segment id → structure, by code or by name; a script that checks says with it that names mean what they say.

    Args:
        segmentation_node: anybody's.
        given: segment id → structure, where somebody knows better.
    """
    proposed = meanings.propose(segmentation_node, StructureLists().names())
    found = meanings.confirmed(proposed, dict(given or {}), names_confirmed=True)
    return unique(found)


def understood(segmentation_node: Any, volume_node: Any = None) -> dict[str, str]:
    """Segment id → structure, of segments that have numbers for names, as the library reads them; waits for it.

    Args:
        segmentation_node: anybody's.
        volume_node: its scan, or None; tissues tell whose numbers they are.
    """
    if not numbers.numbers_of(segmentation_node):
        return {}
    loop, told = qt.QEventLoop(), []

    def answered(understanding: Any) -> None:
        told.append(understanding)
        loop.quit()

    if Reader().ask(segmentation_node, volume_node, answered) and not told:
        (getattr(loop, "exec", None) or loop.exec_)()
    return {} if not told or told[0] is None else {sid: name for sid, (name, _from) in told[0].names.items()}


def unique(names: Mapping[str, str]) -> dict[str, str]:
    """Names made different where two segments stand for one structure; the check sees both."""
    used: dict[str, int] = {}
    found = {}
    for sid, name in names.items():
        used[name] = used.get(name, 0) + 1
        found[sid] = name if used[name] == 1 else f"{name} ({used[name]})"
    return found


def check_and_wait(
    runner: Any,
    segmentation_node: Any,
    volume_node: Any = None,
    *,
    names: Mapping[str, str] | None = None,
    complete: bool = False,
    context: Mapping[str, object] | None = None,
    modality: str = "",
) -> Any:
    """Checks a segmentation in a process of its own and returns the result under review; the window stays alive.

    Args:
        runner: of type `logic.Runner`.
        segmentation_node: anybody's; it stays as it is, and a copy is gated and reviewed.
        volume_node: its scan; by default the one that the scene says it belongs to, or none.
        names: segment id → structure, where neither code nor name says it.
        complete: whether everything in view was meant to be segmented, so that what is missing counts.
        context: what is known of the patient, such as `{"age": 54, "sex": "female"}`.
        modality: `"CT"` or `"MR"`; what the image's own header says by default.

    Raises:
        ValueError: none of the segments has a known meaning.
        RuntimeError: another run is under way, or this one gave no result; in a sentence.
    """
    volume_node = volume_node or studies.scan_of(segmentation_node)
    known = names_for(segmentation_node, {**understood(segmentation_node, volume_node), **(names or {})})
    if not known:
        raise ValueError(_("None of the segments has a known meaning: give names={segment id: structure}."))
    arguments = ["check", "--label-map", "totalsegmentator:total" if complete else "litemedsam"]
    if modality and volume_node is not None:
        arguments += ["--modality", modality]
    return run_and_wait(runner, Job(arguments, volume_node, segmentation_node, known, dict(context or {})))


def run_and_wait(runner: Any, job: Job) -> Any:
    """Does a job and waits for its end, with the window alive.

    Raises:
        RuntimeError: another run is under way, or this one gave no result.
    """
    loop, ends = qt.QEventLoop(), []
    told = runner.on_finished

    def finished(session: Any, message: str) -> None:
        ends.append((session, message))
        told(session, message)
        loop.quit()

    runner.on_finished = finished
    try:
        if not runner.start(job):
            raise RuntimeError(_("Another run is under way."))
        if not ends:
            (getattr(loop, "exec", None) or loop.exec_)()
    finally:
        runner.on_finished = told
    session, message = ends[0]
    if session is None:
        raise RuntimeError(message)
    return session
