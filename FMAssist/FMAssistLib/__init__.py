"""The parts of the FMAssist module; `FMAssist.py` puts them together."""
