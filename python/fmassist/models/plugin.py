"""Models that an installed package of somebody else's offers as an entry point: a program, which asks for a yes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

from fmassist.errors import InputError
from fmassist.models.backends.base import Backend
from fmassist.models.card import Card
from fmassist.models.consent import said_yes
from fmassist.models.interface import Cancelled, Model, Progress
from fmassist.models.leftovers import private_folder
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.outside_text import printable
from fmassist.volume import Volume

WHY = "is a program that an installed package offers"
NAME = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")


class Untrusted(Backend):
    """Stands in for a package's model until somebody says yes to the package. Nothing of it was imported."""

    def available(self) -> str:
        """Never."""
        return f"{WHY}: if you trust it, fmassist models trust {self.card.id}"

    def is_code(self) -> str:
        """It always is."""
        return WHY

    def segment(
        self,
        volume: Volume,  # noqa: ARG002
        prompts: Sequence[Prompt] = (),  # noqa: ARG002
        *,
        progress: Progress | None = None,  # noqa: ARG002
        cancelled: Cancelled | None = None,  # noqa: ARG002
        device: str | None = None,  # noqa: ARG002
    ) -> ModelResult:
        """Refuses."""
        raise InputError(f"{self.card.title} {WHY}", f"if you trust it, fmassist models trust {self.card.id}")


def model_of(point: EntryPoint) -> Model:
    """The model of an entry point, or what stands in for it until somebody trusts its package.

    The yes holds for every byte of the package that the entry point names (one file, or its folder).

    Raises:
        InputError: it bears no plain name, its package is not one folder or file, or it gives no model.
    """
    if not NAME.fullmatch(point.name):
        raise InputError("an entry point bears a name that is none for a model", "ask the package's authors")
    path = _code_of(point)
    if not said_yes(path):
        return Untrusted(_card(point), path)
    try:
        with _from_source():
            made = point.load()
            model = made() if isinstance(made, type) or not isinstance(made, Model) else made
        if isinstance(model, Model) and isinstance(model.describe(), Card):
            return model
    except Exception as error:
        raise InputError(f"the entry point {point.name} can't be loaded ({type(error).__name__})") from None
    raise InputError(f"the entry point {point.name} gives no model", "see docs/models.md")


def _code_of(point: EntryPoint) -> Path:
    """The folder or file of the package, found without importing anything of it."""
    try:
        spec = find_spec(point.module.split(".")[0])
    except (ImportError, ValueError, AttributeError):
        spec = None
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if len(folders) == 1:
        return Path(folders[0])
    if spec is None or folders or not spec.has_location or spec.origin is None:
        raise InputError(f"the package of the entry point {point.name} is not one folder or file", "install it anew")
    return Path(spec.origin)


def _card(point: EntryPoint) -> Card:
    package = printable(point.dist.name if point.dist is not None else point.module, most=60)
    return Card(
        id=point.name,
        version="said by the package once it is trusted",
        title=f"the model {point.name} of the package {package}",
        backend="package",
        task="said by the package once it is trusted",
        modality=("any",),
        body_region="not said",
        prompts=("none",),
        licence="as the package says",
    )


@contextmanager
def _from_source() -> Iterator[None]:
    """Python compiles what is imported, and neither reads nor leaves bytecode, which nobody can have read."""
    before = sys.pycache_prefix, sys.dont_write_bytecode
    with private_folder() as empty:
        sys.pycache_prefix, sys.dont_write_bytecode = str(empty), True
        try:
            yield
        finally:
            sys.pycache_prefix, sys.dont_write_bytecode = before
