"""`fmassist models`: which foundation models are here, which could be, and how to get and trust one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fmassist.cli.options import Overwrite
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.models.card import Card
    from fmassist.models.interface import Model

app = typer.Typer(
    help="List the models: what is here, what could be, and how to get it. Loads none of them.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME|PATH", help="As fmassist run --model takes it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
OutToo = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder for what is said as JSON; whole or not at all.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Say yes beforehand, for scripts.")]


@app.callback()
def models(
    context: typer.Context,
    as_json: AsJson = False,
    out: OutToo = None,
    overwrite: Overwrite = False,
) -> int:
    """List the models: what is here, what could be, and how to get it. Loads none of them."""
    if context.invoked_subcommand is not None:
        return 0
    from fmassist.models.registry import all_models

    found, wrong = all_models()
    rows = [entry(model) for model in found]
    document = {"models": rows, "wrong": wrong}
    _write("models.json", document, out, overwrite=overwrite)
    if as_json:
        _say_json(document)
        return 0
    from rich.console import Console

    console = Console(highlight=False)
    for row in rows:
        needs = row["needs"]
        memory = f"{needs['memory_bytes'] / 1e9:.1f} GB + {needs['bytes_per_voxel']:.0f} bytes a voxel"
        console.print(f"[bold]{_escaped(row['id'])}[/]  {_escaped(row['status'])}", soft_wrap=True)
        kinds = f"{', '.join(row['modality'])} · prompts: {', '.join(row['prompts'])} · {memory} · {row['licence']}"
        for line in (row["task"], kinds):
            console.print(f"  {line}", markup=False, soft_wrap=True)
    for name, reason in wrong.items():
        console.print(f"can't be used: {name}: {reason}", markup=False, soft_wrap=True)
    return 0


@app.command()
def show(name: Name, as_json: AsJson = False, out: OutToo = None, overwrite: Overwrite = False) -> int:
    """Say everything that is known about one model: needs, licence, whom it was made for, where it fails."""
    from fmassist.models.card import card_to_json
    from fmassist.models.registry import find_model

    model = find_model(name)
    document = {**card_to_json(model.describe()), "status": entry(model)["status"]}
    _write("model.json", document, out, overwrite=overwrite)
    if as_json:
        _say_json(document)
        return 0
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for title, text in _lines(model):
        console.print(f"{title + ':':<17}{text}", markup=False)
    return 0


@app.command()
def get(
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A file, archive or folder that you have already.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Put it there instead of into the models folder.")
    ] = None,
    yes: Yes = False,
) -> int:
    """Get a model: says its licence, asks, and downloads it or takes it from a file. Its hash is checked."""
    from fmassist.cli.progress import progress_bar
    from fmassist.models.install import can_download, install_from_file, install_from_web
    from fmassist.models.registry import find_model, folder_of, shipped_cards

    shipped = {card.id: card for card in shipped_cards()}
    task_of = name.partition(":")[0]
    if source is not None and name not in shipped:
        _require_name(name)
        from fmassist.models.recognise import recognise

        card = recognise(source)[0]
    elif name in shipped or task_of in shipped:
        card = find_model(name).describe()
    else:
        raise InputError("there is no model of that name to download", "see fmassist models, or use --from FILE")
    folder = out if out is not None else folder_of(name)
    _say_licence(card)
    fetcher = getattr(find_model(name), "get", None) if source is None and not can_download(card) else None
    if fetcher is None and source is None and not can_download(card):
        install_from_web(card, folder)  # says what to do instead
    what = f"take it from the file into {folder.name}" if source else "download it"
    if folder.exists() and any(folder.iterdir()) and fetcher is None:
        raise InputError("the model is here already", "remove its folder first to get it again")
    _ask(f"Do you agree to the licence, and shall FMAssist {what}?", yes=yes)
    with progress_bar() as progress:
        if fetcher is not None:
            fetcher(progress)
        elif source is not None:
            install_from_file(shipped.get(name), source, folder, name=name)
        else:
            install_from_web(card, folder, progress=progress)
    _remember(find_model(name) if out is None else None, name, yes=yes)
    typer.echo(f"{card.title} is here: fmassist run VOLUME --model {name if out is None else out} --out DIR")
    return 0


@app.command()
def trust(name: Name, yes: Yes = False, out: OutToo = None, overwrite: Overwrite = False) -> int:
    """Say yes to a model whose form is code, or to a server that volumes are sent to. Holds for exactly these bytes."""
    from fmassist.models.registry import find_model

    model = find_model(name)
    title = model.describe().title
    if getattr(model, "is_code", lambda: None)() and getattr(model, "code_path", lambda: None)() is None:
        raise InputError(f"there is nothing of {title} to trust yet", model.available() or "give its path")
    if _remember(model, name, yes=yes) is None:
        typer.echo(f"{title} needs no yes: it is trusted already, or it is no code and nothing leaves this machine")
    _write("trusted.json", {"model": model.describe().id, "trusted": True}, out, overwrite=overwrite)
    return 0


def entry(model: Model) -> dict[str, Any]:
    """What the list says of a model."""
    card = model.describe()
    reason = model.available()
    needs = card.needs
    return {
        "id": card.id,
        "version": card.version,
        "title": card.title,
        "task": card.task,
        "modality": list(card.modality),
        "body_region": card.body_region,
        "prompts": list(card.prompts),
        "labels": card.label_map or len(card.labels),
        "needs": {
            "memory_bytes": needs.memory_bytes,
            "bytes_per_voxel": needs.bytes_per_voxel,
            "gpu_bytes": needs.gpu_bytes,
            "devices": list(needs.devices),
            "basis": needs.basis,
        },
        "licence": card.licence,
        "licence_note": card.licence_note,
        "citation": card.citation,
        "source": card.source,
        "status": "yes" if reason is None else f"no: {reason}",
    }


def wants_yes(model: Model) -> tuple[str, Any] | None:
    """What the user must agree to before the model may run, and how that is remembered; None where nothing is open."""
    from fmassist.models.consent import remember, remember_server, said_yes, said_yes_to_server
    from fmassist.models.fingerprint import fingerprint

    leaves = getattr(model, "leaves", lambda: None)()
    if leaves:
        server = str(model.describe().options["server"])
        if said_yes_to_server(server):
            return None
        wire = ", over an open wire" if server.startswith("http://") else ""
        return f"{leaves}{wire}; no names, dates or identifiers go along", lambda: remember_server(server)
    path = getattr(model, "code_path", lambda: None)()
    is_code = getattr(model, "is_code", lambda: None)
    if not is_code() or path is None or not path.exists():
        return None
    # What is said below is said of these bytes, and the yes is to them, whatever lies there when it comes.
    shown = fingerprint(path)
    why = is_code()
    if not why or said_yes(shown):
        return None
    card = model.describe()
    said = f"{card.title} {why}; whatever it does it does with your rights (SHA-256 of its bytes: {shown})"
    return said, lambda: remember(path, name=card.id, shown=shown)


def _remember(model: Model | None, name: str, *, yes: bool) -> bool | None:
    """Asks for the yes that a model wants; None where it wants none."""
    wanted = wants_yes(model) if model is not None else None
    if wanted is None or model is None:
        return None
    said, keep = wanted
    typer.echo(f"{said[0].upper()}{said[1:]}.")
    _ask("Do you trust where it comes from?" if not getattr(model, "leaves", lambda: None)() else "May it?", yes=yes)
    keep()
    typer.echo(f"Remembered: {name}")
    return True


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nobody is there to say yes", "add --yes once you have read what is said above")
    if not typer.confirm(question):
        raise InputError("not agreed to, and nothing was done")


def _require_name(name: str) -> None:
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9_.:-]{0,63}", name) or name.endswith("."):
        raise InputError("the name is none for a model", "give small letters, digits and _ . : -")


def _say_licence(card: Card) -> None:
    size = sum(file.size or 0 for file in card.files)
    for title, text in (
        ("model", f"{card.title} {card.version}"),
        ("licence", card.licence or "not said"),
        ("its text", card.licence_url),
        ("note", card.licence_note),
        ("source", card.source),
        ("size", f"{size / 1e6:.0f} MB" if size else ""),
    ):
        if text:
            typer.echo(f"{title + ':':<10}{text}")


def _lines(model: Model) -> list[tuple[str, str]]:
    card, row = model.describe(), entry(model)
    needs = f"{card.needs.memory_bytes / 1e9:.1f} GB and {card.needs.bytes_per_voxel:.0f} bytes a voxel"
    needs += f", {card.needs.gpu_bytes / 1e9:.1f} GB of a GPU" if card.needs.gpu_bytes else ""
    who = card.population
    lines = [
        ("model", f"{card.title} {card.version} ({card.id})"),
        ("here", row["status"]),
        ("task", card.task),
        ("modality", ", ".join(card.modality)),
        ("body region", card.body_region),
        ("prompts", ", ".join(card.prompts)),
        ("labels", card.label_map or f"{len(card.labels)} of its own"),
        ("needs", f"{needs} ({card.needs.basis})"),
        ("runs on", ", ".join(card.needs.devices)),
        ("licence", card.licence or "not said"),
        ("note", card.licence_note),
        ("made for", f"{who.intended}; age: {who.age}; sex: {who.sex}; scanners: {who.scanners}"),
        *(("known failure", failure) for failure in card.known_failures),
        ("cite", card.citation),
        ("source", card.source),
        ("install", card.install),
    ]
    return [(title, text) for title, text in lines if text]


def _escaped(text: object) -> str:
    from rich.markup import escape

    return escape(str(text))


def _say_json(document: object) -> None:
    import json

    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _write(name: str, document: object, out: Path | None, *, overwrite: bool) -> None:
    if out is None:
        return
    import json

    from fmassist.application.folder import whole_folder

    with whole_folder(out, overwrite=overwrite) as folder:
        (folder / name).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
