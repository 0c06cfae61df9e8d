"""What tests of every room share."""

from __future__ import annotations

import contextlib
import locale
import os
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says more of the machine than of the program; speed is measured by `fmassist bench`.
hypothesis.settings.register_profile("fmassist", deadline=None)
hypothesis.settings.load_profile("fmassist")

if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    # Tests run side by side; threads of one that wait for cores which another uses spin, and cost both their time.
    # Read by OpenMP when torch is first imported, in this process or in one that a test starts.
    share = (os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, share)))

with contextlib.suppress(ImportError):
    # When its features are first asked for, PySide reads the source of every module that is loaded. Asked here, these
    # are few; later torch's stand-ins and lazily loading packages make it stumble.
    import PySide6.QtCore  # noqa: F401

    from __feature__ import true_property  # isort: skip  # noqa: F401


_CHARACTERS = locale.setlocale(locale.LC_CTYPE)


def pytest_runtest_setup() -> None:
    """Slicer's libraries set the C locale, in which files that a later test opens would be ASCII."""
    locale.setlocale(locale.LC_CTYPE, _CHARACTERS)


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
