"""What a bench measured, and how it is written: `NAME.json`, a table beside it, and plots."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import fmassist

LIBRARIES = (
    "numpy",
    "numba",
    "scipy",
    "SimpleITK",
    "torch",
    "monai",
    "pyoxigraph",
    "clingo",
    "connected-components-3d",
)


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured, in words.
        value: None where it could not be measured; `note` says why.
        unit: "s", "MB", "share" and the like.
        peer: what it is compared with, measured in the same run.
        peer_value: in the same unit.
        ratio: value by peer_value.
        goal: in words, as the project set it: "at most 0.6 of the peer".
        met: whether the goal is reached; None where the figure has none.
        note: cases, counts, or the reason why it was not measured.
    """

    name: str
    value: float | None
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    goal: str | None = None
    met: bool | None = None
    note: str | None = None


def not_measured(name: str, unit: str, goal: str | None, why: str) -> Figure:
    """A figure that stands there with its reason."""
    return Figure(name=name, value=None, unit=unit, goal=goal, met=False, note=why)


def against(name: str, value: float, unit: str, peer: str, peer_value: float, *, at_most: float) -> Figure:
    """A figure whose goal is a ratio to its peer's."""
    ratio = value / peer_value
    goal = f"at most {at_most:g} of the peer's"
    return Figure(name, value, unit, peer, peer_value, ratio, goal, ratio <= at_most)


@dataclass(frozen=True)
class Plot:
    """Lines or points, drawn as `<file>.png`.

    Attributes:
        file: name without ending.
        series: name to its x and y values.
        kind: "line", "points" or "bars"; bars take x values that are words.
    """

    file: str
    title: str
    x_label: str
    y_label: str
    series: Mapping[str, tuple[Sequence[Any], Sequence[float]]]
    kind: str = "line"
    logarithmic: bool = False


@dataclass(frozen=True)
class Measured:
    """All that a bench found.

    Attributes:
        details: what the figures were computed from, for NAME.json.
        tables: title to rows, the first one its header, for NAME.md.
    """

    figures: Sequence[Figure]
    plots: Sequence[Plot] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)


def table(measured: Measured) -> str:
    """The figures as a Markdown table."""
    head = ("figure", "value", "peer", "peer's value", "ratio", "goal", "met", "note")
    rows = [
        (
            figure.name,
            f"{_number(figure.value)} {figure.unit}".strip(),
            figure.peer or "",
            _number(figure.peer_value) if figure.peer_value is not None else "",
            _number(figure.ratio) if figure.ratio is not None else "",
            figure.goal or "",
            {True: "yes", False: "no", None: ""}[figure.met],
            figure.note or "",
        )
        for figure in measured.figures
    ]
    return _markdown([head, *rows])


def write_figures(measured: Measured, folder: Path, *, name: str) -> None:
    """Write `NAME.json`, `NAME.md` and the plots into an existing folder.

    Raises:
        ImportError: there are plots, and matplotlib (extra `dev`) is not installed.
    """
    about = machine()
    content = {
        "bench": name,
        "machine": about,
        "figures": [asdict(figure) for figure in measured.figures],
        "details": measured.details,
    }
    (folder / f"{name}.json").write_text(json.dumps(content, indent=2, sort_keys=False, default=_plain) + "\n", "utf-8")
    text = [f"# fmassist bench {name}", "", "; ".join(f"{key} {value}" for key, value in about.items()), ""]
    text += [table(measured)]
    for title, rows in measured.tables.items():
        text += ["", f"## {title}", "", _markdown(rows)]
    for plot in measured.plots:
        _draw(plot, folder / f"{plot.file}.png")
        text += ["", f"![{plot.title}]({plot.file}.png)"]
    (folder / f"{name}.md").write_text("\n".join(text) + "\n", "utf-8")


def machine() -> dict[str, str]:
    """Processor, system and versions; nothing that names a person or a place."""
    about = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "fmassist": fmassist.__version__,
    }
    about.update({library: known for library in LIBRARIES if (known := _version(library)) is not None})
    return about


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"


def _plain(value: Any) -> Any:
    """NumPy's scalars and sets as JSON has them."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value.item() if hasattr(value, "item") else str(value)


def _markdown(rows: Sequence[Sequence[Any]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    text = _number(value) if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _draw(plot: Plot, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    words = max(len(x) for x, _ in plot.series.values()) if plot.kind == "bars" else 0
    # Bars lie, one under the other, so that their names can be read however many there are.
    canvas = Canvas(figsize=(7, max(4.5, 0.25 * words)), layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.add_subplot()
    width = 0.8 / max(len(plot.series), 1)
    for n, (name, (x, y)) in enumerate(plot.series.items()):
        if plot.kind == "bars":
            axes.barh([k + n * width for k in range(len(x))], y, width, label=name)
            axes.set_yticks([k + 0.4 - width / 2 for k in range(len(x))], [str(word) for word in x])
        elif plot.kind == "points":
            axes.plot(x, y, "o", label=name)
        else:
            axes.plot(x, y, "o-", label=name)
    if plot.logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set(title=plot.title, xlabel=plot.x_label, ylabel=plot.y_label)
    axes.grid(alpha=0.3)
    if plot.kind == "bars":
        axes.set(xlabel=plot.y_label, ylabel=plot.x_label)
        axes.invert_yaxis()
    if len(plot.series) > 1:
        canvas.legend(loc="outside lower center", ncols=len(plot.series))
    canvas.savefig(path, dpi=120)
