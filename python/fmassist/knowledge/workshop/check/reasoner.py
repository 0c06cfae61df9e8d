"""HermiT, through owlready2, where Java is present: consistency, and classes that can have no member."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from fmassist.isolated import program
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources

LIMIT_S = 300


def check_with_reasoner(sources: Sources, *, wanted: bool) -> Iterator[Problem]:
    """What HermiT finds; one line of INFO that says what was left out where it was not asked."""
    if not wanted:
        text = "HermiT was not asked (--reason); disjointness was checked along named classes"
        yield Problem("INFO", "reasoner-left-out", text)
        return
    jar = _hermit()
    java = program("java")
    if jar is None or java is None:
        text = "HermiT left out: it needs Java and owlready2; disjointness was checked along named classes"
        yield Problem("WARN", "reasoner-left-out", text)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "knowledge.owl"
        path.write_text(_as_xml(sources), encoding="utf-8")
        command = [
            java,
            "-Xmx2000M",
            "-cp",
            str(jar),
            "org.semanticweb.HermiT.cli.CommandLine",
            "-U",
            path.as_uri(),
        ]
        try:
            # In a folder of ours: Java reads settings of the current one, and writes there when it crashes.
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired:
            yield Problem("WARN", "reasoner-left-out", f"HermiT did not end within {LIMIT_S} s")
            return
    said = done.stdout + done.stderr
    if "Classes equivalent to" not in said:
        line = next(
            (line for line in said.splitlines() if "nconsistent" in line or "xception" in line), "it gave no answer"
        )
        yield Problem("ERROR", "inconsistent", f"HermiT: {line.strip()[:200]}")
        return
    empty = sorted(iri for line in said.splitlines() if (iri := line.strip().strip("<>")).startswith("http"))
    if empty:
        # One class that nothing can be makes empty whatever must stand in a relation to it.
        named = ", ".join(short(iri) for iri in empty[:5])
        file, number = sources.where(empty[0])
        text = f"{len(empty)} classes can have no member, says HermiT: {named}{' …' if len(empty) > 5 else ''}"
        yield Problem("ERROR", "unsatisfiable-by-reasoner", text, file, number)


def _hermit() -> Path | None:
    """The archive that owlready2 carries; the module itself is not imported, and follows nothing."""
    spec = find_spec("owlready2")
    if spec is None or spec.origin is None:
        return None
    jar = Path(spec.origin).parent / "hermit" / "HermiT.jar"
    return jar if jar.is_file() else None


def _as_xml(sources: Sources) -> str:
    """The ontology alone, without imports, in the form that HermiT's parser reads."""
    import rdflib

    graph = rdflib.Graph()
    for source in sources.files:
        if source.name.startswith("ontology/"):
            graph.parse(data=source.path.read_text(encoding="utf-8"), format="turtle")
    graph.remove((None, rdflib.OWL.imports, None))
    return graph.serialize(format="xml")
