"""The command line: fmassist demo | run | check | models | rules | batch | bench | report."""
