"""`fmassist labels`: how each label of a file would be understood, and from where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmassist.cli.options import KnowledgeFolder
from fmassist.errors import InputError
from fmassist.outside_text import printable

if TYPE_CHECKING:
    from fmassist.application.types import Inputs
    from fmassist.knowledge.model import Knowledge


def labels(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A segmentation, as fmassist check takes it.")
    ] = None,
    image: Annotated[
        Path | None, typer.Option("--image", metavar="VOL", help="Its volume, where there is one.")
    ] = None,
    label_map: Annotated[
        str | None, typer.Option("--label-map", metavar="NAME|FILE", help="As fmassist check takes it.")
    ] = None,
    write_map: Annotated[
        Path | None,
        typer.Option("--write-map", metavar="FILE", help="Write an SSSOM label map with these rows, to be edited."),
    ] = None,
    maps: Annotated[bool, typer.Option("--maps", help="List the shipped label maps instead.")] = False,
    knowledge: KnowledgeFolder = None,
) -> int:
    """Show what each label of a segmentation would be taken for, and from where that is known.

    For a label that is not understood the likest structures are proposed; nothing is checked. With --write-map the
    result becomes a label map to edit and to give with --label-map.
    """
    if maps:
        return _list_maps()
    if file is None:
        raise InputError("there is no file", "give a segmentation, or --maps")
    if write_map is not None and write_map.exists():
        raise InputError("the file for the label map is there already", "give another --write-map")
    from fmassist.application.read import read_image, read_inputs
    from fmassist.application.types import Options
    from fmassist.knowledge.load import load_knowledge

    options = Options(load_knowledge(knowledge))
    volume = read_image(image, labels=file) if image is not None else None
    inputs = read_inputs(file, volume, options, label_map=label_map)
    rows = _rows(inputs, options.knowledge)
    for note in (*inputs.label_map.notes, inputs.label_map.question):
        if note:
            typer.echo(printable(note))
    for value, name, key, how in rows:
        typer.echo(printable(f"{value:>6}  {name[:40]:40}  {key or '—':34}  {how}"))
    known = sum(bool(key) for _, _, key, _ in rows)
    typer.echo(f"{known} of {len(rows)} labels are understood")
    if write_map is not None:
        _write(write_map, rows, options.knowledge)
        typer.echo("label map written; edit its object_id where it is wrong or sssom:NoTermFound")
    return 0


def _rows(inputs: Inputs, knowledge: Knowledge) -> list[tuple[int, str, str, str]]:
    """Value, name, structure and from where; or the likest structures in place of the last."""
    from fmassist.knowledge.meaning import understand

    understanding = understand(inputs.segmentation, inputs.label_map, knowledge)
    rows = []
    for segment in inputs.segmentation.segments:
        key = f"{segment.layer}:{segment.label}"
        meaning = understanding.found.get(key)
        if meaning is not None:
            structure = knowledge.structures[meaning.iri]
            rows.append((segment.label, segment.name, structure.key, f"{structure.label}, by {meaning.how}"))
        elif key in understanding.declared_empty:
            rows.append((segment.label, segment.name, "", "no structure, as the label map says"))
        else:
            near = knowledge.dictionary.nearest(segment.name) if segment.named_by != "value" else []
            rows.append((segment.label, segment.name, "", f"perhaps {', '.join(near)}" if near else "not understood"))
    return rows


def _write(path: Path, rows: list[tuple[int, str, str, str]], knowledge: Knowledge) -> None:
    import csv
    import io

    from fmassist.volume.whole_file import whole_file

    text = io.StringIO()
    text.write(
        "# An SSSOM label map (see docs/labels.md): one row a label; st: names are fmassist's own, UBERON:, FMA: and\n"
    )
    text.write("# SNOMEDCT: identifiers are understood too. sssom:NoTermFound gives a label no meaning.\n")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(
        ("subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "label_value")
    )
    for value, name, key, _ in rows:
        label = knowledge.structure(key).label if key else ""
        target = f"st:{key}" if key else "sssom:NoTermFound"
        writer.writerow((name, "skos:exactMatch", target, label, "semapv:ManualMappingCuration", value))
    with whole_file(path) as beside:
        beside.write_text(text.getvalue(), encoding="utf-8")


def _list_maps() -> int:
    from fmassist.knowledge.label_map import CATALOGUE

    for identity, one in sorted(CATALOGUE.items()):
        typer.echo(f"{identity:44} {one.modality:6} {one.title}")
    return 0
