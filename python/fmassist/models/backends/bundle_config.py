"""A bundle's `inference.json`: the parts that segmenting needs, and whether they are data or code.

MONAI's configuration is a language: `_target_` names anything that Python can import, and a string that begins with `$`
is evaluated as Python. Here only the parts that are used are kept, and each is held against a list: classes of MONAI's
networks, transforms and inferers, torch's layers, and expressions that compute nothing but plain values. Whatever is
not on the list makes the bundle code, and code runs only after an explicit yes (see `fmassist.models.consent`).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.models.card import MAX_CARD_BYTES

USED = ("network_def", "preprocessing", "inferer", "postprocessing", "checkpointloader", "patch_size")
NAMES = ("inference.json", "inference.yaml", "inference.yml")
ALLOWED = (
    *("monai.networks.nets.", "monai.networks.blocks.", "monai.networks.layers."),
    *("monai.transforms.", "monai.inferers.", "monai.apps.vista3d.transforms."),
    *("torch.nn.", "fmassist.models.networks."),
)
FUNCTIONS = ("monai.networks.nets.vista3d132", "monai.networks.nets.vista3d.vista3d132")
DENIED = re.compile(
    r"Lambda|SimulateDelay|CuCIM|SaveImage|WriteImage|LoadImage|ToCupy|TorchVision|TorchIO|Nvtx|ClassesTo|Command|Download"
)
"""Names within the allowed modules that take a function, touch files, or wrap what another package offers."""
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
REFERENCE = re.compile(r"@(?:#|::)*(\w+)((?:(?:#|::)\w+)*)")
CALLS = {
    *(
        "list",
        "tuple",
        "set",
        "dict",
        "len",
        "int",
        "float",
        "str",
        "bool",
        "min",
        "max",
        "sorted",
        "sum",
        "abs",
        "range",
    ),
    *("torch.device", "torch.cuda.is_available", "monai.networks.nets.vista3d132"),
}
VALUES = re.compile(r"(torch|np|numpy)\.(u?int(8|16|32|64)|float(16|32|64)?|bfloat16|half|bool_?|long)$")
MAX_NUMBER = 10**6


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


def objections(config: dict[str, Any]) -> list[str]:
    """What in a configuration is code; empty where all of it is data."""
    found: list[str] = []
    _walk(config, found)
    return sorted(set(found))


def own_code(folder: Path) -> bool:
    """Whether the bundle brings Python files or compiled libraries of its own."""
    return any(path.suffix in (".py", ".pyc", ".so", ".dll", ".dylib", ".pyd") for path in folder.rglob("*"))


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
    return str(keys)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise InputError("the bundle's inference configuration is larger than any")
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else _yaml(text)
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
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise ValueError("no YAML") from None


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


def _walk(content: Any, found: list[str]) -> None:
    if isinstance(content, dict):
        target = content.get("_target_")
        if content.get("pretrained"):
            found.append("asks for weights from the web while it is built")
        if content.get("_mode_", "default") not in ("default", "callable", "partial"):
            found.append("asks for a debugger")
        if target is not None and not _is_allowed(target):
            found.append(f"names {str(target)[:60]}, which is not on the list of what a bundle may name")
        for name, part in content.items():
            if name != "_target_":
                _walk(part, found)
    elif isinstance(content, list):
        for part in content:
            _walk(part, found)
    elif isinstance(content, str) and (content.startswith(("$", "%"))) and not _is_plain(content):
        found.append("holds an expression that is a program")


def _is_allowed(target: Any) -> bool:
    if not isinstance(target, str) or DENIED.search(target):
        return False
    if "." not in target:
        target = _full_name(target)
    is_class = target.split(".")[-1][:1].isupper()
    return target in FUNCTIONS or (target.startswith(ALLOWED) and "__" not in target and is_class)


def _full_name(name: str) -> str:
    """Where MONAI finds a bare class name: in the module that it is found in by MONAI's own search."""
    try:
        from monai.bundle.config_item import ComponentLocator
    except ImportError:
        raise InputError("MONAI is not installed", "pip install 'fmassist[model]'") from None
    module = ComponentLocator().get_component_module_name(name)
    modules = [module] if isinstance(module, str) else list(module or [])
    return f"{modules[0]}.{name}" if len(modules) == 1 else ""


def _is_plain(expression: str) -> bool:
    """Whether an expression computes nothing but plain values from constants, references and a few known calls."""
    if expression.startswith("%"):  # reads another file
        return False
    text = REFERENCE.sub(lambda match: f"ref_{match[1]}", expression[1:].strip())
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return _is_plain_node(tree.body, frozenset())


_PLAIN_NODES = (
    *(
        ast.List,
        ast.Tuple,
        ast.Set,
        ast.Dict,
        ast.BoolOp,
        ast.Compare,
        ast.IfExp,
        ast.Subscript,
        ast.Slice,
        ast.Starred,
    ),
    *(ast.keyword, ast.And, ast.Or, ast.Not, ast.USub, ast.UnaryOp, ast.Load, ast.Store, ast.comprehension),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot),
)


def _is_plain_node(node: ast.AST, own: frozenset[str]) -> bool:
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, (int, float)) or abs(node.value) <= MAX_NUMBER
    if isinstance(node, ast.Name):
        return node.id.startswith("ref_") or node.id in own
    if isinstance(node, ast.Attribute):
        return bool(VALUES.fullmatch(ast.unparse(node)))
    if isinstance(node, ast.BinOp):
        # Neither × nor **: they make a short text hold a long list.
        return isinstance(node.op, (ast.Add, ast.Sub, ast.Div, ast.FloorDiv)) and all(
            _is_plain_node(side, own) for side in (node.left, node.right)
        )
    if isinstance(node, ast.Call):
        known = ast.unparse(node.func) in CALLS
        return known and all(_is_plain_node(part, own) for part in [*node.args, *(k.value for k in node.keywords)])
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)) and len(node.generators) == 1:
        loop = node.generators[0]
        if not isinstance(loop.target, ast.Name):
            return False
        inner = own | {loop.target.id}
        return all(_is_plain_node(part, inner) for part in [loop.iter, node.elt, *loop.ifs])
    if isinstance(node, _PLAIN_NODES):
        return all(_is_plain_node(child, own) for child in ast.iter_child_nodes(node))
    return False
