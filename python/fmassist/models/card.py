"""A model's card: what it is, what it knows, what it needs, under which licence, and where it is known to fail.

Cards are data: JSON after `Resources/schemas/model.schema.json`, shipped in `Resources/models/` or lying as
`fmassist-model.json` in the folder of a model that somebody added.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.models.address import require_address
from fmassist.models.plain_json import read_json
from fmassist.outside_text import printable
from fmassist.resources import resource

CARD_FILE = "fmassist-model.json"
MAX_CARD_BYTES = 4 * 1024 * 1024
PROMPTS = ("none", "name", "box", "point", "scribble", "text")
GIGABYTE = 10**9
MOST_LABEL = 65535
"""The highest value of a label: files of labels have 16 bits."""


@dataclass(frozen=True)
class Label:
    """One label of a model's output.

    Args:
        value: in the output, at least 1.
        name: as the model gives it.
        structure: the structure that it stands for, as an id of `Resources/ontology`; None where nobody said.
    """

    value: int
    name: str
    structure: str | None = None


@dataclass(frozen=True)
class WeightsFile:
    """One file that the model needs.

    Args:
        path: in the model's folder.
        sha256: what it must be, to the byte; None where FMAssist has never seen it and so cannot vouch for any.
        url: where it comes from; None where it comes with a package or from the user.
        size: bytes, where known.
        unpack: whether it is an archive whose content is the model.
    """

    path: str
    sha256: str | None = None
    url: str | None = None
    size: int | None = None
    unpack: bool = False


@dataclass(frozen=True)
class Population:
    """Whom the model was made for, in words, as its authors say it."""

    intended: str = "not said"
    age: str = "not said"
    sex: str = "not said"
    scanners: str = "not said"


@dataclass(frozen=True)
class Requirements:
    """Memory that the model takes: `memory_bytes + bytes_per_voxel × voxels` of the volume, on its own grid.

    Args:
        memory_bytes: whatever the volume.
        bytes_per_voxel: more for every voxel of the volume as given.
        gpu_bytes: of a GPU, where it uses one.
        devices: it can run on, the best first.
        basis: how the numbers were come by.
    """

    memory_bytes: int = GIGABYTE
    bytes_per_voxel: float = 16.0
    gpu_bytes: int = 0
    devices: tuple[str, ...] = ("cuda", "cpu")
    basis: str = "an estimate"


@dataclass(frozen=True)
class Card:
    """Everything that is said about a model before it is run.

    Args:
        id: short name on the command line.
        version: of the model.
        title: for people.
        backend: what runs it (see `fmassist.models.backends`).
        task: what it does, in a line.
        modality: such as `("CT",)`; `("any",)` where it does not matter.
        body_region: in words.
        prompts: kinds that it takes, of `PROMPTS`; `none` where it runs without.
        label_map: key of a shipped label map, or None.
        labels: own labels, where no map is shipped; empty where only the model itself can tell.
        needs: memory and devices.
        licence: SPDX id or the licence's name; None where nobody said.
        licence_note: what a user must know about it before use.
        licence_url: its text.
        citation: how to cite it.
        source: where it comes from.
        files: its weights.
        install: the command that installs the library behind it; empty where none is needed.
        population: whom it was made for.
        known_failures: where it is known to be wrong.
        options: for the back end alone.
    """

    id: str
    version: str
    title: str
    backend: str
    task: str
    modality: tuple[str, ...]
    body_region: str
    prompts: tuple[str, ...]
    label_map: str | None = None
    labels: tuple[Label, ...] = ()
    needs: Requirements = field(default_factory=Requirements)
    licence: str | None = None
    licence_note: str = ""
    licence_url: str = ""
    citation: str = ""
    source: str = ""
    files: tuple[WeightsFile, ...] = ()
    install: str = ""
    population: Population = field(default_factory=Population)
    known_failures: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def takes_prompts(self) -> bool:
        """Whether it must be told what to look for."""
        return "none" not in self.prompts


def read_card(path: Path) -> Card:
    """The card in a JSON file.

    Raises:
        InputError: it is no card; the line says where it is wrong.
    """
    return card_from(read_json(path, "the model's description", most_bytes=MAX_CARD_BYTES))


def card_from(data: Any) -> Card:
    """The card that JSON data describes.

    Raises:
        InputError: as `read_card`.
    """
    import jsonschema

    schema = json.loads(resource("schemas", "model.schema.json").read_text(encoding="utf-8"))
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(data))
    if error is not None:
        raise InputError(f"the model's description is not valid: {_said(error)}", "see docs/models.md")
    if not (data.get("licence") or {}).get("name"):
        raise InputError(
            "the model's description names no licence",
            'nobody may be assumed to allow its use; write "licence": {"name": …}',
        )
    data = cleaned(data)
    if (server := (data.get("options") or {}).get("server")) is not None:
        require_address(server)
    labels = data.get("labels") or {}
    values = tuple(
        Label(int(value), entry["name"], entry.get("structure"))
        for value, entry in sorted(labels.get("values", {}).items(), key=lambda pair: int(pair[0]))
    )
    names = [label.name for label in values]
    if len(set(names)) != len(names):
        raise InputError("two labels of the model's description bear one name")
    needs = data.get("needs") or {}
    return Card(
        id=data["id"],
        version=data["version"],
        title=data["title"],
        backend=data["backend"],
        task=data["task"],
        modality=tuple(data["modality"]),
        body_region=data["body_region"],
        prompts=tuple(data["prompts"]),
        label_map=labels.get("map"),
        labels=values,
        needs=Requirements(
            memory_bytes=round(float(needs.get("memory_gb", 1.0)) * GIGABYTE),
            bytes_per_voxel=float(needs.get("bytes_per_voxel", 16.0)),
            gpu_bytes=round(float(needs.get("gpu_memory_gb", 0.0)) * GIGABYTE),
            devices=tuple(needs.get("devices", ("cuda", "cpu"))),
            basis=needs.get("basis", "an estimate"),
        ),
        licence=data["licence"]["name"],
        licence_note=data["licence"].get("note", ""),
        licence_url=data["licence"].get("url", ""),
        citation=data.get("citation", ""),
        source=data.get("source", ""),
        files=tuple(
            WeightsFile(
                path=_inside(entry["path"]),
                sha256=entry.get("sha256"),
                url=entry.get("url"),
                size=entry.get("bytes"),
                unpack=entry.get("unpack", False),
            )
            for entry in data.get("files", ())
        ),
        install=data.get("install", ""),
        population=Population(**(data.get("population") or {})),
        known_failures=tuple(data.get("known_failures", ())),
        options=dict(data.get("options") or {}),
    )


def cleaned(data: Any) -> Any:
    """JSON data whose texts only say what they say (see `fmassist.outside_text`)."""
    if isinstance(data, str):
        return printable(data, most=MAX_CARD_BYTES, lines=True)
    if isinstance(data, list):
        return [cleaned(one) for one in data]
    if isinstance(data, dict):
        return {cleaned(name): cleaned(value) for name, value in data.items()}
    return data


def card_to_json(card: Card) -> dict[str, Any]:
    """The card as `read_card` reads it."""
    labels: dict[str, Any] = {"map": card.label_map} if card.label_map else {}
    if card.labels:
        labels["values"] = {
            str(label.value): {"name": label.name, **({"structure": label.structure} if label.structure else {})}
            for label in card.labels
        }
    needs = card.needs
    data: dict[str, Any] = {
        "schema": 1,
        "id": card.id,
        "version": card.version,
        "title": card.title,
        "backend": card.backend,
        "task": card.task,
        "modality": list(card.modality),
        "body_region": card.body_region,
        "prompts": list(card.prompts),
        "needs": {
            "memory_gb": needs.memory_bytes / GIGABYTE,
            "bytes_per_voxel": needs.bytes_per_voxel,
            "gpu_memory_gb": needs.gpu_bytes / GIGABYTE,
            "devices": list(needs.devices),
            "basis": needs.basis,
        },
        "licence": {"name": card.licence or "", "url": card.licence_url, "note": card.licence_note},
        "citation": card.citation,
        "source": card.source,
        "files": [
            {
                "path": file.path,
                **({"url": file.url} if file.url else {}),
                **({"sha256": file.sha256} if file.sha256 else {}),
                **({"bytes": file.size} if file.size else {}),
                **({"unpack": True} if file.unpack else {}),
            }
            for file in card.files
        ],
        "install": card.install,
        "population": vars(card.population),
        "known_failures": list(card.known_failures),
        "options": card.options,
    }
    return {**data, **({"labels": labels} if labels else {})}


def _said(error: Any) -> str:
    where = "/".join(str(part) for part in error.absolute_path) or "top"
    if error.validator == "required":
        return printable(f"it lacks {error.message.split(' ')[0]} at {where}", most=300)
    return printable(f"at {where}", most=300)


def _inside(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    if path.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise InputError("a file of the model's description lies outside its folder")
    return "/".join(parts)
