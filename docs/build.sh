#!/usr/bin/env bash
# Builds the site into docs/_build and runs the examples of the docstrings. Offline; warnings are errors.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${PYTHON:-python3}
"$python" -m sphinx -q -W --keep-going -b html . _build/html
"$python" -m sphinx -q -W --keep-going -D nb_execution_mode=off -b doctest . _build/doctest
echo "docs/_build/html/index.html"
