"""The shipped knowledge as it was assembled last, so that not every process assembles it anew.

Parsing the files, closing them and reading every structure takes 0.35 s of processor time; reading what was kept takes
0.1 s. It is found by the content of all files and of the code that assembles them, so that it can't be stale.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyoxigraph
from pyoxigraph import RdfFormat, Store

from fmassist.knowledge.model import Knowledge
from fmassist.private_cache import keep, read_kept

KIND = "knowledge"
RECORDS = (
    "fmassist.knowledge.model",
    "fmassist.knowledge.parameters",
    "fmassist.knowledge.constant_groups",
    "fmassist.knowledge.constants",
    "fmassist.terms",
)
"""Where the classes stand that a knowledge is made of."""
MADE_WHEN_ASKED = ("related",)
"""What a knowledge finds out when it is first asked, kept too."""


def read_knowledge(digest: str) -> Knowledge | None:
    """What was assembled of these files; None where it has to be assembled.

    Args:
        digest: hash over the files.
    """
    content = read_kept(KIND, _key(digest))
    if content is None:
        return None
    try:
        said, quads = _Careful(io.BytesIO(content)).load()
        store = Store()
        store.load(quads, format=RdfFormat.N_QUADS)
        found = Knowledge(store=store, **said["fields"])
        found.__dict__.update(said["asked"])
    except Exception:  # whatever a damaged file does, the knowledge is assembled anew
        return None
    return found if found.digest == digest else None


def keep_knowledge(knowledge: Knowledge) -> None:
    """Keep it for the next process."""
    said = {
        "fields": {f.name: getattr(knowledge, f.name) for f in fields(knowledge) if f.name != "store"},
        "asked": {name: getattr(knowledge, name) for name in MADE_WHEN_ASKED},
    }
    quads = knowledge.store.dump(format=RdfFormat.N_QUADS)
    keep(KIND, _key(knowledge.digest), pickle.dumps((said, quads), protocol=5))


def _key(digest: str) -> str:
    """Of the files, and of the code that reads them."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    states = [digest.encode(), pyoxigraph.__version__.encode(), *(sha256(path.read_bytes()).digest() for path in code)]
    return sha256(b"\0".join(states)).hexdigest()


class _Careful(pickle.Unpickler):
    """Makes nothing but the knowledge's own records."""

    def find_class(self, module: str, name: str) -> Any:
        if module in RECORDS and "." not in name:
            found = getattr(__import__(module, fromlist=[name]), name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError("it holds something else than knowledge")
