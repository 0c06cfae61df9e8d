"""One study of a batch, from its files to its folder of results."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.types import Options
from fmassist.batch.identity import parts_of, stamps
from fmassist.batch.plan import Done, Plan, Row, Study
from fmassist.batch.result import believed, drop, refresh_stamps, write_failure, write_result
from fmassist.errors import FMAssistError, InputError

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy
    from fmassist.reasoning.context import Context
    from fmassist.volume import Volume


def do(study: Study, plan: Plan) -> Done:
    """Checks a study, unless a result of exactly this is there; never raises for what is wrong with the study."""
    try:
        return _do(study, plan)
    except FMAssistError as error:
        return failed(study, plan, str(error))
    except MemoryError:
        return failed(study, plan, "not enough memory for this study: crop it, or allow more with --memory")
    except Exception as error:
        return failed(study, plan, f"unexpected fault ({type(error).__name__}): run fmassist check on it to see more")


def failed(study: Study, plan: Plan, reason: str) -> Done:
    """Notes that a study could not be done."""
    from fmassist.outside_text import printable

    row = Row(study.id, "failed", reason=printable(reason, most=400))
    with contextlib.suppress(FMAssistError):  # on a full disk the row alone has to say it
        write_failure(study, plan, row)
    return Done(row, f"failed: {row.reason}")


def _do(study: Study, plan: Plan) -> Done:
    if study.trouble:
        raise InputError(study.trouble)
    before = stamps(study, plan)
    parts = parts_of(study, plan)
    row, why_not = believed(study, plan, parts)
    if row is not None and not plan.again:
        refresh_stamps(study, plan, before)
        plan.failure(study).unlink(missing_ok=True)
        return Done(row, "kept")
    said = "as asked" if row is not None else why_not or None
    drop(study, plan)
    checked = checked_study(study, plan)
    _require_unchanged(study, plan, before)
    made = write_result(study, plan, checked, parts, before)
    return Done(made, "made" if said is None else f"redone: {said}")


def _require_unchanged(study: Study, plan: Plan, before: Any) -> None:
    if stamps(study, plan) != before:
        raise InputError("its files were changed while it was checked", "run the batch again when they are at rest")


def checked_study(study: Study, plan: Plan) -> CheckedStudy:
    """Segments a study where it has no labels, and checks it; nothing is written.

    Raises:
        InputError: something given is wrong.
    """
    from fmassist.application.check import check
    from fmassist.application.context import known_context
    from fmassist.application.read import read_inputs

    options = _options(plan.knowledge)
    given = _given_context(study, plan, options)
    with tempfile.TemporaryDirectory(prefix="fmassist-") as scratch:
        image = _image(study, Path(scratch))
        if plan.model is not None and study.labels is None:
            if image is None:
                raise InputError("it has no image for the model to segment", "name one in the list")
            return _segmented(image, plan, given, options)
        if study.labels is None:
            raise InputError("it has no labels to check", "name them, or let a model make them: --model NAME")
        inputs = read_inputs(
            study.labels,
            image,
            options,
            label_map=study.label_map or plan.label_map,
            context=known_context(given, None, options.knowledge),
            modality=plan.modality,
        )
    return check(inputs, options)


def _segmented(image: Path, plan: Plan, given: Context, options: Options) -> CheckedStudy:
    from fmassist.application.context import known_context
    from fmassist.application.read import read_image
    from fmassist.application.segment import require_ready, segment
    from fmassist.application.segment_request import AUTO, prompts_for

    volume: Volume = read_image(image, modality=plan.modality)
    request, model, label_map = _model(plan)
    require_ready(model, volume)
    prompts = prompts_for(request, volume, label_map)
    context = known_context(given, volume, options.knowledge)
    return segment(
        model, volume, prompts, label_map, context, options, device=plan.device, ask_anew=plan.prompts == AUTO
    )


@cache
def _options(knowledge: str | None) -> Options:
    """The knowledge, loaded once a process."""
    from fmassist.knowledge.load import load_knowledge

    return Options(load_knowledge(None if knowledge is None else Path(knowledge)))


@cache
def _model(plan: Plan) -> Any:
    """The model, loaded once a process."""
    from fmassist.application.segment_request import Request, model_for

    request = Request(str(plan.model), plan.prompts, plan.structures, plan.label_map, None, plan.device)
    return (request, *model_for(request, _options(plan.knowledge)))


def _given_context(study: Study, plan: Plan, options: Options) -> Context:
    """The context file's entries, and over them those that the list itself gives."""
    from dataclasses import replace

    from fmassist.application.context import known_context

    path = study.context or plan.context
    given = known_context(path, None, options.knowledge)
    listed = known_context(dict(study.known), None, options.knowledge)
    entries: Mapping[str, Any] = {name: value for name, value in vars(listed).items() if value not in (None, ())}
    return replace(given, **entries)


def _image(study: Study, scratch: Path) -> Path | None:
    """The image's path; slices of one DICOM series among others are linked into a folder of their own."""
    if not study.image:
        return None
    if len(study.image) == 1:
        return Path(study.image[0])
    for number, path in enumerate(study.image):
        place = scratch / f"{number:06d}.dcm"
        try:
            place.symlink_to(path)
        except OSError:  # Windows asks for a right to make links
            import shutil

            shutil.copyfile(path, place)
    return scratch
