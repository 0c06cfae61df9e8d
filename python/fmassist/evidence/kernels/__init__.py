"""The compiled passes over voxels and runs; everything else in this room works on what they return.

Every kernel releases the interpreter's lock, so that threads share the work (`fmassist.evidence.threads`); none uses
Numba's own parallel mode, which takes several times longer to compile. Compiled code is kept on disk, by file: what a
kernel calls stands in the same file, so that a change is never missed.

After a change of a pass, `python -m fmassist.evidence.kernels.make_ahead` makes its machine code anew; until then Numba
compiles it, and a test asks for it.
"""
