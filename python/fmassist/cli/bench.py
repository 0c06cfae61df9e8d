"""`fmassist bench`: the figures that the documentation states, measured on this machine."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from fmassist.cli.options import Overwrite
from fmassist.errors import InputError

BENCHES = {
    "check": "what a user waits for, from a cold start, against an earlier clone",
    "evidence": "measuring a large label map, against the usual libraries",
    "litemedsam": "the embedded model: time and agreement, against upstream's way",
    "models": "sliding-window inference in bounded memory, against MONAI's",
    "detect": "errors found and false flags, against published checks",
    "real": "false alarms and misses on real people's segmentations",
    "batch": "thousands of studies: workers, tables, the worklist, Dask",
    "knowledge": "checking the rules, comparing two versions over 1,000 studies, and what the rules cover",
}


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="; ".join(f"{n}: {w}" for n, w in BENCHES.items()) + ".")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for NAME.json, NAME.md and the plots.")] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder of studies to measure on; else synthetic anatomy."),
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Measure one part of the program and write the figures, the machine and the versions."""
    from fmassist.application.folder import require_free, whole_folder
    from fmassist.cli.progress import progress_bar

    if name not in BENCHES:
        raise InputError("no bench of that name", f"there are {', '.join(BENCHES)}")
    if data is not None and not data.is_dir():
        raise InputError("the folder of --data does not exist", "leave it out to measure on synthetic anatomy")
    if out is not None:
        require_free(out, overwrite=overwrite)
    part, writer = _module(name), _module("figures")
    with progress_bar() as progress:
        measured = part.measure(data=data, progress=progress)
    typer.echo(writer.table(measured))
    if out is not None:
        with whole_folder(out, overwrite=overwrite) as folder:
            writer.write_figures(measured, folder, name=name)
    return 0


def _module(name: str) -> ModuleType:
    """A module of the bench room; what it measures against is installed only with the `dev` extra."""
    try:
        return import_module(f"fmassist.bench.{name}")
    except ModuleNotFoundError as error:
        raise InputError(f"this bench needs {error.name}", "pip install 'fmassist[model,dev]'") from None
