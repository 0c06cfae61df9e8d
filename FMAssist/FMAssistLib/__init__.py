"""The parts of the FMAssist module; `FMAssist.py` puts them together."""

# ruff: noqa: N999 - named after its module, as Slicer's extensions do
