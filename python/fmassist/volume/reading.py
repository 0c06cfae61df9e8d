"""One clear line for whatever goes wrong while a file is read, and silence from the libraries below.

A message names the role of a file ("the volume"), never its path or anything in it: file names and DICOM headers hold
patients' names.
"""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fmassist.errors import InputError
from fmassist.volume.metaimage import read_metaimage
from fmassist.volume.mgh import read_mgh
from fmassist.volume.nifti import read_nifti
from fmassist.volume.nrrd import read_nrrd
from fmassist.volume.raster import Raster

FORMATS = ".nii, .nii.gz, .hdr with .img, .nrrd, .nhdr, .mha, .mhd, .mgz"

_READERS: dict[str, Callable[[Path], Raster]] = {
    ".nii": read_nifti,
    ".nii.gz": read_nifti,
    ".hdr": read_nifti,
    ".img": read_nifti,
    ".hdr.gz": read_nifti,
    ".img.gz": read_nifti,
    ".mgh": read_mgh,
    ".mgz": read_mgh,
    ".mgh.gz": read_mgh,
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mha": read_metaimage,
    ".mhd": read_metaimage,
}


def suffix_of(path: Path) -> str:
    """The ending that tells the format, in lower case, such as `".nii.gz"`, `".seg.nrrd"` or `".mha"`."""
    name = path.name.lower()
    for double in (".nii.gz", ".seg.nrrd", ".seg.nhdr", ".hdr.gz", ".img.gz", ".mgh.gz"):
        if name.endswith(double):
            return double
    return path.suffix.lower()


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM: `DICM` after 128 bytes (PS3.10), or an element of DICOM's own at its very start.

    Monaco, old Siemens scanners and others write files without the preamble.
    """
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:] == b"DICM" or _starts_as_dicom(start)


def _starts_as_dicom(start: bytes) -> bool:
    """Whether the first bytes are an element of group 0002 or 0008, little endian, of a length that one may have."""
    if len(start) < 16 or start[1] != 0 or start[0] not in (2, 8) or start[3] != 0 or start[2] > 0x20:
        return False
    says_its_type = start[4:6].isalpha() and start[4:6].isupper()
    return says_its_type or int.from_bytes(start[4:8], "little") <= 64


def read_raster(path: Path) -> Raster:
    """The voxels of one file of a known format.

    Raises:
        InputError: the format is unknown, or the file is not sound.
        OSError: the file cannot be read.
    """
    reader = _READERS.get(suffix_of(path).replace(".seg", ""))
    if reader is None:
        raise InputError(f"its ending is none of {FORMATS}", "convert it to one of them")
    if path.stat().st_size == 0:
        raise InputError("the file is empty", "copy or export it again")
    try:
        return reader(path)
    except (ValueError, OverflowError):
        # What is not a number where one belongs. Only parsing is inside: a mistake of ours elsewhere stays one.
        raise InputError("its header is damaged", "copy or export it again") from None


_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, AssertionError, struct.error)


@contextmanager
def reading(role: str) -> Iterator[None]:
    """Turn every failure inside into an `InputError` that names `role`, such as `"volume"` or `"labels"`."""
    cannot = f"cannot read the {role}"
    try:
        yield
    except InputError as error:
        raise InputError(f"{cannot}: {error.what}", error.remedy) from None
    except FileNotFoundError:
        raise InputError(cannot, "there is no such file or folder") from None
    except PermissionError:
        raise InputError(cannot, "access is denied") from None
    except RecursionError:
        raise InputError(f"{cannot}: it is nested too deep", "copy or export it again") from None
    except _DAMAGE:
        # A header that makes a reader stumble is damaged; what the text says may quote it, so it isn't passed on.
        raise InputError(f"{cannot}: it is damaged", "copy or export it again") from None
    except (EOFError, zlib.error):
        raise InputError(f"{cannot}: its compressed data is cut short or damaged", "copy or export it again") from None
    except OSError as error:
        # gzip's own complaints are OSErrors without a number; the system's have one, and a text without the path.
        why = error.strerror if error.errno else "its compressed data is damaged"
        raise InputError(f"{cannot}: {why}", "copy or export it again") from None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's, highdicom's and ITK's warnings off the terminal: they quote header values."""
    loggers = [logging.getLogger(name) for name in ("pydicom", "highdicom")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
