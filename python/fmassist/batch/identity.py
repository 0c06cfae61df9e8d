"""What a result was made from. A result is believed only where all of it is the same now.

Content counts, not names, places or dates: every input is hashed, and so are the label map, all knowledge, the options
and the program itself. Hashes of inputs name nobody: only who has the same bytes can make the same hash.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import fmassist
from fmassist.application.folder import hash_of
from fmassist.batch.plan import RESULT_VERSION, Plan, Study
from fmassist.errors import InputError
from fmassist.resources import resource
from fmassist.volume.files_read import files_read

Parts = dict[str, str]
"""What a result was made from: the name of each part, and its hash or value."""
_WORDS = {
    "labels": "its labels",
    "image": "its image",
    "context": "its context",
    "label_map": "the label map",
    "knowledge": "the knowledge",
    "options": "the options",
    "model": "the model",
    "program": "the program",
}


def parts_of(study: Study, plan: Plan) -> Parts:
    """What the study's result is made from, as it lies there now.

    Raises:
        InputError: a file cannot be read.
    """
    try:
        return {
            "labels": _content([study.labels] if study.labels else []),
            "image": _content(study.image),
            "model": _model(plan),
            **told(study, plan),
        }
    except OSError as error:
        raise InputError(f"a file of the study cannot be read ({error.strerror})", "see that it is there") from None


def told(study: Study, plan: Plan) -> Parts:
    """Of what a result is made from, all but its volumes and its model, which take long to hash.

    Raises:
        OSError: a file cannot be read.
    """
    return {
        "context": _context(study, plan),
        "label_map": _label_map(study.label_map or plan.label_map),
        "knowledge": knowledge_hash(plan.knowledge),
        "options": _hash_of_text(json.dumps([plan.modality, list(plan.structures), bool(study.image)])),
        "program": program_hash(),
    }


def what_changed(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """In words, what is other now; empty where nothing is."""
    other = [words for name, words in _WORDS.items() if then.get(name) != now.get(name)]
    several = len(other) > 1 or (bool(other) and other[0].endswith("s"))
    return " and ".join(other) + (" are" if several else " is") + " other than then" if other else ""


def stamps(study: Study, plan: Plan) -> list[list[int]]:
    """Size, inode and times of every input file; another process cannot change a file without changing these."""
    inputs = [study.labels, *study.image, study.context or plan.context]
    options = [study.label_map or plan.label_map, plan.prompts, plan.knowledge]
    paths = [*(path for path in inputs if path), *(path for path in options if path and Path(path).exists())]
    found = []
    for path in _files(paths):
        # A link that is turned elsewhere and back leaves its target as it was, and not itself.
        for look in (path.stat, path.lstat) if path.is_symlink() else (path.stat,):
            try:
                stat = look()
            except OSError:
                found.append([-1])
                continue
            found.append([stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino])
    return found


def content_id(study: Study) -> str:
    """A name for a study that the list gives none, from what it holds: the same on every machine and in every order.

    Labels are hashed whole. Of an image, which may be large, only its size and parts of it are; whether a result is
    believed never rests on this name (see `parts_of`).
    """
    digest = sha256()
    if study.labels:
        digest.update(_content([study.labels]).encode())
    for path in _files(study.image):
        size = path.stat().st_size
        digest.update(str(size).encode())
        with path.open("rb") as stream:
            for at in {0, size // 2, max(0, size - _SAMPLE)}:
                stream.seek(at)
                digest.update(stream.read(_SAMPLE if len(study.image) == 1 else 4096))
    return f"study-{digest.hexdigest()[:12]}"


_SAMPLE = 1 << 16


LIBRARIES = ("numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "numba", "pyoxigraph", "clingo")
"""What reads, measures and judges beside this library itself."""
LIBRARIES_OF_MODELS = ("torch", "monai", "onnxruntime", "nnunetv2", "nnInteractive", "TotalSegmentator")


def _versions(names: Iterable[str]) -> str:
    """The installed versions, with Python's own."""
    found = [platform.python_version()]
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # noqa: PERF203 - a dozen names
            found.append(f"{name} none")
    return ", ".join(found)


@cache
def program_hash() -> str:
    """Version, and the hash of every line of this library and of what it computes with: each makes other results."""
    package = Path(fmassist.__file__).parent
    digest = sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(_versions(LIBRARIES).encode())
    return f"{fmassist.__version__} {RESULT_VERSION} {digest.hexdigest()}"


@cache
def knowledge_hash(own: str | None) -> str:
    """Hash of all that is shipped as data (rules, ranges, calibration, label maps, pages), and of the user's own."""
    root = resource("ontology").parent
    folders = [root] if own is None else [root, Path(own)]
    return _hash_of_text("\n".join(_tree(folder) for folder in folders))


def _tree(folder: Path) -> str:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return "\n".join(f"{path.relative_to(folder).as_posix()} {hash_of(path)}" for path in paths)


def _label_map(name: str | None) -> str:
    """The map's name where it is shipped (its file is part of the knowledge), else the hash of its file."""
    if name is None or not Path(name).is_file():
        return name or "usual"
    return hash_of(Path(name))


def _context(study: Study, plan: Plan) -> str:
    path = study.context or plan.context
    known = json.dumps(dict(sorted(study.known.items())), default=str)
    return _hash_of_text(known + (hash_of(Path(path)) if path else ""))


def _model(plan: Plan) -> str:
    """The model's name, the bytes of its folder where there is one, and what it is asked by."""
    if plan.model is None:
        return "none"
    asked = hash_of(Path(plan.prompts)) if plan.prompts and Path(plan.prompts).is_file() else str(plan.prompts)
    return _hash_of_text(f"{plan.model} {model_bytes(plan.model)} {asked} {plan.device}")


@cache
def model_bytes(name: str) -> str:
    """Hash of every file of a model that lies in a folder or file."""
    from fmassist.models.registry import find_model

    model = find_model(name)
    place = getattr(model, "place", None)
    told = f"{model.describe().id} {model.describe().version} {_versions(LIBRARIES_OF_MODELS)}"
    return told if place is None else f"{told} {_content([str(place)])}"


def _content(paths: Iterable[str]) -> str:
    """Hash of files, and of everything within folders; files of one folder in the order of their names."""
    digest = sha256()
    for given in paths:
        for path in _files([given]):
            if Path(given).is_dir():
                digest.update(path.relative_to(given).as_posix().encode("utf-8", "surrogateescape") + b"\0")
            digest.update(hash_of(path).encode())
    return digest.hexdigest()


def _files(paths: Iterable[str]) -> list[Path]:
    """Every file that is read for these: those within folders, and the voxels that a header leaves to another file."""
    return [file for given in paths for file in files_read(Path(given))]


def _hash_of_text(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
