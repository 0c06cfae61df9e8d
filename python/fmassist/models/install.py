"""Putting a model into the models folder: from the web or from a file, checked, whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

from fmassist.errors import InputError
from fmassist.models.archive import is_archive, unpack
from fmassist.models.card import CARD_FILE, Card, WeightsFile, card_to_json
from fmassist.models.download import download
from fmassist.models.fingerprint import copy_with_fingerprint, require_sha256, sha256_of
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress
from fmassist.models.leftovers import work_folder
from fmassist.models.recognise import recognise

NOTE = ".fmassist-installed.json"


def can_download(card: Card) -> bool:
    """Whether the card says where its files are and what they are."""
    return bool(card.files) and all(file.url and file.sha256 for file in card.files)


def install_from_web(
    card: Card, folder: Path, *, progress: Progress | None = None, cancelled: IsCancelled | None = None
) -> Path:
    """Downloads the files of a card into its new folder.

    Raises:
        InputError: the card pins no files, or one can't be had.
        Cancelled: what came so far is kept for the next time.
    """
    if not can_download(card):
        hint = f"get it from {card.source}, then use --from FILE" if card.source else "use --from FILE"
        raise InputError(f"{card.title} can't be downloaded by FMAssist", hint)
    _require_new(folder)
    cache = folder.parent / ".downloads" / folder.name
    for file in card.files:
        assert file.url is not None
        assert file.sha256 is not None
        target = cache / file.path.replace("/", "_")
        if not (target.is_file() and sha256_of(target) == file.sha256.lower()):
            download(file.url, target, sha256=file.sha256, size=file.size, progress=progress, cancelled=cancelled)
    with _whole(folder) as work:
        for file in card.files:
            _place(cache / file.path.replace("/", "_"), file, work)
        _require_model(card, work)
    shutil.rmtree(cache, ignore_errors=True)
    with suppress(OSError):  # another download may be under way beside it
        cache.parent.rmdir()
    return folder


def install_from_file(card: Card | None, source: Path, folder: Path, *, name: str) -> Path:
    """Takes a model from a file, an archive or a folder.

    Args:
        card: the shipped card of the model; None for one that FMAssist does not know, whose own description is kept.
        source: what the user has.
        folder: where it shall be.
        name: what it shall be called, for a model that FMAssist does not know.

    Raises:
        InputError: it is no such model, or its hash is not the one that was pinned.
    """
    if not source.exists():
        raise InputError("the file to take the model from is not there")
    _require_new(folder)
    with _whole(folder) as work:
        if card is None:
            _take_unknown(source, work, name)
        else:
            _take_known(card, source, work)
            _require_model(card, work)
    return folder


def _take_known(card: Card, source: Path, work: Path) -> None:
    pinned = card.files[0] if len(card.files) == 1 else None
    if source.is_dir():
        if pinned is not None and pinned.unpack:
            raise InputError("a folder can't be held against the archive that was pinned", "give the archive itself")
        _copy(source, work)
        _lift(work, card)
        return
    if pinned is not None and pinned.sha256:
        require_sha256(source, pinned.sha256, what="the file")
        _place(source, pinned, work)
        return
    if not is_archive(source) or source.suffix in (".pt", ".pth", ".ts"):  # these are zips inside
        raise InputError("the file is no archive", "give the model's folder, or a zip or tar of it")
    unpack(source, work / "model")
    _move_up(work / "model", work)
    _lift(work, card)


def _take_unknown(source: Path, work: Path, name: str) -> None:
    card, place = recognise(source)
    if card.backend == "labels":
        from fmassist.volume import read_segmentation

        read_segmentation(place)  # what can't be read is refused before it is kept, not when it is used
    if place.is_dir():
        _copy(place, work)
        files = card.files
    else:
        shutil.copyfile(place, work / place.name)
        files = (WeightsFile(place.name, sha256_of(place)),)
    named = replace(card, id=name, files=files)
    (work / CARD_FILE).write_text(json.dumps(card_to_json(named), indent=1, ensure_ascii=False), encoding="utf-8")


def _place(source: Path, file: WeightsFile, work: Path) -> None:
    if not file.unpack:
        target = work / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return
    inner = work / f".unpacked-{uuid4().hex[:8]}"
    unpack(source, inner)
    _move_up(inner, work)


def _copy(source: Path, work: Path) -> None:
    """Every file but bytecode; what holds links or more than files is no model."""
    inner = work / f".copied-{uuid4().hex[:8]}"
    copy_with_fingerprint(source, inner)
    _move_up(inner, work)


def _move_up(inner: Path, work: Path) -> None:
    for path in inner.iterdir():
        path.rename(work / path.name)
    inner.rmdir()


def _lift(work: Path, card: Card) -> None:
    """Archives often hold one folder, which holds the model."""
    inner = [path for path in work.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]
    if not _is_there(card, work) and len(inner) == 1 and _is_there(card, inner[0]):
        aside = work / f".inner-{uuid4().hex[:8]}"
        inner[0].rename(aside)
        _move_up(aside, work)


_MARKS = {"monai_bundle": "configs/metadata.json", "nnunet": "plans.json", "nninteractive": "plans.json"}


def _is_there(card: Card, folder: Path) -> bool:
    mark = _MARKS.get(card.backend)
    return mark is None or (folder / mark).is_file()


def _require_model(card: Card, work: Path) -> None:
    lacking = [file.path for file in card.files if not (work / file.path).exists()]
    if not _is_there(card, work):
        lacking.append(_MARKS[card.backend])
    if lacking == ["models/model.pt"] and (work / "models" / "model.safetensors").is_file():
        return
    if lacking:
        raise InputError(f"what was given is not {card.title}", f"it lacks {lacking[0]}")


def _require_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("the model is here already", "remove its folder first to get it again")


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that becomes it once the block has ended well, with a note of every file's hash."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with work_folder(folder.parent) as home:
            work = home / "inside"
            yield work
            hashes = {
                path.relative_to(work).as_posix(): sha256_of(path) for path in sorted(work.rglob("*")) if path.is_file()
            }
            said = {"got": datetime.now(timezone.utc).isoformat(timespec="seconds"), "sha256": hashes}
            (work / NOTE).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
            if folder.is_dir():
                folder.rmdir()
            work.rename(folder)
    except OSError as error:
        raise InputError(f"the models folder can't be written ({error.strerror})", "set FMASSIST_MODELS") from None
