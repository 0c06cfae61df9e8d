"""Which files a volume or a segmentation is read from, by the readers' own understanding of its header.

Whoever asks whether an input is still the same has to look at each of them: a header may leave its voxels to another
file, and a folder of masks may be reached by a link.
"""

from __future__ import annotations

import os
from pathlib import Path

from fmassist.errors import InputError
from fmassist.volume import metaimage, nifti, nrrd
from fmassist.volume.reading import suffix_of

_VOXELS_OF = {
    ".nrrd": nrrd.data_file,
    ".nhdr": nrrd.data_file,
    ".mha": metaimage.data_file,
    ".mhd": metaimage.data_file,
}


def files_read(path: Path) -> list[Path]:
    """Every file that reading `path` may open, in a fixed order; a header that no reader takes counts by itself.

    Raises:
        OSError: a folder cannot be read.
    """
    if path.is_dir():
        # Readers go one level down into a folder of masks, by a link too; walking down further links may never end.
        linked = [place for place in path.iterdir() if place.is_symlink() and place.is_dir()]
        found = [*path.rglob("*"), *(file for place in linked for file in place.iterdir())]
        return sorted({file for file in found if file.is_file()}, key=os.fspath)
    try:
        return list(dict.fromkeys([path, *_beside(path)]))
    except (InputError, ValueError, EOFError, OSError):
        return [path]


def _beside(path: Path) -> list[Path]:
    voxels_of = _VOXELS_OF.get(suffix_of(path).replace(".seg", ""))
    if voxels_of is None:
        return [file for file in nifti.header_and_voxels(path) if file is not None]
    file = voxels_of(path)
    return [] if file is None else [file]
