"""The knowledge as Python sees it. Everything here was read from `Resources/`; nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from fmassist.knowledge.constant_groups import Constants
from fmassist.knowledge.constants import Stated
from fmassist.knowledge.namespaces import ST, short
from fmassist.terms import Kind, RuleStatus, Severity

if TYPE_CHECKING:
    from pyoxigraph import Store

    from fmassist.knowledge.dictionary import Dictionary

OWN = " (own)"
"""Ends the name of a file of the user's own."""


@dataclass(frozen=True)
class Structure:
    """One anatomical structure.

    Args:
        iri: its class in the ontology.
        label: as a doctor says it.
        side: `"left"`, `"right"` or None.
        partner: IRI of its mirrored partner.
        chain: name of the ordered chain it belongs to, and `chain_index` its place there, from the top down.
        level_top: upper end in vertebral levels (C1 = 1 … L5 = 24), `level_bottom` the lower one.
        groups: IRIs of every class above it.
        part_of: IRIs of every whole it is part of.
        snomed_type: SNOMED CT code and meaning of the structure without its side.
    """

    iri: str
    label: str
    side: str | None = None
    partner: str | None = None
    midline: bool = False
    chain: str | None = None
    chain_index: int | None = None
    one_piece: bool = False
    intermittent: bool = False
    sex: str | None = None
    body_regions: tuple[str, ...] = ()
    level_top: float | None = None
    level_bottom: float | None = None
    groups: frozenset[str] = frozenset()
    part_of: frozenset[str] = frozenset()
    snomed_type: tuple[str, str] | None = None
    color_rgb: tuple[int, int, int] | None = None

    @property
    def key(self) -> str:
        """Its short name, such as `kidney_left`."""
        return self.iri.removeprefix(ST)


@dataclass(frozen=True)
class Parameter:
    """What a pattern asks of each of its rules.

    Args:
        iri: the property that a rule states it with, such as `fmx:limit`.
        unit: of its number; empty for a count, or where it is no number.
        is_number: whether it is a decimal number; else it is an IRI or a text.
        is_required: whether a rule without it can't be checked.
    """

    iri: str
    unit: str = ""
    definition: str = ""
    is_number: bool = True
    is_required: bool = True

    @property
    def name(self) -> str:
        """Its short name, such as `limit`."""
        return short(self.iri)


@dataclass(frozen=True)
class Pattern:
    """A form of rule: a query that finds every instance and its outcome, and the sentence that tells a failure.

    The query answers one row for each ground instance. `?rule` and `?a` are always bound, `?b` where the rule is
    about two segments. `?failed` says the outcome, unless `?notApplicable` gives the reason why there is none.
    Any other variable may stand in the sentence, in braces.
    """

    iri: str
    label: str
    query: str
    sentence: str
    quantity: str
    unit: str
    expectation: str = ""
    """What was expected, with the same braces as the sentence."""
    definition: str = ""
    counterfactual: str = ""
    """What would have to be otherwise for the rule to hold, with the same braces; empty where the bounds say it."""
    facets: frozenset[str] = frozenset()
    """Short names of what goes wrong where a rule of it fails (`Resources/rules/facets.ttl`)."""
    view: str = "axial"
    """In which a failure is looked at first: `"axial"`, `"coronal"` or `"sagittal"`."""
    precedence: int = 0
    """Of several failures told as one, the pattern with the highest is told."""
    parameters: tuple[Parameter, ...] = ()
    """What each of its rules has to state, and may."""
    speaks_of: str = "one"
    """What a ground rule is about: `one` structure, it and its `partner`, a link and the `next` of its chain, two that
    the rule's `relation` joins, or the whole `study`."""
    needs: tuple[str, ...] = ()
    """IRIs of what must be said of a structure for it to speak of it."""
    examples: tuple[tuple[str, str], ...] = ()
    """Studies on paper, in JSON: (`fires` or `silent`, the study)."""


@dataclass(frozen=True)
class Rule:
    """One rule: a pattern bound to structures, with everything a reader needs to trust or to change it."""

    iri: str
    label: str
    pattern: str
    kind: Kind
    severity: Severity
    gross_severity: Severity
    relation: str | None = None
    """IRI of the relation between structures that it checks, where its pattern checks one."""
    modality: str | None = None
    adults_only: bool = False
    excused_by: tuple[str, ...] = ()
    rationale: str = ""
    sources: tuple[str, ...] = ()
    status: RuleStatus = RuleStatus.CURRENT
    binds: tuple[str, ...] = ()
    """IRIs of the structures that it speaks about."""


@dataclass(frozen=True)
class ReferenceRange:
    """What is usual of one quantity; the numbers themselves stay in the store, where the queries read them."""

    iri: str
    population: str = ""
    sex: str | None = None
    """The sex in which it holds, `"female"` or `"male"`; None where it holds in both."""
    sources: tuple[str, ...] = ()
    estimated: str = ""
    """How it was estimated, where it was."""

    @property
    def basis(self) -> tuple[str, ...]:
        """Its sources, and that it is an estimate where it is one."""
        return (*self.sources, *((f"estimate: {self.estimated}",) if self.estimated else ()))


@dataclass(frozen=True)
class Variant:
    """A normal variant or a history that explains what would else be an error."""

    iri: str
    label: str
    prevalence: str = ""
    affects: tuple[str, ...] = ()
    """IRIs of the classes concerned; empty means any."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class CauseDefinition:
    """A kind of cause, with its prior, and what it explains.

    Args:
        about: `study`, `pair`, `segment`, `structure` (one that is not there) or `chain`.
        explains: facets of failure that it explains without a test; `explains_all` for any.
        explains_not: facets that speak against it.
        sentence: how it is said of `{a}` and `{b}`; empty for the label.
        tested_by: what makes and tests hypotheses of it; empty where what stands here is enough to make them.
        is_error: whether the segmentation is wrong under it.
        open_to_repair: whether a repair is still offered beside it.
    """

    iri: str
    label: str
    prior: float
    sources: tuple[str, ...] = ()
    about: str = ""
    explains: frozenset[str] = frozenset()
    explains_not: frozenset[str] = frozenset()
    explains_all: bool = False
    sentence: str = ""
    tested_by: str = ""
    is_error: bool = True
    open_to_repair: bool = False


@dataclass(frozen=True)
class Knowledge:
    """All of it, with the store that it was read into."""

    store: Store = field(repr=False)
    version: str
    structures: dict[str, Structure] = field(repr=False)
    patterns: dict[str, Pattern] = field(repr=False)
    rules: dict[str, Rule] = field(repr=False)
    variants: dict[str, Variant] = field(repr=False)
    causes: dict[str, CauseDefinition] = field(repr=False)
    ranges: dict[str, ReferenceRange] = field(repr=False)
    labels: dict[str, str] = field(repr=False)
    """English label of every class."""
    constants: Constants = field(repr=False)
    """The numbers that reasoning takes for granted."""
    stated_constants: tuple[Stated, ...] = field(default=(), repr=False)
    """The same as the data says them, with units and sources."""
    files: tuple[str, ...] = ()
    """Names of the files it was read from, the user's own marked."""
    own_digest: str = ""
    """SHA-256 of the user's own files, to tell two states of them apart; empty where there are none."""
    digest: str = ""
    """SHA-256 of all files, so that a result can say exactly what it was judged by."""
    runs_here: frozenset[str] | None = None
    """The queries that may run in this process; None for all (see `fmassist.knowledge.limits`)."""

    @property
    def stated_version(self) -> str:
        """The version, and that the user's own files lie on top of it, as every report states it.

        Names of files are left out: they may hold a patient's.
        """
        own = sum(name.endswith(OWN) for name in self.files)
        if own:
            return f"{self.version} with {own} own file{'s' * (own > 1)} (sha256 {self.own_digest[:8]}…)"
        return self.version

    @cached_property
    def chains(self) -> dict[str, list[Structure]]:
        """Ordered chains: name to structures, from the top down."""
        found: dict[str, list[Structure]] = {}
        for structure in self.structures.values():
            if structure.chain is not None and structure.chain_index is not None:
                found.setdefault(structure.chain, []).append(structure)
        for members in found.values():
            members.sort(key=lambda s: s.chain_index or 0)
        return found

    @cached_property
    def related(self) -> dict[str, frozenset[str]]:
        """By structure, every other one that some relation of the ontology joins it to."""
        found: dict[str, set[str]] = {}
        for quad in self.store:
            one, other = getattr(quad.subject, "value", ""), getattr(quad.object, "value", "")
            if one in self.structures and other in self.structures and one != other:
                found.setdefault(one, set()).add(other)
        return {iri: frozenset(others) for iri, others in found.items()}

    @cached_property
    def dictionary(self) -> Dictionary:
        """Names and codes of the structures, to be looked up by."""
        from fmassist.knowledge.dictionary import Dictionary

        return Dictionary(self)

    def structure(self, key: str) -> Structure:
        """The structure of that short name (KeyError when there is none)."""
        return self.structures[ST + key]

    def variant(self, term: str) -> Variant | None:
        """The variant or history of that short name, label or other name; case, hyphens and spaces don't matter."""
        iri = self._variant_names.get(_plain(term))
        return self.variants[iri] if iri is not None else None

    def nearest_variants(self, term: str, count: int = 3) -> list[str]:
        """Short names of the variants that are called most like `term`."""
        from difflib import get_close_matches

        near = get_close_matches(_plain(term), list(self._variant_names), 2 * count, 0.5)
        keys = [self._variant_names[name].rsplit("/", 1)[-1] for name in near]
        return list(dict.fromkeys(keys))[:count]

    @cached_property
    def _variant_names(self) -> dict[str, str]:
        from pyoxigraph import NamedNode

        other = NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
        found: dict[str, str] = {}
        for iri, variant in self.variants.items():
            said = [quad.object.value for quad in self.store.quads_for_pattern(NamedNode(iri), other, None)]  # type: ignore[union-attr]
            for name in (iri.rsplit("/", 1)[-1], variant.label, *said):
                found.setdefault(_plain(name), iri)
        return found


def _plain(term: str) -> str:
    return " ".join(term.lower().replace("_", " ").replace("-", " ").split())
