"""`fmassist review`: a reviewer's own key, and whether a stored review is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmassist.errors import InputError

app = typer.Typer(help="Reviewers' keys, and whether a stored review is whole.", no_args_is_help=True)
MAX_BYTES = 256 * 1024 * 1024
RECORD = "fmassist-record/1"
"""Of a batch; see `fmassist.batch.records`."""


@app.command()
def key(
    name: Annotated[str, typer.Option("--name", help="Your name, as you sign with it.")],
) -> int:
    """Make your signing key (Ed25519), or show its public half.

    The key lies in your settings folder, readable by you alone. With FMASSIST_KEY_PASSPHRASE set, it is encrypted.
    Give the line that is shown to those who shall know your signature: they put it into a file `reviewers/YOU.pub` of
    their own settings folder.
    """
    import os

    from fmassist.models.places import settings_folder
    from fmassist.outside_text import printable
    from fmassist.review.keys import PASSPHRASE, REVIEWERS, make_key, own_key
    from fmassist.volume import whole_file

    said = printable(name, most=100).strip()
    if not said:
        raise InputError("a key needs a name", "give --name")
    mine = own_key() or make_key(passphrase=os.environ.get(PASSPHRASE, ""))
    folder = settings_folder() / REVIEWERS
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / "own.pub") as beside:
        beside.write_text(f"{mine.public} {said}\n", encoding="utf-8")
    typer.echo(f"{mine.public} {said}")
    return 0


@app.command()
def verify(
    stored: Annotated[
        Path, typer.Argument(metavar="REVIEW.json", help="A review as the scene keeps it, or a record of a batch.")
    ],
    segmentation: Annotated[
        str | None, typer.Option("--segmentation", help="Digest of the segmentation; without it, it is not compared.")
    ] = None,
) -> int:
    """Tell whether a stored review is whole and its signature holds. Ends with 0 where it does, with 3 where not."""
    from fmassist.json_file import read_json
    from fmassist.outside_text import printable
    from fmassist.review import Review

    if segmentation is not None and not segmentation.strip():
        raise InputError("the segmentation's digest is empty", "give it, or leave --segmentation out")
    value = read_json(stored, "the review", "give a review that FMAssist stored", max_bytes=MAX_BYTES)
    if isinstance(value, dict) and value.get("format") == RECORD:
        return _verify_record(stored)
    if isinstance(value, dict) and "review" in value:
        value = value["review"]
    if not isinstance(value, dict):
        raise InputError("the file is no review", "give a review that FMAssist stored")
    review = Review.from_json(value)
    signature = review.signature
    verification = review.verify(segmentation or (signature.segmentation if signature else ""))
    for line in (*verification.reasons, verification.proof, *verification.notes):
        if line:
            typer.echo(printable(line))  # names in it came with the file
    if verification.valid and segmentation is None:
        typer.echo("The segmentation itself was not compared: no digest of it was given.")
    return 0 if verification.valid else 3


def _verify_record(path: Path) -> int:
    """Tells whether what its reviewer said of a batch's study stands as it was said."""
    from fmassist.batch.records import read_record

    record = read_record(path)
    verification = record.verify()
    for line in (*verification.reasons, verification.proof, *verification.notes):
        if line:
            typer.echo(line)
    if verification.valid and (said := record.review.judgement) is not None:
        typer.echo(f"{said.by}: {said.choice}, about {record.study}")
    return 0 if verification.valid else 3
