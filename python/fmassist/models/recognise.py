"""What a folder, a file or a server that the user names is a model of."""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fmassist.errors import InputError
from fmassist.models.address import require_address
from fmassist.models.archive import is_archive, unpack
from fmassist.models.card import CARD_FILE, MAX_CARD_BYTES, MOST_LABEL, Card, Label, Requirements, cleaned, read_card
from fmassist.models.leftovers import work_folder
from fmassist.models.plain_json import read_json
from fmassist.outside_text import printable

SERVERS = ("monailabel", "nninteractive")
NETWORK_FILES = {".onnx": "onnx", ".ts": "torchscript", ".pt": "torchscript", ".pth": "torchscript"}
LABEL_FILES = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".dcm")
LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "docs/LICENSE", "docs/LICENSE.txt")


def recognise(path: Path) -> tuple[Card, Path]:
    """The card of what lies at a path, and the folder or file that its back end is given.

    Raises:
        InputError: it is no model, or says too little about itself; the line says what lacks.
    """
    if path.is_dir():
        return _folder(path)
    name = path.name.lower()
    if name.endswith(LABEL_FILES):
        return _labels_card(), path
    if path.suffix.lower() in NETWORK_FILES:
        return _described(path)
    if is_archive(path):
        return _folder(_unpacked(path))
    raise InputError(
        "the file is no model that FMAssist knows",
        "give a MONAI bundle (folder or zip), an nnU-Net folder, .onnx or TorchScript with a description, or labels",
    )


def server_card(kind: str, url: str) -> Card:
    """The card of a server, as far as it is known before the server is asked."""
    require_address(url)
    address, _, model = url.rstrip("/").rpartition("/") if kind == "monailabel" else (url, "", "")
    if kind == "monailabel" and not urlsplit(url).path.strip("/"):
        raise InputError("the address names no model of the server", "give monailabel:http://HOST:PORT/MODEL")
    title = "a MONAI Label server" if kind == "monailabel" else "an nnInteractive server"
    return Card(
        id=f"{kind}:{url}",
        version="said by the server",
        title=title,
        backend="monai_label" if kind == "monailabel" else "nninteractive",
        task=f"the model {model} of the server" if model else "any structure that boxes, points or scribbles show",
        modality=("any",),
        body_region="as the server says",
        prompts=("none", "point") if kind == "monailabel" else ("box", "point", "scribble"),
        needs=Requirements(memory_bytes=10**8, bytes_per_voxel=16.0, devices=("cpu",), basis="copies of the volume"),
        licence="as the server's owner says",
        source=url,
        options={"server": address if kind == "monailabel" else url, **({"model": model} if model else {})},
    )


def _folder(path: Path) -> tuple[Card, Path]:
    if (path / CARD_FILE).is_file():
        return read_card(path / CARD_FILE), path
    if (path / "configs" / "metadata.json").is_file():
        return _bundle_card(path), path
    if (path / "plans.json").is_file() and (path / "dataset.json").is_file():
        return _nnunet_card(path), path
    inner = [entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith((".", "_"))]
    if len(inner) == 1:  # zips of bundles hold one folder
        return _folder(inner[0])
    raise InputError("the folder is no model that FMAssist knows", f"add {CARD_FILE}: see docs/models.md")


def _unpacked(path: Path) -> Path:
    """The archive's content in a temporary folder, which goes when the program ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    home = stack.enter_context(work_folder(Path(tempfile.gettempdir())))
    return unpack(path, home / "inside" / "model")


def _described(path: Path) -> tuple[Card, Path]:
    """A network in one file: its description lies beside it."""
    for beside in (path.with_suffix(".json"), path.parent / CARD_FILE):
        if beside.is_file():
            card = read_card(beside)
            pinned = [file for file in card.files if file.path == path.name]
            if not pinned or pinned[0].sha256 is None:
                raise InputError("the description pins no hash of this file", 'add it to "files" with its "sha256"')
            return card, path
    raise InputError(
        "a network without a description can't be used",
        f"write {path.suffix[1:]} its labels, spacing and licence into a .json of the same name: see docs/models.md",
    )


def _bundle_card(folder: Path) -> Card:
    """A card from a bundle's own metadata (MONAI Bundle specification)."""
    said = _json(folder / "configs" / "metadata.json", "the bundle's metadata")
    try:
        outputs = said["network_data_format"]["outputs"]["pred"]
        inputs = next(iter(said["network_data_format"]["inputs"].values()))
        names = {int(value): str(name) for value, name in outputs["channel_def"].items()}
        modality = str(inputs.get("modality", "any")).upper()
        _require_values(names)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        raise InputError("the bundle's metadata names no labels", "channel_def of the output pred is needed") from None
    title = printable(said.get("name") or folder.name, most=200)
    vista = "vista3d" in title.lower().replace(" ", "")
    return Card(
        id=f"bundle:{_plain(title)}",
        version=str(said.get("version", "not said")),
        title=title,
        backend="monai_bundle",
        task=str(said.get("description") or said.get("task") or title)[:300],
        modality=(modality,) if modality in ("CT", "MR", "PET", "US") else ("any",),
        body_region="as its description says",
        prompts=("none", "name", "point") if vista else ("none",),
        labels=tuple(Label(value, name) for value, name in sorted(names.items()) if value > 0),
        licence=_licence(folder, said.get("license") or said.get("licence")),
        citation=_joined(said.get("references")),
        source=str(said.get("data_source") or ""),
        install="pip install 'fmassist[model]'",
        known_failures=(str(said["intended_use"]),) if said.get("intended_use") else (),
    )


def _nnunet_card(folder: Path) -> Card:
    """A card from nnU-Net's dataset.json (documentation/dataset_format.md of nnU-Net v2)."""
    said = _json(folder / "dataset.json", "dataset.json")
    try:
        names = {int(value): str(name) for name, value in said["labels"].items() if not isinstance(value, list)}
        channels = [str(name) for name in said["channel_names"].values()]
        _require_values(names)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("dataset.json names no labels or channels", "it must be that of nnU-Net v2") from None
    if len(names) != len(said["labels"]):
        raise InputError("nnU-Net models with regions that overlap are not supported", "give one with plain labels")
    if len(channels) != 1:
        raise InputError(f"the model needs {len(channels)} images at once, and there is one volume")
    modality = channels[0].upper()
    return Card(
        id=f"nnunet:{_plain(str(said.get('name') or folder.name))}",
        version=str(said.get("release", "not said")),
        title=printable(said.get("name") or folder.name, most=200),
        backend="nnunet",
        task=str(said.get("description") or "as its dataset.json says")[:300] or "not said",
        modality=(modality,) if modality in ("CT", "MR") else ("any",),
        body_region="not said",
        prompts=("none",),
        labels=tuple(Label(value, name) for value, name in sorted(names.items()) if value > 0),
        needs=Requirements(3 * 10**9, 8.0 + 4.0 * len(names), 6 * 10**9, basis="an estimate: nnU-Net keeps all logits"),
        licence=_licence(folder, said.get("licence") or said.get("license")),
        source=str(said.get("reference") or ""),
        install="pip install nnunetv2",
    )


def _labels_card() -> Card:
    return Card(
        id="labels",
        version="1",
        title="Labels already there",
        backend="labels",
        task="takes a segmentation from a file",
        modality=("any",),
        body_region="any",
        prompts=("none",),
        needs=Requirements(10**8, 8.0, devices=("cpu",), basis="copies of the labels"),
        licence="as their author says",
    )


def _require_values(names: dict[int, str]) -> None:
    """Labels are whole numbers that a file of labels can hold."""
    if min(names, default=0) < 0 or max(names, default=0) > MOST_LABEL:
        raise ValueError("no labels")


def _licence(folder: Path, said: Any) -> str:
    if isinstance(said, str) and said.strip():
        return said.strip()[:200]
    for name in LICENCE_FILES:
        path = folder / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size < MAX_CARD_BYTES:
            lines = [line.strip() for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
            if lines:
                return f"{printable(lines[0], most=120)} (see its {name})"
    raise InputError(
        "the model names no licence, and nobody may be assumed to allow its use",
        f"add the LICENSE file that came with it, or {CARD_FILE}",
    )


def _json(path: Path, what: str) -> dict[str, Any]:
    data = cleaned(read_json(path, what, most_bytes=MAX_CARD_BYTES))
    if not isinstance(data, dict):
        raise InputError(f"{what} can't be read as JSON")
    return data


def _joined(said: Any) -> str:
    return "; ".join(map(str, said))[:4000] if isinstance(said, list) else ""


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())[:48] or "model"
