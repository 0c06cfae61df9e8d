"""One damaged file given to its reader, and what is wrong with how that ended."""

from __future__ import annotations

import signal
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType

from fuzz.mutations import Operation, mutated
from fuzz.readers import NUMBER_OF_PATIENT, Reader

from fmassist.errors import InputError

MOST_SECONDS = 10.0
PLANTED = ("Musterfrau", NUMBER_OF_PATIENT)


class Hangs(Exception):  # noqa: N818
    """It took longer than anybody waits."""


def trial(reader: Reader, sound: Path, whole: bytes, todo: list[Operation]) -> str:
    """What is wrong with how a reader ended on a damaged file, in words; `""` where nothing is.

    Args:
        reader: of the file.
        sound: the file's place, beside what else belongs to it; it is written here and made whole again.
        whole: the sound file's bytes.
        todo: the damage.
    """
    damaged = mutated(whole, todo, form=reader.form)
    sound.write_bytes(damaged)
    try:
        line = _line(reader, sound)
    finally:
        sound.write_bytes(whole)
    if line is None:
        cut = reader.ends_exactly and len(damaged) < len(whole) and whole.startswith(damaged)
        return "a file that was cut short was accepted" if cut and whole[len(damaged) :].strip() else ""
    if line.startswith("!"):
        return line[1:]
    if "\n" in line:
        return "its line is more than one"
    if str(sound.parent) in line or sound.name in line:
        return "its line names the file"
    planted = [word for word in PLANTED if word in line]
    return f"its line repeats {planted[0]}" if planted else ""


def _line(reader: Reader, path: Path) -> str | None:
    """What a user would read; None where the file was accepted; after `!` what must never be."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise Hangs

    has_alarm = hasattr(signal, "SIGALRM")
    if has_alarm:
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        reader.read(path)
        return None
    except InputError as error:
        return str(error)
    except MemoryError:
        return "!it ran out of memory"
    except Hangs:
        return f"!it took more than {MOST_SECONDS:g} s"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return f"!{type(error).__name__} at {where}: {str(error)[:120]!r}"
    finally:
        if has_alarm:
            with suppress(ValueError):
                signal.setitimer(signal.ITIMER_REAL, 0)
