"""Starting a process of ours so that nothing which lies beside the data can slip into it.

Python puts the current folder, `PYTHONPATH` and the folder of a script in front of its own library, so that a `gzip.py`
beside a scan would run. Every process of FMAssist is therefore started here: in isolated mode (`-I`), in a folder that
is not the user's, with the environment cleaned of Python's own variables, and so that it ends with its parent.
"""

from fmassist.isolated.child import Child, isolated, start
from fmassist.isolated.fences import Fences
from fmassist.isolated.programs import program, spawning

__all__ = ["Child", "Fences", "isolated", "program", "spawning", "start"]
