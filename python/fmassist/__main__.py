"""`python -m fmassist` is the command line."""

import os
import sys

# Python puts the current folder first, where data lies: a `gzip.py` beside a scan must not run.
_here = os.path.realpath(os.curdir)
if _here != os.path.dirname(os.path.dirname(os.path.realpath(__file__))):  # noqa: PTH120 - pathlib is not imported yet
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != _here]

from fmassist.cli.main import main  # noqa: E402

sys.exit(main())
