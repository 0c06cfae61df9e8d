"""How a user meets a bad file: one line, and nothing in it that could name a patient."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmassist.errors import InputError
from fmassist.volume import read_segmentation, read_volume


def refused(path: Path, said: str) -> str:
    """The line with which `path` is refused as a volume; it matches `said` and does not name the file."""
    return _line(lambda: read_volume(path), path, "cannot read the volume: ", said)


def refused_labels(path: Path, said: str) -> str:
    """The line with which `path` is refused as labels."""
    return _line(lambda: read_segmentation(path), path, "cannot read the labels: ", said)


def _line(read, path: Path, start: str, said: str) -> str:
    with pytest.raises(InputError, match=said) as caught:
        read()
    line = str(caught.value)
    assert caught.value.exit_code == 2
    assert line.startswith(start)
    assert "\n" not in line
    assert path.name not in line
    assert str(path.parent) not in line
    return line
