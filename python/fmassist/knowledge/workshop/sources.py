"""The files that knowledge is read from, with the line on which each subject begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from fmassist.errors import InputError
from fmassist.knowledge.limits import require_own_statements
from fmassist.knowledge.model import OWN, Parameter
from fmassist.knowledge.namespaces import FMX
from fmassist.knowledge.own_folder import own_files
from fmassist.knowledge.parameters import parameters_of
from fmassist.knowledge.source_lines import subject_lines
from fmassist.knowledge.triples import Triples
from fmassist.knowledge.turtle import UnreadableTurtle, read_turtle
from fmassist.resources import resource

FOLDERS = ("ontology", "rules", "ranges", "variants", "causes")


@dataclass(frozen=True)
class Source:
    """One Turtle file.

    Attributes:
        path: where it lies.
        name: folder and name, as messages give it.
        quads: what it says; empty where it is no Turtle.
        lines: subject's IRI to the first line on which it begins (from 1).
        error: what the parser says, and its line.
    """

    path: Path
    name: str
    quads: tuple[Quad, ...]
    lines: dict[str, int]
    error: tuple[str, int | None] | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is the user's, on top of what is shipped."""
        return self.name.endswith(OWN)


@dataclass(frozen=True)
class Sources:
    """All files of one version of the knowledge."""

    files: tuple[Source, ...]
    tables: tuple[Path, ...] = ()
    """Label maps (SSSOM)."""
    tests: tuple[Path, ...] = field(default=())

    @cached_property
    def stated(self) -> tuple[Quad, ...]:
        """What the files say together; an individual of the user's own replaces the shipped one whole."""
        return tuple(self._assemble())

    @cached_property
    def store(self) -> Store:
        """The same, to ask. Checks add to it what follows."""
        return self._assemble()

    def _assemble(self) -> Store:
        store = Store()
        for source in self.files:
            if source.is_own:
                for subject in {q.subject for q in source.quads if isinstance(q.subject, NamedNode)}:
                    if _is_individual(source, subject):
                        for quad in list(store.quads_for_pattern(subject, None, None)):
                            store.remove(quad)
            store.extend(source.quads)
        return store

    @cached_property
    def declared(self) -> frozenset[str]:
        """IRIs that some file says something about."""
        return frozenset(q.subject.value for s in self.files for q in s.quads if isinstance(q.subject, NamedNode))

    @property
    def own(self) -> list[str]:
        """Names of the user's own files."""
        return [source.name.removesuffix(OWN) for source in self.files if source.is_own]

    def where(self, iri: str) -> tuple[str, int | None]:
        """File and line of a subject; the last file that speaks of it as its own."""
        for source in reversed(self.files):
            if iri in source.lines:
                return source.name, source.lines[iri]
        return "", None

    def subjects(self, kind: str) -> Iterator[str]:
        """IRIs of that `rdf:type`, sorted."""
        rdf_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
        found = {
            q.subject.value
            for q in self.store.quads_for_pattern(None, rdf_type, NamedNode(kind))
            if isinstance(q.subject, NamedNode)
        }
        return iter(sorted(found))

    def texts(self, subject: str, predicate: str) -> list[str]:
        """Values of one property, as text, sorted."""
        values = self.store.quads_for_pattern(NamedNode(subject), NamedNode(predicate), None)
        return sorted(q.object.value for q in values if isinstance(q.object, (NamedNode, Literal)))

    def properties(self, subject: str) -> set[str]:
        """IRIs of the properties that are stated of a subject."""
        return {q.predicate.value for q in self.store.quads_for_pattern(NamedNode(subject), None, None)}

    def parameters(self, pattern: str) -> tuple[Parameter, ...]:
        """What a pattern asks of its rules."""
        return self._parameters.get(pattern, ())

    @cached_property
    def _parameters(self) -> dict[str, tuple[Parameter, ...]]:
        triples = Triples(self.store)
        return {iri: parameters_of(triples, iri) for iri in self.subjects(FMX + "Pattern")}

    def number(self, subject: str, predicate: str) -> float | None:
        """The value of a numeric property; None where there is none, or no number."""
        values = self.texts(subject, predicate)
        try:
            return float(values[0]) if values else None
        except ValueError:
            return None


def read_sources(root: Path | None = None, *, own: Path | None = None) -> Sources:
    """The shipped knowledge or that under `root` (a folder with the same sub-folders), and a user's own on top.

    Raises:
        InputError: a folder does not exist, or holds too much.
    """
    if root is None and own is not None and (own / "ontology").is_dir():
        root, own = own, None  # a whole version, in place of the shipped one
    base = resource("ontology").parent if root is None else root
    if not (base / "ontology").is_dir():
        raise InputError("the folder holds no knowledge", "give a folder with ontology, rules, ranges and so on in it")
    paths = [path for folder in FOLDERS if (base / folder).is_dir() for path in own_files(base / folder)]
    tables, tests = sorted((base / "label_maps").glob("*.sssom.tsv")), sorted((base / "rules" / "tests").glob("*.json"))
    if own is not None:
        if not own.is_dir():
            raise InputError("the knowledge folder does not exist", "give a folder of .ttl files with --knowledge")
        paths += own_files(own)
        tables += sorted(own.rglob("*.sssom.tsv"))
        tests += sorted(path for folder in own.rglob("tests") for path in folder.glob("*.json"))
    foreign, files = 0, []
    for path in paths:
        files.append(read_source(path, base, own))
        foreign += len(files[-1].quads) if root is not None or files[-1].is_own else 0
        require_own_statements(foreign)
    return Sources(tuple(files), tuple(tables), tuple(tests))


def read_source(path: Path, base: Path, own: Path | None = None) -> Source:
    """One file, parsed by itself."""
    root = base if path.is_relative_to(base) else own if own is not None and path.is_relative_to(own) else path.parent
    name = path.relative_to(root).as_posix() + ("" if root == base else OWN)
    try:
        quads, text = read_turtle(path)
    except UnreadableTurtle as error:
        return Source(path, name, (), {}, (str(error), error.line))
    return Source(path, name, quads, subject_lines(text))


def _is_individual(source: Source, subject: NamedNode) -> bool:
    kinds = {FMX + kind for kind in ("Rule", "Pattern", "ReferenceRange", "Variant", "Cause", "Facet")}
    return any(
        quad.subject == subject and isinstance(quad.object, NamedNode) and quad.object.value in kinds
        for quad in source.quads
    )
