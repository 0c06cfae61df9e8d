"""Which kind of source is given, and the studies in it, each with a name of its own."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fmassist.batch.identity import content_id
from fmassist.batch.plan import Study
from fmassist.batch.sources.bids import is_bids, studies_in_bids
from fmassist.batch.sources.dicom_tree import studies_in_dicom
from fmassist.batch.sources.folders import is_labels, studies_in_folders
from fmassist.batch.sources.lists import LISTS, studies_in_list
from fmassist.errors import InputError

NOT_FOUND = "see fmassist batch --help for the forms"


def find_studies(sources: Sequence[Path | str], *, segment: bool = False) -> list[Study]:
    """The studies of one source or more, in a stable order.

    A source is a list (`.csv`, `.tsv`, `.json`, `.parquet`), a BIDS data set, a folder with one sub-folder a study, a
    tree of DICOM files, a file, or a pattern such as `data/*/seg.nii.gz`. A study that the source gives no id gets one
    from its content: never from a file's name, which may hold a patient's, and never from its place in the list, which
    another study may take.

    Args:
        sources: what is given.
        segment: whether a model will segment, so that images without labels are studies too.

    Raises:
        InputError: there is no study, or an entry is wrong; the line says which.
    """
    found = [study for source in sources for study in _in_source(str(source), segment=segment)]
    if not segment:
        found = [study for study in found if study.labels or study.trouble]
    if not found:
        raise InputError("no study was found", NOT_FOUND)
    return _with_own_ids(found)


def _in_source(source: str, *, segment: bool) -> list[Study]:
    path = Path(source)
    if not path.exists() and glob.has_magic(source):
        matches = sorted(glob.glob(source, recursive=True))  # noqa: PTH207 - absolute patterns, which Path refuses
        return [study for match in matches for study in _in_path(Path(match).absolute(), segment=segment)]
    return _in_path(path.absolute(), segment=segment)


def _in_path(path: Path, *, segment: bool) -> list[Study]:
    if path.is_file():
        if path.suffix.lower() in LISTS:
            return studies_in_list(path)
        return [Study("", image=(str(path),))] if segment else [Study("", labels=str(path))]
    if not path.is_dir():
        raise InputError("the studies are neither a folder nor a list, and nothing is of that name", NOT_FOUND)
    if is_bids(path):
        return studies_in_bids(path)
    found = studies_in_folders(path, segment=segment)
    return found or studies_in_dicom(path)


def _with_own_ids(studies: Sequence[Study]) -> list[Study]:
    """The studies with ids that are their own; those of equal content are told apart by a number."""
    seen: set[str] = set()
    named: list[Study] = []
    for number, study in enumerate(studies, 1):
        if study.id:
            if study.id.lower() in seen:  # some disks don't tell upper from lower case
                raise InputError(f"study {number} has the id of another one", "give each study its own id")
            named.append(study)
            seen.add(study.id.lower())
            continue
        identity, trouble = _content_id(study, number)
        own = identity
        again = 1
        while own in seen:
            again += 1
            own = f"{identity}-{again}"
        seen.add(own)
        named.append(replace(study, id=own, trouble=study.trouble or trouble))
    return named


def _content_id(study: Study, number: int) -> tuple[str, str]:
    try:
        return content_id(study), ""
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = (error.strerror if isinstance(error, OSError) else None) or "no file can have such a name"
        return f"unreadable-{number:04d}", f"its files cannot be read ({why})"


__all__ = ["find_studies", "is_labels"]
