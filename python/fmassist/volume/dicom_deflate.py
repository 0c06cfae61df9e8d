"""A bound on DICOM files that are compressed as a whole (Deflated Explicit VR Little Endian, PS3.5 A.5).

pydicom inflates such a file at once when it opens it, so its true size is counted before, a piece at a time.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from fmassist.errors import InputError
from fmassist.volume.raster import require_room

_DEFLATED = "1.2.840.10008.1.2.1.99"
_PIECE = 1 << 20


def require_room_to_open(path: Path) -> None:
    """Pass over every file but a deflated one; inflate that once into nothing.

    Raises:
        InputError: the file's header is damaged, or what it holds does not fit into memory.
    """
    from pydicom.filereader import read_file_meta_info

    try:
        with path.open("rb") as file:
            if file.read(132)[128:] != b"DICM":
                return  # without a preamble there is nowhere to say that the rest is deflated
        meta = read_file_meta_info(path)
        if str(meta.get("TransferSyntaxUID", "")) != _DEFLATED:
            return
        with path.open("rb") as file:
            # Preamble and "DICM" (132 bytes), then the group length (12), which says how far the rest goes.
            file.seek(132 + 12 + int(meta.FileMetaInformationGroupLength))
            inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
            while not inflate.eof:
                data = inflate.unconsumed_tail or file.read(_PIECE)
                total += len(inflate.decompress(data, _PIECE))
                require_room((total + 1,), 1)
                if not data:
                    break
    except (InputError, OSError):
        raise
    except Exception:
        # pydicom raises what its parts raise, with values in the text; none is passed on.
        raise InputError("a DICOM file is damaged", "copy or export it again") from None
