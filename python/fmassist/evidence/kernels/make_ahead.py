"""`python -m fmassist.evidence.kernels.make_ahead`: makes the machine code of the passes that the package carries.

To be run after a pass was changed, on a system whose code is to be shipped; it takes about two minutes and needs Numba,
`cc` and `ld`. The code is for any processor of the kind, and needs nothing but the C library that Python has loaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

LABELS = ("u1", "u2")
"""What layers of labels are stored in (`fmassist.evidence.canonical`)."""
IMAGES = ("i2", "f4", "i4", "u1", "u2", "f8")
"""What images come in."""
RUNS = "i4C1,i4C1,i8C1"
"""Starts, values and offsets."""
MEMORY = """
#include <stdint.h>
#include <stdlib.h>
typedef struct { size_t count; void *end; void *end_with; void *data; size_t size; } Owner;
void *NRT_MemInfo_alloc_aligned(size_t size, uint32_t align) {
  Owner *owner;
  if (size > SIZE_MAX / 2) return NULL;
  owner = malloc(sizeof(Owner) + size + align);
  if (owner == NULL) return NULL;
  uintptr_t data = (uintptr_t)(owner + 1);
  if (align) data += (align - data % align) % align;
  owner->count = 1; owner->end = NULL; owner->end_with = NULL; owner->data = (void *)data; owner->size = size;
  return owner;
}
void NRT_MemInfo_call_dtor(Owner *owner) { free(owner); }
void fmassist_release(Owner *owner) { if (owner != NULL && --owner->count == 0) free(owner); }
"""
"""The little of Numba's own memory that the passes use (numba/core/runtime/nrtdynmod.py holds the same record)."""


def wanted() -> Iterator[tuple[str, str, str]]:
    """Module, pass and signature of everything that is made."""
    for one in LABELS:
        yield "scan", "scan", f"{one}C1,u8C1,i,i,i"
        for two in LABELS:
            yield "distance", "shortest", f"({one}C3 i i4C2),({two}C3 i i4C2),f8C2,f8C1,i,i,f"
        for layout in "CA":
            for image in IMAGES:
                grid = f"{one}{layout}3,i4C1,{image}C3"
                yield "edges", "look_across", f"{grid},f8C2,i8C1,f8C1,b1C3,i,i,i8C3,i8C3,i8C3,f8C3,f8C3"
                yield "voxels", "histogram", f"{grid},i,i,f,f,u4C2,f8C2"
    for kind in ("b1", *IMAGES):
        yield "scan", "transpose", f"{kind}A3,{kind}C3,i,i"
    for image in IMAGES:
        yield "voxels", "finite_range", f"{image}C1,i,i"
    yield "distance", "find_bricks", f"{RUNS},i,i,i,b1C1,i,i"
    yield "link", "link", f"{RUNS},i,i,i,i,i,i4C1,i4C1,i8C2,b"
    yield "link", "number", "i4C1"
    yield "outline", "inside_outline", f"{RUNS},({RUNS.replace(',', ' ')}),i,i,i,i4C1,b1C1,i8C1"
    yield "sums", "sum_pieces", f"{RUNS},i,i,i4C1,i4C1,i"
    yield "sums", "sum_ends", f"{RUNS},i,i,i4C2,i8C1,i,i"
    yield "sums", "sum_overlaps", f"{RUNS},{RUNS},i"


def make(folder: Path) -> Path:
    """The library and its table, into `folder`.

    Returns:
        The library.
    """
    # For any processor of the kind; read when Numba is first imported.
    os.environ["NUMBA_CPU_NAME"], os.environ["NUMBA_CPU_FEATURES"] = "generic", ""
    from fmassist.evidence.kernels.machine_code import PREFIX, sources_digest, system
    from fmassist.isolated.compiler import numba

    functions: dict[str, dict[str, list[Any]]] = {}
    library = folder / f"{system()}.so"
    with tempfile.TemporaryDirectory() as scratch:
        objects = []
        for number, (module, name, signature) in enumerate(wanted()):
            symbol = f"{PREFIX}{name}_{number}"
            code, returns = _object_code(module, name, signature, symbol)
            functions.setdefault(name, {})[signature] = [symbol, returns]
            objects.append(Path(scratch) / f"{number}.o")
            objects[-1].write_bytes(code)
        _link(objects, Path(scratch), library)
    table = {
        "sources": sources_digest(),
        "library": sha256(library.read_bytes()).hexdigest(),
        "made_with": {"numba": numba.__version__},
        "functions": functions,
    }
    library.with_suffix(".json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return library


def _object_code(module: str, name: str, signature: str, symbol: str) -> tuple[bytes, list[str]]:
    """One pass compiled for one kind of arguments, and the kinds of what it returns."""
    from llvmlite import binding

    kernel = _kernels(module)[name]
    types = tuple(_type_of(part) for part in signature.split(","))
    kernel.compile(types)
    made = kernel.overloads[types]
    text = made.library.get_llvm_str().replace(f"@{made.fndesc.llvm_func_name}(", f"@{symbol}(")
    target = binding.Target.from_default_triple().create_target_machine(
        cpu="generic", opt=3, reloc="pic", codemodel="small"
    )
    return target.emit_object(binding.parse_assembly(text)), _returned(made.signature.return_type)


_made: dict[str, dict[str, Any]] = {}


def _kernels(module: str) -> dict[str, Any]:
    from fmassist.evidence.kernels.compiled import Kernel
    from fmassist.isolated.compiler import numba

    if module not in _made:
        names = _made[module] = dict(vars(import_module(f"fmassist.evidence.kernels.{module}")))
        for name, kernel in list(names.items()):
            if isinstance(kernel, Kernel):
                function = FunctionType(kernel.function.__code__, names, name)
                options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
                names[name] = numba.njit(nogil=True, error_model="numpy", **options)(function)
    return _made[module]


def _type_of(part: str) -> Any:
    from fmassist.isolated.compiler import numba

    if part.startswith("("):
        return numba.types.Tuple([_type_of(one) for one in part[1:-1].split()])
    simple = {"b": numba.types.boolean, "i": numba.types.int64, "f": numba.types.float64}.get(part)
    if simple is not None:
        return simple
    dtype = numba.from_dtype(np.dtype(part[:2]))
    return numba.types.Array(dtype, int(part[-1]), part[-2])


def _returned(kind: Any) -> list[str]:
    """Kinds of the values that a pass returns, each as `f8`, or `i4:1` for an array of one dimension."""
    from fmassist.isolated.compiler import numba

    if isinstance(kind, numba.types.NoneType):
        return []
    if isinstance(kind, numba.types.BaseTuple):
        return [one for part in kind for one in _returned(part)]
    if isinstance(kind, numba.types.Array):
        return [f"{numba.np.numpy_support.as_dtype(kind.dtype).str[1:]}:{kind.ndim}"]
    if kind in (numba.types.float64, numba.types.int64):
        return ["f8" if kind == numba.types.float64 else "i8"]
    raise TypeError(f"a pass returns {kind}, which machine_code cannot take")


def _link(objects: list[Path], scratch: Path, library: Path) -> None:
    """One library of all of them, that shows only the passes' own names."""
    (scratch / "memory.c").write_text(MEMORY)
    (scratch / "shown").write_text("{ global: fmassist_*; local: *; };\n")
    from fmassist.isolated import program

    cc = ["cc", "-O2", "-fPIC", "-fno-stack-protector", "-c", "memory.c", "-o", "memory.o"]
    ld = ["ld", "-shared", "--gc-sections", "-s", "--build-id=none", "--version-script=shown", "-o", str(library)]
    for command in (cc, [*ld, "memory.o", *map(str, objects)]):
        subprocess.run([program(command[0]) or command[0], *command[1:]], cwd=scratch, check=True)  # noqa: S603 - our own words


if __name__ == "__main__":
    print(make(Path(__file__).parent / "ahead"))  # noqa: T201
