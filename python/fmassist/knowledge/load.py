"""Reads the knowledge from its files, and closes it under what follows.

Turtle alone is read, by a parser that fetches nothing: imports are not followed, entities don't exist in Turtle, and
`python_module` annotations are only text here.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pyoxigraph import NamedNode, Store

from fmassist.errors import InputError
from fmassist.knowledge.apart import CAN_COPY, Ended, Limits, in_a_copy
from fmassist.knowledge.closure import close
from fmassist.knowledge.constants import Stated, constants_from
from fmassist.knowledge.kept import keep_knowledge, read_knowledge
from fmassist.knowledge.limits import TAME_STATEMENTS, require_own_statements
from fmassist.knowledge.model import (
    OWN,
    CauseDefinition,
    Knowledge,
    Pattern,
    ReferenceRange,
    Rule,
    Structure,
    Variant,
)
from fmassist.knowledge.namespaces import DCTERMS, FMX, OWL, RDF, RDFS, ST, short
from fmassist.knowledge.own_folder import own_files
from fmassist.knowledge.parameters import parameters_of
from fmassist.knowledge.safety import query_danger
from fmassist.knowledge.triples import Triples
from fmassist.knowledge.turtle import UnreadableTurtle, read_turtle
from fmassist.resources import resource
from fmassist.terms import Kind, RuleStatus, Severity

FOLDERS = ("ontology", "rules", "ranges", "variants", "causes")
ONLY_FOR_SHIPPING = {
    *("rule-without-test", "rule-without-source", "range-without-source"),
    *("pattern-without-facet", "pattern-without-example", "pattern-parameter", "query-number"),
}
"""Checks that a rule must pass before it is shipped, and need not while somebody tries it."""

CHECKING = Limits(seconds=30.0)
"""Of one's own folder, before it is used; that of a whole version takes about 4 s."""


def load_knowledge(own: Path | None = None) -> Knowledge:
    """The shipped knowledge, and on top of it the user's own folder; or another version in place of the shipped one.

    A rule, range or variant in `own` that has the IRI of a shipped one replaces it whole.

    Args:
        own: folder of additional or overriding Turtle files, or None. A folder that holds `ontology` is a whole
            version, as `Resources` is: an old study is judged again under the version that judged it then.

    Raises:
        InputError: a file cannot be read or is no Turtle; the line says which file and where.
    """
    if own is None:
        return _shipped()
    if not own.is_dir():
        raise InputError("the knowledge folder does not exist", "give a folder of .ttl files with --knowledge")
    _require_sound(own)
    if _is_version(own):
        return load_knowledge_from(own)
    return _assemble([*_shipped_files(), *own_files(own)], overriding=own)


def load_knowledge_from(folder: Path | None) -> Knowledge:
    """As `load_knowledge`, without checking a whole version first: for those who compare two versions.

    Args:
        folder: None for the shipped version; a folder that holds `ontology` counts as a version of its own.

    Raises:
        InputError: a file cannot be read or is no Turtle.
    """
    if folder is None or not _is_version(folder):
        return load_knowledge(folder)
    return _assemble(_files_of(folder), overriding=None, is_shipped=False)


def _is_version(folder: Path) -> bool:
    return (folder / "ontology").is_dir()


def _require_sound(own: Path) -> None:
    """Refuse what `fmassist rules check` finds wrong in a user's own files, less what only shipping asks for.

    Raises:
        InputError: the first problem, with file and line.
    """
    import fmassist.knowledge.workshop.check  # noqa: F401 - once here, not in every copy

    if CAN_COPY:
        try:
            in_a_copy(lambda: _check_sound(own), CHECKING)
        except Ended as ended:
            raise InputError(
                f"the knowledge folder could not be checked, {ended}", "give the folder of the rules alone, or fewer"
            ) from None
        return
    _check_sound(own)


def _check_sound(own: Path) -> None:
    from fmassist.knowledge.workshop.check import check_sources
    from fmassist.knowledge.workshop.sources import read_sources

    whole = _is_version(own)
    sources = read_sources(own) if whole else read_sources(own=own)
    for problem in check_sources(sources, shapes=False):
        mine = whole or problem.file.endswith(OWN)
        if problem.level == "ERROR" and mine and problem.check not in ONLY_FOR_SHIPPING:
            where = _place(problem.file, problem.line, [source.name for source in sources.files])
            raise InputError(
                f"{where}: {_plain(problem.message)}", "fmassist rules check --knowledge DIR names the file"
            )


def _plain(message: str) -> str:
    """What a parser says without what it quotes, which may be anything; `fmassist rules check` says all of it."""
    return "this is not Turtle" if "Parser error" in message else message


def _place(file: str, line: int | None, files: list[str]) -> str:
    """Where in somebody's own folder, without the names in it, which may hold a patient's."""
    own = [name for name in files if name.endswith(OWN)] or files
    number = own.index(file) + 1 if file in own else 0
    which = f"file {number} of {len(own)} of the knowledge folder" if number else "the knowledge folder"
    return f"{which}, line {line}" if line else which


@lru_cache(maxsize=1)
def _shipped() -> Knowledge:
    files = _shipped_files()
    kept = read_knowledge(_digest(files))
    if kept is not None:
        return kept
    made = _assemble(files, overriding=None)
    keep_knowledge(made)
    return made


def _shipped_files() -> list[Path]:
    return _files_of(resource("ontology").parent)


def _files_of(version: Path) -> list[Path]:
    return [path for name in FOLDERS if (version / name).is_dir() for path in own_files(version / name)]


def _assemble(files: list[Path], *, overriding: Path | None, is_shipped: bool = True) -> Knowledge:
    store = Store()
    foreign = 0
    for path in files:
        is_own = overriding is not None and path.is_relative_to(overriding)
        layer = _parse(path)
        foreign += len(layer) if is_own or not is_shipped else 0
        require_own_statements(foreign)
        if is_own:
            for subject in {quad.subject for quad in layer if isinstance(quad.subject, NamedNode)}:
                if _is_individual(layer, subject):
                    for quad in list(store.quads_for_pattern(subject, None, None)):
                        store.remove(quad)
        store.extend(iter(layer))
    close(store)
    triples = Triples(store)
    structures = {
        iri: _structure(triples, iri) for iri in triples.subjects(RDF + "type", OWL + "Class") if iri.startswith(ST)
    }
    stated = tuple(_constant(triples, iri) for iri in sorted(triples.subjects(RDF + "type", FMX + "Constant")))
    return Knowledge(
        store=store,
        version=_version(triples, files, is_shipped=is_shipped),
        structures=structures,
        patterns={iri: _pattern(triples, iri) for iri in triples.subjects(RDF + "type", FMX + "Pattern")},
        rules={iri: _rule(triples, iri) for iri in triples.subjects(RDF + "type", FMX + "Rule")},
        variants={iri: _variant(triples, iri) for iri in triples.subjects(RDF + "type", FMX + "Variant")},
        causes={iri: _cause(triples, iri) for iri in triples.subjects(RDF + "type", FMX + "Cause")},
        ranges={iri: _range(triples, iri) for iri in triples.subjects(RDF + "type", FMX + "ReferenceRange")},
        stated_constants=stated,
        constants=constants_from(
            {one.key: one.value for one in stated}, None if is_shipped and overriding is None else _shipped().constants
        ),
        labels={
            iri: triples.text_of(iri, RDFS + "label") or short(iri)
            for iri in triples.subjects(RDF + "type", OWL + "Class")
        },
        runs_here=_runs_here(foreign, files, is_shipped=is_shipped and overriding is None),
        digest=_digest(files),
        own_digest=_digest([path for path in files if overriding and path.is_relative_to(overriding)]),
        files=tuple(path.name + (OWN if overriding and path.is_relative_to(overriding) else "") for path in files),
    )


def _version(triples: Triples, files: list[Path], *, is_shipped: bool) -> str:
    """As the ontology states it; a changed one that calls itself the shipped version is not believed."""
    stated = short(triples.text_of(FMX.rstrip("#"), OWL + "versionIRI") or "unversioned")
    if is_shipped or stated != _shipped().version or _digest(files) == _shipped().digest:
        return stated
    return f"{stated}, changed (sha256 {_digest(files)[:8]}…)"


def _runs_here(foreign: int, files: list[Path], *, is_shipped: bool) -> frozenset[str] | None:
    """The queries that need no process of their own: all of what is shipped; those of it that little was put beside."""
    if is_shipped or _digest(files) == _shipped().digest:
        return None
    return frozenset(p.query for p in _shipped().patterns.values()) if foreign <= TAME_STATEMENTS else frozenset()


def _digest(files: list[Path]) -> str:
    """Hash over these files, to tell two states of the knowledge apart; empty where there are none."""
    return sha256(b"\0".join(sha256(path.read_bytes()).digest() for path in files)).hexdigest() if files else ""


def _parse(path: Path) -> Store:
    try:
        quads, _ = read_turtle(path)
    except UnreadableTurtle as error:
        where = f" line {error.line}" if error.line else ""
        raise InputError(f"a file of the knowledge{where} is refused", _plain(str(error))) from None
    layer = Store()
    layer.extend(quads)
    return layer


def _is_individual(layer: Store, subject: NamedNode) -> bool:
    kinds = {FMX + "Rule", FMX + "Pattern", FMX + "ReferenceRange", FMX + "Variant", FMX + "Cause", FMX + "Facet"}
    kinds.add(FMX + "Constant")
    types = layer.quads_for_pattern(subject, NamedNode(RDF + "type"), None)
    return any(isinstance(quad.object, NamedNode) and quad.object.value in kinds for quad in types)


def _structure(triples: Triples, iri: str) -> Structure:
    snomed = triples.text_of(iri, FMX + "snomedType")
    colour = triples.text_of(iri, FMX + "colorRGB")
    index = triples.number_of(iri, FMX + "chainIndex")
    red_green_blue = tuple(int(part) for part in colour.split(",")) if colour else None
    return Structure(
        iri=iri,
        label=triples.text_of(iri, RDFS + "label") or short(iri),
        side=triples.text_of(iri, FMX + "side"),
        partner=triples.text_of(iri, FMX + "partner"),
        midline=triples.flag(iri, FMX + "midline"),
        chain=triples.text_of(iri, FMX + "chain"),
        chain_index=None if index is None else int(index),
        one_piece=triples.flag(iri, FMX + "onePiece"),
        intermittent=triples.flag(iri, FMX + "intermittent"),
        sex=triples.text_of(iri, FMX + "sex"),
        body_regions=triples.texts(iri, FMX + "bodyRegion"),
        level_top=triples.number_of(iri, FMX + "levelTop"),
        level_bottom=triples.number_of(iri, FMX + "levelBottom"),
        groups=frozenset(triples.texts(iri, FMX + "isA")),
        part_of=frozenset(triples.texts(iri, FMX + "partOf")),
        snomed_type=(snomed, triples.text_of(iri, FMX + "snomedMeaning") or "") if snomed else None,
        color_rgb=red_green_blue if red_green_blue and len(red_green_blue) == 3 else None,
    )


def _pattern(triples: Triples, iri: str) -> Pattern:
    query = triples.text_of(iri, FMX + "query") or ""
    danger = query_danger(query)
    if danger is not None:
        raise InputError(f"the pattern {short(iri)} is refused: {danger}")
    return Pattern(
        iri=iri,
        label=triples.text_of(iri, RDFS + "label") or short(iri),
        query=query,
        sentence=triples.text_of(iri, FMX + "sentence") or "",
        quantity=triples.text_of(iri, FMX + "quantity") or "",
        unit=triples.text_of(iri, FMX + "unit") or "",
        expectation=triples.text_of(iri, FMX + "expectation") or "",
        definition=triples.text_of(iri, RDFS + "comment") or "",
        counterfactual=triples.text_of(iri, FMX + "counterfactual") or "",
        facets=frozenset(short(facet) for facet in triples.texts(iri, FMX + "facet")),
        view=triples.text_of(iri, FMX + "view") or "axial",
        precedence=int(triples.number_of(iri, FMX + "precedence") or 0),
        parameters=parameters_of(triples, iri),
        speaks_of=triples.text_of(iri, FMX + "speaksOf") or "one",
        needs=triples.texts(iri, FMX + "needs"),
        examples=tuple((kind, text) for kind in ("fires", "silent") for text in triples.texts(iri, FMX + kind)),
    )


def _rule(triples: Triples, iri: str) -> Rule:
    severity = _word(Severity, triples.text_of(iri, FMX + "severity") or Severity.REVIEW, iri)
    return Rule(
        iri=iri,
        label=triples.text_of(iri, RDFS + "label") or short(iri),
        pattern=triples.text_of(iri, FMX + "pattern") or "",
        kind=_word(Kind, triples.text_of(iri, FMX + "kind") or Kind.IMPLAUSIBLE, iri),
        severity=severity,
        gross_severity=_word(Severity, triples.text_of(iri, FMX + "grossSeverity") or severity, iri),
        relation=triples.text_of(iri, FMX + "relation"),
        modality=triples.text_of(iri, FMX + "modality"),
        adults_only=triples.flag(iri, FMX + "adultsOnly"),
        excused_by=triples.texts(iri, FMX + "excusedBy"),
        rationale=triples.text_of(iri, RDFS + "comment") or "",
        sources=triples.texts(iri, DCTERMS + "source"),
        status=_word(RuleStatus, triples.text_of(iri, FMX + "status") or RuleStatus.CURRENT, iri),
        binds=triples.texts(iri, FMX + "binds"),
    )


_Word = TypeVar("_Word", bound=Enum)


def _word(words: type[_Word], text: str, iri: str) -> _Word:
    try:
        return words(text)
    except ValueError:
        allowed = ", ".join(str(word.value) for word in words)
        raise InputError(f"{short(iri)} says a word that is not known", f"there are {allowed}") from None


def _range(triples: Triples, iri: str) -> ReferenceRange:
    return ReferenceRange(
        iri=iri,
        population=triples.text_of(iri, FMX + "population") or "",
        sex=triples.text_of(iri, FMX + "sex"),
        sources=triples.texts(iri, DCTERMS + "source"),
        estimated=triples.text_of(iri, FMX + "estimated") or "",
    )


def _constant(triples: Triples, iri: str) -> Stated:
    value = triples.number_of(iri, FMX + "value")
    if value is None:
        raise InputError(f"the constant {short(iri)} has no number", "say fmx:value")
    return Stated(
        key=short(iri),
        value=value,
        unit=triples.text_of(iri, FMX + "unit") or "",
        meaning=triples.text_of(iri, RDFS + "comment") or "",
        sources=triples.texts(iri, DCTERMS + "source"),
        estimated=triples.text_of(iri, FMX + "estimated") or "",
        tuned_on=triples.text_of(iri, FMX + "tunedOn") or "",
    )


def _variant(triples: Triples, iri: str) -> Variant:
    return Variant(
        iri=iri,
        label=triples.text_of(iri, RDFS + "label") or short(iri),
        prevalence=triples.text_of(iri, FMX + "prevalence") or "",
        affects=triples.texts(iri, FMX + "affects"),
        sources=triples.texts(iri, DCTERMS + "source"),
    )


def _cause(triples: Triples, iri: str) -> CauseDefinition:
    return CauseDefinition(
        iri=iri,
        label=triples.text_of(iri, RDFS + "label") or short(iri),
        prior=triples.number_of(iri, FMX + "prior") or 0.01,
        sources=triples.texts(iri, DCTERMS + "source"),
        about=triples.text_of(iri, FMX + "about") or "",
        explains=frozenset(short(facet) for facet in triples.texts(iri, FMX + "explains")),
        explains_not=frozenset(short(facet) for facet in triples.texts(iri, FMX + "explainsNot")),
        explains_all=triples.flag(iri, FMX + "explainsAll"),
        sentence=triples.text_of(iri, FMX + "sentence") or "",
        tested_by=triples.text_of(iri, FMX + "testedBy") or "",
        is_error=not triples.flag(iri, FMX + "noError"),
        open_to_repair=triples.flag(iri, FMX + "openToRepair"),
    )
