"""Every model there is: shipped back ends, models that were added to the models folder, entry points, and paths.

Loads no model and no library behind one: what is listed is what cards say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from fmassist.errors import FMAssistError, InputError
from fmassist.models.backends import make
from fmassist.models.card import CARD_FILE, Card, read_card
from fmassist.models.interface import Model
from fmassist.models.leftovers import sweep
from fmassist.models.places import models_folder
from fmassist.models.plain_json import read_json
from fmassist.models.plugin import model_of
from fmassist.models.recognise import SERVERS, recognise, server_card
from fmassist.outside_text import printable
from fmassist.resources import resource

GROUP = "fmassist.models"
"""Entry points of third parties: each leads to a `Model`, or to something that gives one when called."""


def shipped_cards() -> list[Card]:
    """Cards of `Resources/models/`, by id."""
    return sorted((read_card(path) for path in resource("models").glob("*.json")), key=lambda card: card.id)


def folder_of(card_id: str) -> Path:
    """Where `fmassist models get` puts a model: its id, with what no file system dislikes."""
    return models_folder() / card_id.replace(":", "_")


def added_models() -> tuple[dict[str, Model], dict[str, str]]:
    """Models of the models folder and of entry points by id, and what is wrong with those that can't be listed."""
    found: dict[str, Model] = {}
    wrong: dict[str, str] = {}
    shipped = {card.id for card in shipped_cards()}
    folder = models_folder()
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    sources: dict[str, Callable[[], Model]] = {
        path.name: partial(_from_folder, path)
        for path in paths
        if not path.name.startswith(".") and (path / CARD_FILE).is_file()
    }
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    sources.update({printable(point.name, most=64): partial(model_of, point) for point in points})
    sweep(folder)
    for name, source in sources.items():
        try:
            model = source()
            if (card_id := model.describe().id) not in shipped:
                _add(found, card_id, model)
        except FMAssistError as error:  # noqa: PERF203 - one that is wrong does not take the others away
            wrong[printable(name, most=200)] = str(error)
    return found, wrong


def all_models() -> tuple[list[Model], dict[str, str]]:
    """Every model that can be named, shipped ones first, and what is wrong with those that can't."""
    added, wrong = added_models()
    shipped = [make(card, _here(card)) for card in shipped_cards()]
    return [*shipped, *(added[name] for name in sorted(added))], wrong


def find_model(name: str) -> Model:
    """A model by its id, `id:TASK`, `monailabel:URL`, `nninteractive:URL`, or the path of a folder or file.

    Raises:
        InputError: there is none of that name, or what is at the path is no model.
    """
    scheme, _, rest = name.partition(":")
    if scheme in SERVERS and rest.startswith(("http://", "https://")):
        return make(server_card(scheme, rest), None)
    cards = {card.id: card for card in shipped_cards()}
    if name in cards:
        return make(cards[name], _here(cards[name]))
    if scheme in cards and cards[scheme].options.get("task") and rest.replace("_", "").isalnum():
        card = cards[scheme]
        return make(replace(card, id=name, options={**card.options, "task": rest}), _here(card))
    added, wrong = added_models()
    if name in added:
        return added[name]
    if name in wrong:
        raise InputError(f"the model can't be used: {wrong[name]}")
    path = Path(name)
    if _is_there(path):
        card, place = recognise(path)
        return make(card, place)
    raise InputError("there is no model of that name, and no folder or file", "see fmassist models")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a name, or holds a zero
        return False


def _here(card: Card) -> Path | None:
    """The folder of a shipped card's model where somebody got it."""
    folder = folder_of(card.id)
    return folder if folder.is_dir() else None


def installed_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by file, as `fmassist models get` wrote them down; empty for a folder that it did not make."""
    try:
        data = read_json(folder / ".fmassist-installed.json", "the note", most_bytes=64 * 1024**2)
        return {str(name): str(digest) for name, digest in data["sha256"].items()}
    except (InputError, KeyError, AttributeError, TypeError):
        return {}


def _add(found: dict[str, Model], name: str, model: Model) -> None:
    if name in found:
        raise InputError(f"two models bear the id {name}", "give one of them another")
    found[name] = model


def _from_folder(path: Path) -> Model:
    return make(read_card(path / CARD_FILE), path)
