"""`python -m fmassist` is the command line."""

import sys

from fmassist.cli.main import main

sys.exit(main())
