"""The documentation site: the Markdown beside this file, the docstrings, and a page for each rule and each pattern.

`bash docs/build.sh` builds it into `docs/_build`, offline, with warnings as errors.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import fmassist
import knowledge_pages

project = "FMAssist"
author = "The FMAssist developers"
copyright = f"2026, {author}"  # noqa: A001  (Sphinx asks for this name)
release = fmassist.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
source_suffix = {".md": "myst-nb"}
exclude_patterns = ["_build", "**/README.md"]
html_theme = "furo"
html_title = f"FMAssist {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
doctest_global_setup = "from fmassist.errors import InputError"
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300


def setup(_app: object) -> None:
    """Writes the pages of what is believed before Sphinx looks for pages."""
    knowledge_pages.write(Path(__file__).parent / "knowledge")
