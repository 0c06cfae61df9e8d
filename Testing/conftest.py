"""What tests of every room share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the clone."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared(repository: Path) -> Path:
    """The developers' shared data beside the clone; tests that need it skip where it is absent."""
    folder = repository.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the developers' shared data is not beside this clone")
    return folder
