"""`fmassist batch`: many studies, each isolated, each found again by what it was made from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import ContextFile, KnowledgeFolder, LabelMapOfModel, Modality
from fmassist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fmassist.batch.plan import Done, Plan, Study
    from fmassist.batch.run import Engine

HALF_THE_CORES = max(1, (os.cpu_count() or 2) // 2)


def batch(
    studies: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDIES",
            help="A list (.csv, .tsv, .json, .parquet) with the columns labels, image, context, id, …; a folder with "
            "one sub-folder a study; a BIDS data set; a tree of DICOM files; files; or a pattern in quotes.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results, one sub-folder a study.")],
    label_map: LabelMapOfModel = None,
    context: ContextFile = None,
    knowledge: KnowledgeFolder = None,
    modality: Modality = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME|PATH", help="Let this model segment each study first.")
    ] = None,
    prompts: Annotated[
        str | None, typer.Option("--prompts", metavar="FILE|auto", help="As fmassist run takes them.")
    ] = None,
    structures: Annotated[
        list[str] | None, typer.Option("--structure", metavar="NAME", help="As fmassist run takes it.")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", metavar="cpu|cuda", help="Where the model runs.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Studies at the same time.")] = HALF_THE_CORES,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds that one study may take.")] = 1800,
    memory: Annotated[
        float | None,
        typer.Option("--memory", min=0.1, max=1e6, metavar="GB", help="Memory that one study may take."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Check finished studies anew instead of skipping them.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Do only every n-th study, from the i-th: one part of an array."),
    ] = None,
    gather: Annotated[
        bool, typer.Option("--gather", help="Do nothing, and gather the tables of what the parts have done.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS|local|slurm", help="Let Dask distribute the studies."),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option("--sources", metavar="FILE", help="Write which id is which file; it may hold patients' names."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE|DIR", help="Add people's decisions from the worklist to the batch."),
    ] = None,
) -> int:
    """Check many studies. A study that fails is noted and never stops the others.

    A study that was finished before from exactly the same files, options, knowledge and program is skipped; anything
    else is done anew, and said. Writes summary.csv and summary.json, and the tables studies, segments, findings and
    rules as CSV and, where pyarrow is installed, as Parquet. Ends with 0 when no study asks for a look, with 3 when one
    does, with 2 when one could not be checked.
    """
    from fmassist.batch.place import at_work
    from fmassist.batch.plan import shard_of
    from fmassist.batch.run import run_batch
    from fmassist.batch.sources import find_studies
    from fmassist.batch.sources.lists import said_of_separator
    from fmassist.cli.batch_words import Teller, told_end
    from fmassist.cli.progress import progress_bar

    part = shard_of(shard) if shard is not None else None
    if gather and part is not None:
        raise InputError("both --shard and --gather are given", "gather once all parts have ended")
    plan = _plan(out, locals())
    found = find_studies(studies, segment=model is not None)
    for said in filter(None, (said_of_separator(Path(source)) for source in studies)):
        typer.echo(said, err=True)
    with at_work(out.absolute(), alone=part is None and not gather):
        if sources is not None:
            _write_sources(sources, found)
        if gather:
            ends = _gathered(found, plan)
        else:
            engine = _engine(scheduler, jobs)
            with progress_bar() as progress:
                ends = run_batch(found, plan, engine=engine, shard=part, told=Teller(progress))
        if part is None:
            _finish(found, ends, plan, decisions)
    return told_end(ends, out, part)


def _plan(out: Path, given: dict[str, object]) -> Plan:
    from fmassist.batch.plan import Plan
    from fmassist.models.process import memory_of_machine

    def absolute(name: str) -> str | None:
        value = given[name]
        return str(Path(str(value)).absolute()) if value is not None and Path(str(value)).exists() else _text(value)

    memory = given["memory"]
    there = memory_of_machine()
    jobs = given["jobs"]
    most = int(float(str(memory)) * 1e9) if memory is not None else int(there / int(str(jobs))) if there else None
    _require_readable(given["context"])
    return Plan(
        out=str(out.absolute()),
        label_map=absolute("label_map"),
        context=absolute("context"),
        knowledge=absolute("knowledge"),
        modality=_text(given["modality"]),
        model=absolute("model"),
        prompts=absolute("prompts"),
        structures=tuple(given["structures"] or ()),  # type: ignore[arg-type]
        device=_text(given["device"]),
        timeout_s=float(str(given["timeout"])),
        memory_bytes=most,
        again=bool(given["again"]),
    )


def _require_readable(context: object) -> None:
    if context is not None and not Path(str(context)).is_file():
        raise InputError("the context file is not there", "give a JSON file")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _engine(scheduler: str | None, jobs: int) -> Engine:
    if scheduler is None:
        from fmassist.batch.run import on_this_machine

        return on_this_machine(jobs)
    from fmassist.batch.cluster import on_cluster

    return on_cluster(scheduler, jobs)


def _gathered(studies: Sequence[Study], plan: Plan) -> list[Done]:
    from fmassist.batch.gather import gathered

    return gathered(studies, plan)


def _finish(studies: Sequence[Study], ends: Sequence[Done], plan: Plan, decisions: Path | None) -> None:
    from fmassist.batch.decisions import take_decisions
    from fmassist.batch.tables import write_summary, write_tables

    rows = [done.row for done in ends]
    write_summary(Path(plan.out), "summary", rows)
    write_tables(studies, {row.study: row for row in rows}, plan)
    if decisions is not None:
        count = take_decisions(decisions, Path(plan.out), {row.study for row in rows})
        typer.echo(f"{count} decisions were read")
        _tell_decisions(Path(plan.out))


def _tell_decisions(out: Path) -> None:
    from collections import Counter

    from fmassist.batch.agreement import agreement, in_words
    from fmassist.batch.decisions import all_decisions

    found = all_decisions(out)
    for proof, count in sorted(Counter(one["proof"] for one in found if one["decision"] != "void").items()):
        typer.echo(f"{count} stand {proof}" if proof.startswith("by") else f"{count} stand, {proof}")
    for one in found:
        if one["decision"] == "void":
            typer.echo(f"{one['study']}: a decision does not count: {one['proof']}")
    for line in in_words(agreement(found)):
        typer.echo(line)


def _write_sources(path: Path, studies: Sequence[Study]) -> None:
    import csv
    import io

    from fmassist.volume.whole_file import whole_file

    head = ("id", "labels", "image")
    if path.exists() and not _begins_with(path, ",".join(head)):
        raise InputError("--sources names a file that is there and is no such table", "give another name")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(head)
    for study in studies:
        writer.writerow((study.id, study.labels or "", study.image[0] if study.image else ""))
    with whole_file(path) as beside:
        beside.write_text(table.getvalue(), encoding="utf-8", errors="surrogateescape")


def _begins_with(path: Path, head: str) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.readline(200).strip() == head.encode("ascii")
    except OSError:
        return False
