"""A bundle's `inference.json`: the parts that segmenting needs, and whether they are data or code.

Only the parts that are used are kept. What of them is data is read by `bundle_words`; where anything else stands in
them, the bundle is code, and code runs only after an explicit yes (see `fmassist.models.consent`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.models.backends.bundle_kinds import NAME, Part
from fmassist.models.backends.bundle_words import DROPPED, OutsideError, Words
from fmassist.models.card import MAX_CARD_BYTES
from fmassist.models.plain_json import parse_json

USED = ("network_def", "preprocessing", "inferer", "postprocessing", "checkpointloader", "patch_size")
OBJECTS = ("network_def", "preprocessing", "inferer", "postprocessing")
NAMES = ("inference.json", "inference.yaml", "inference.yml")
VISTA = "vista3d132"
FILES = (
    "LoadImage",
    "LoadImaged",
    "LoadImageD",
    "LoadImageDict",
    "SaveImage",
    "SaveImaged",
    "SaveImageD",
    "SaveImageDict",
)
"""Transforms that are left out: the volume is in memory, and its labels stay there."""
REFERENCE = re.compile(r"@(?:#|::)*(\w+)")


@dataclass(frozen=True)
class Plan:
    """What a bundle wants.

    Args:
        config: the parts that are used, as they stand in its file.
        read: those of them that are data, read; empty where any is not.
        why: what makes the bundle code, as the end of "this model …"; None where it is data.
        is_vista: whether its network is VISTA3D, whose own steps MONAI's package replaces.
    """

    config: dict[str, Any]
    read: dict[str, Any]
    why: str | None
    is_vista: bool


MOST_PARTS = 100_000
"""Of a configuration that is YAML, aliases written out: shipped bundles have some hundreds."""


def plan_of(folder: Path) -> Plan:
    """What a bundle wants, and whether that is data. Nothing of it is run, and nothing of MONAI's is imported.

    Raises:
        InputError: as `read_config`.
    """
    config = read_config(folder)
    is_vista = "vista3d" in str(config.get("network_def", "")).lower()
    if is_vista:
        # MONAI's own package has all that VISTA3D needs, so the bundle's scripts stay unread.
        config = _vista_parts(config)
    try:
        words = Words(config)
        read = {name: words.read(name) for name in (*OBJECTS, "patch_size") if name in config}
        for name in OBJECTS:
            _require_part(name, read.get(name))
    except (OutsideError, RecursionError) as error:
        why = str(error) if isinstance(error, OutsideError) else "is nested too deeply"
        return Plan(config, {}, why, is_vista)
    network = read["network_def"]
    if is_vista and network.entry["name"] != VISTA:
        return Plan(config, {}, "calls itself VISTA3D, and has another network", is_vista)
    # Where the weights lie is no reason to ask: a place that can't be read is one that is not said.
    return Plan(config, {**read, "load_path": _load_path(words)}, None, is_vista)


def _require_part(name: str, value: Any) -> None:
    """Whether a part that is used is an object of its kind, or a list of transforms, or absent."""
    if name == "network_def":
        fits = isinstance(value, Part) and value.entry["kind"] == "network"
    elif name == "inferer":
        fits = value in (None, DROPPED) or (isinstance(value, Part) and value.entry["kind"] == "inferer")
    else:
        fits = value in (None, DROPPED) or (isinstance(value, Part) and value.entry["kind"] == "transform")
    if not fits:
        raise OutsideError(f"has a {name} that is none of the list")


def _load_path(words: Words) -> str | None:
    try:
        said = words.read("checkpointloader", "load_path")
    except OutsideError:
        return None
    return said if isinstance(said, str) and said else None


def read_config(folder: Path) -> dict[str, Any]:
    """The parts of a bundle's inference configuration that segmenting uses, with all that they refer to.

    Raises:
        InputError: there is none, it can't be read, or it lacks the network.
    """
    path = next((folder / "configs" / name for name in NAMES if (folder / "configs" / name).is_file()), None)
    if path is None:
        raise InputError("the bundle has no configs/inference.json", "FMAssist runs bundles that have one")
    whole = _parsed(path)
    if "network_def" not in whole and "network" not in whole:
        raise InputError("the bundle's inference.json defines no network_def")
    loader = whole.get("checkpointloader")
    if isinstance(loader, dict):
        # Only its path is wanted: the handler itself belongs to an engine that is not used.
        whole["checkpointloader"] = {"load_path": loader.get("load_path", "")}
    if "network_def" not in whole:  # some bundles build and place the network in one step
        whole["network_def"] = whole["network"]
    settled = ("imports", "device", "bundle_root")  # by FMAssist
    return needed({name: _without_files(part) for name, part in whole.items() if name not in settled}, USED)


def needed(config: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The named parts of a configuration, and all that they refer to."""
    kept: dict[str, Any] = {}
    waiting = [name for name in names if name in config]
    while waiting:
        name = waiting.pop()
        if name in config and name not in kept:
            kept[name] = config[name]
            waiting.extend(_referred(config[name]))
    return kept


def image_key(folder: Path) -> str:
    """The key under which the bundle's transforms expect the image: what its own LoadImaged loads, or `image`."""
    path = next((folder / "configs" / name for name in NAMES if (folder / "configs" / name).is_file()), None)
    whole = _parsed(path) if path is not None else {}
    keys = _load_keys(whole.get("preprocessing")) or _load_keys(whole.get("preprocessing_transforms")) or "image"
    seen = 0
    while isinstance(keys, str) and keys.startswith("@") and seen < 8:
        keys, seen = whole.get(keys[1:], "image"), seen + 1
    if isinstance(keys, (list, tuple)):
        if len(keys) != 1:
            raise InputError(f"the bundle needs {len(keys)} images at once, and there is one volume")
        keys = keys[0]
    return keys if isinstance(keys, str) and NAME.fullmatch(keys) else "image"


def _parsed(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise InputError("the bundle's inference configuration is larger than any")
        text = path.read_text(encoding="utf-8")
        data = parse_json(text) if path.suffix == ".json" else _yaml(text)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError):
        raise InputError("the bundle's inference configuration can't be read") from None
    if not isinstance(data, dict):
        raise InputError("the bundle's inference configuration can't be read")
    return data


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise InputError("the bundle's configuration is YAML", "pip install pyyaml") from None
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ValueError("no YAML") from None
    if _size(data, {}) > MOST_PARTS:
        raise ValueError("aliases that stand for more than any configuration holds")
    return data


def _size(content: Any, known: dict[int, int]) -> int:
    """How many parts `content` has when its aliases are written out; each is counted once, so this is quick.

    Args:
        known: sizes of what was counted already, by identity; an alias of itself counts as too much.
    """
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    if id(content) not in known:
        known[id(content)] = MOST_PARTS + 1
        known[id(content)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(content)]


def _load_keys(content: Any) -> Any:
    if isinstance(content, dict):
        if str(content.get("_target_", "")).split(".")[-1] in FILES[:4]:
            return content.get("keys")
        content = list(content.values())
    if isinstance(content, list):
        return next((keys for keys in map(_load_keys, content) if keys is not None), None)
    return None


def _without_files(content: Any) -> Any:
    if isinstance(content, list):
        return [_without_files(part) for part in content if not _is_file_transform(part)]
    if isinstance(content, dict):
        return {name: _without_files(part) for name, part in content.items()}
    return content


def _is_file_transform(part: Any) -> bool:
    return isinstance(part, dict) and str(part.get("_target_", "")).split(".")[-1] in FILES


def _referred(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [name for part in content.values() for name in _referred(part)]
    if isinstance(content, list):
        return [name for part in content for name in _referred(part)]
    return [match[1] for match in REFERENCE.finditer(content)] if isinstance(content, str) else []


def _vista_parts(config: dict[str, Any]) -> dict[str, Any]:
    """Without the inferer and transforms that belong to the bundle's own engine."""
    parts = {name: part for name, part in config.items() if name not in ("inferer", "postprocessing")}
    for name in ("preprocessing", "preprocessing_transforms"):
        part = parts.get(name)
        steps = part.get("transforms") if isinstance(part, dict) else part
        if isinstance(steps, list):
            kept = [step for step in steps if "VistaPreTransform" not in str(step)]
            parts[name] = {**part, "transforms": kept} if isinstance(part, dict) else kept
    return needed(parts, ("network_def", "preprocessing", "checkpointloader", "patch_size"))
