"""Writes `docs/constants.md`: every number that reasoning takes for granted, with its source, out of the data.

Run it after a change of `Resources/rules/constants.ttl` or `Resources/ranges/spine.ttl`:
`.venv/bin/python python/tools/constants_table.py`. A test compares the page with the data.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from fmassist.knowledge.constants import Stated
from fmassist.knowledge.load import load_knowledge

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "constants.md"
START = """<!-- Made by python/tools/constants_table.py from Resources/. Do not edit. -->

# Constants

Numbers that reasoning takes for granted, beside those of the rules and of the ranges. They stand in
`Resources/rules/constants.ttl`, those of numbered chains in `Resources/ranges/spine.ttl`. A curator who writes one of
these names into a folder of own knowledge (`--knowledge DIR`) changes it, and no line of Python. Numbers of algorithms,
which bound work or memory and say nothing of patients or models, stand in the code.

"""


def page() -> str:
    """The whole page."""
    stated = sorted(load_knowledge().stated_constants, key=lambda one: one.key)
    sourced = sum(bool(one.sources) for one in stated)
    unsupported = sum("without data" in one.estimated for one in stated)
    tuned = sum(bool(one.tuned_on) for one in stated)
    said = (
        f"{len(stated)} numbers: {sourced} from a source, {len(stated) - sourced} estimated; {tuned} were set on data, "
        f"and {unsupported} are judgement with no data behind it.\n"
    )
    return START + said + "".join(_table(name, list(ones)) for name, ones in groupby(stated, key=_group))


def _group(one: Stated) -> str:
    return one.key.partition("-")[0]


def _table(group: str, stated: list[Stated]) -> str:
    rows = "".join(
        f"| `{one.key}` | {one.value:g} | {one.unit} | {one.meaning} | {_from(one)} | {one.tuned_on} |\n"
        for one in stated
    )
    title = group.replace("_", " ").capitalize()
    return f"\n## {title}\n\n| name | value | unit | meaning | from | set on |\n|---|---|---|---|---|---|\n{rows}"


def _from(one: Stated) -> str:
    return "; ".join(one.sources) if one.sources else f"estimate: {one.estimated}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
