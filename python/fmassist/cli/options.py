"""Options that several commands share, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", help="Folder for the results; written whole or not at all.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that FMAssist wrote there before.")]
_LABEL_MAP = typer.Option(
    "--label-map",
    metavar="NAME|FILE",
    help="What the labels mean: auto (what the file says itself, else the shipped map that fits best; the default), a "
    "shipped map such as totalsegmentator:total (fmassist labels --maps lists them), or a table: SSSOM, dataset.json, "
    "dseg.tsv, .ctbl, CSV.",
)
LabelMapName = Annotated[str, _LABEL_MAP]
LabelMapNames = Annotated[list[str] | None, _LABEL_MAP]
LabelMapOfModel = Annotated[
    str | None,
    typer.Option("--label-map", metavar="NAME|FILE", help="What its labels mean; by default what its card says."),
]
ContextFile = Annotated[
    Path | None,
    typer.Option("--context", metavar="FILE", help='What is known: JSON such as {"age": 54, "sex": "female"}.'),
]


def _configured(given: Path | None) -> Path | None:
    """The folder given; else the user's own, where there is one."""
    if given is not None:
        return given
    from fmassist.models.places import settings_folder

    configured = settings_folder() / "knowledge"
    return configured if configured.is_dir() else None


KnowledgeFolder = Annotated[
    Path | None,
    typer.Option(
        "--knowledge",
        metavar="DIR",
        envvar="FMASSIST_KNOWLEDGE",
        callback=_configured,
        help="Own rules and ranges on top of the shipped ones, or a whole other version of Resources. Where it is not "
        "given: FMASSIST_KNOWLEDGE, or the folder `knowledge` of the user's configuration (~/.config/fmassist).",
    ),
]
Modality = Annotated[
    str | None, typer.Option("--modality", metavar="CT|MR", help="Where the file does not say it itself.")
]
