"""The first thing that a child of ours runs: it ties itself to its parent, and then runs what it was told to.

Called as `python -I begin.py PLAN ARGUMENT…`; the plan is made by `fmassist.isolated.child`. Nothing but Python itself
is imported before the ties hold.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    """Reads the plan, and becomes what it names."""
    # With -P instead of -I (Slicer), or before Python 3.11, the folder of this script or the current one may be first.
    inside = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is not imported yet
    sys.path[:] = [inside, *(entry for entry in sys.path if entry and os.path.abspath(entry) != inside)]  # noqa: PTH100
    import json

    from ties import tie_to

    plan = json.loads(sys.argv[1])
    if plan["parent"]:
        tie_to(plan["parent"], leads_group=plan["leads_group"])
    if plan["fences"]:
        from bounds import put_up

        put_up(plan["fences"])
    sys.path.remove(inside)
    find_packages(plan)
    if plan["home"]:
        os.environ["HOME"] = plan["home"]
    sys.argv[1:] = sys.argv[2:]
    import runpy

    if "module" in plan:
        runpy.run_module(plan["module"], run_name="__main__", alter_sys=True)
    else:
        sys.argv[0] = plan["script"]
        # Last, so that nothing beside a script takes the place of a package.
        sys.path.append(os.path.dirname(plan["script"]))  # noqa: PTH120
        runpy.run_path(plan["script"], run_name="__main__")


def find_packages(plan: dict[str, Any]) -> None:
    """Puts the paths of packages behind Python's own library, in the order of the process that started this one."""
    import site
    import sysconfig

    user = site.getusersitepackages()
    if plan["user_site"] and sys.prefix == sys.base_prefix and os.path.isdir(user):  # noqa: PTH112
        site.addsitedir(user)
    if user in plan["path"]:
        site.addsitedir(user)
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    own = [entry for entry in sys.path if is_of_python(entry, library)]
    rest = [entry for entry in (*plan["path"], *sys.path) if not is_of_python(entry, library)]
    sys.path[:] = [*own, *dict.fromkeys(rest)]


def is_of_python(entry: str, library: set[str]) -> bool:
    """Whether a path leads to Python's own library: its folder, its zip, its compiled modules."""
    above, name = os.path.split(entry)
    return entry in library or (name == "lib-dynload" and above in library) or entry.endswith(".zip")


if __name__ == "__main__":
    main()
