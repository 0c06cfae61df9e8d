"""`fmassist`: demo, run, check, models, rules, batch, bench, report, info, mcp.

Exit codes: 0 nothing to review, 3 findings need review, 2 something given is wrong, 1 a fault of the program, 130
stopped by the user. What goes wrong is one line on stderr, without a trace and without file names, which may hold a
patient's name; `FMASSIST_DEBUG=1` shows the trace.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Any

import typer

import fmassist
from fmassist.cli import batch, bench, check, demo, info, labels, mcp, models, report, review, run, serve
from fmassist.errors import FMAssistError
from fmassist.outside_text import printable

PLAUSIBLE, FAULT, WRONG_INPUT, REVIEW, STOPPED = 0, 1, 2, 3, 130

app = typer.Typer(
    name="fmassist",
    help="Foundation-model segmentations, reconciled with anatomy before anything is shown. Research software, not a "
    "medical device.",
    epilog="Exit codes: 0 nothing to review, 3 findings need review, 2 wrong input, 1 fault.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    demo.demo,
    run.run,
    check.check,
    labels.labels,
    batch.batch,
    bench.bench,
    report.report,
    serve.serve,
    info.info,
    mcp.mcp,
):
    app.command()(command)


app.add_typer(models.app, name="models")
app.add_typer(review.app, name="review")
if find_spec("fmassist.cli.rules") is not None:  # the curator's workshop
    app.add_typer(import_module("fmassist.cli.rules").app, name="rules")


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", help="Show the version and end.", is_eager=True),
) -> None:
    if version:
        typer.echo(f"fmassist {fmassist.__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    _let_terminate()
    _print_anything()
    # A check makes objects by the hundred thousand that all live to its end; looking for cycles among them after every
    # 700 is a tenth of its time.
    gc.set_threshold(100_000, 20, 20)
    try:
        code = app(args=None if arguments is None else list(arguments), standalone_mode=False, prog_name="fmassist")
    except KeyboardInterrupt:
        return _said("stopped; nothing was left behind", STOPPED)
    except FMAssistError as error:
        _trace()
        return _said(str(error), error.exit_code)
    except MemoryError:
        _trace()
        return _said("not enough memory for this volume: crop it, or use a larger machine", FAULT)
    except BrokenPipeError:
        # Whoever read the output has gone; what is still in the buffer must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULT
    except Exception as error:
        if _is_usage(error):
            return _said(_usage_words(error), WRONG_INPUT)
        _trace()
        return _said(f"unexpected fault ({type(error).__name__}): set FMASSIST_DEBUG=1 to see the trace", FAULT)
    if code == STOPPED:  # how Typer tells of a KeyboardInterrupt
        return _said("stopped; nothing was left behind", STOPPED)
    return code if isinstance(code, int) else PLAUSIBLE


def _print_anything() -> None:
    """A terminal that knows few characters, or half of one in a name, must not end a run: they are written as codes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _said(message: str, code: int) -> int:
    line = printable(" ".join(message.split()))
    print(f"fmassist: {line}", file=sys.stderr)  # noqa: T201
    return code


def _trace() -> None:
    if os.environ.get("FMASSIST_DEBUG") == "1":
        import traceback

        traceback.print_exc()


def _is_usage(error: Exception) -> bool:
    """Whether the command line itself was wrong. Newer Typer brings its own Click, so the class has two homes."""
    return hasattr(error, "format_message") and getattr(error, "exit_code", None) == WRONG_INPUT


def _usage_words(error: Any) -> str:
    if type(error).__name__ == "NoArgsIsHelpError":
        return "no command given: see fmassist --help"
    message = str(error.format_message()).strip().rstrip(".")
    if "extra argument" in message:
        message = "an argument too many"  # its text may be a path with a patient's name
    context = getattr(error, "ctx", None)
    return f"{message}: see {context.command_path if context else 'fmassist'} --help"


def _let_terminate() -> None:
    """A termination cleans up like Ctrl-C does."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if hasattr(signal, "SIGTERM"):
        try:
            signal.signal(signal.SIGTERM, stop)
        except ValueError:  # not the main thread: whoever embeds us has its own ways
            return


if __name__ == "__main__":
    sys.exit(main())
