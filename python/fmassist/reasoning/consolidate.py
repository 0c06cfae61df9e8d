"""Failed rules become findings: what says the same thing in two ways is said once."""

from __future__ import annotations

from collections import defaultdict

from fmassist.evidence.facts import Point
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import Finding, Measured
from fmassist.reasoning.judge import Judgement, excuses, identity, structures_of
from fmassist.reasoning.wording import bounds, expectation, sentence

PLACE, PIECES, JOINTS = "place", "piece", "joint"
"""Facets whose failures are told together: one misplaced organ fails many rules of place at once, scattered pieces fail
several, and where a whole run is numbered wrongly every rib of it disagrees with its vertebra."""


def consolidate(judgement: Judgement) -> list[tuple[Finding, frozenset[str]]]:
    """One finding for each thing that is wrong, with the identities of the failed ground rules behind it.

    - What rules of place say is gathered under the structure that most of them name, so that one misplaced organ is
      one finding and not one for each of its neighbours.
    - Pieces of one segment are one finding, led by the farthest.
    - Ribs that disagree with their vertebrae are one finding, led by the worst.
    - Every other failed ground rule is a finding of its own.
    """
    failed = [row for row in judgement.rows if row.outcome == "failed"]
    place = [row for row in failed if PLACE in row.pattern.facets]
    pieces: dict[str, list[Row]] = defaultdict(list)
    for row in failed:
        if PIECES in row.pattern.facets:
            pieces[row.segments[0]].append(row)
    joints = sorted(
        (r for r in failed if JOINTS in r.pattern.facets), key=lambda r: -abs(float(r.values.get("value", 0)))
    )
    groups = [[row] for row in failed if not row.pattern.facets & {PLACE, PIECES, JOINTS}]
    groups += [joints] if joints else []
    groups += [sorted(rows, key=lambda r: -r.pattern.precedence) for _, rows in sorted(pieces.items())]
    groups += _by_culprit(_without_inverses(place))
    return [(_finding(judgement, rows), frozenset(identity(r, judgement.anatomy) for r in rows)) for rows in groups]


def _without_inverses(rows: list[Row]) -> list[Row]:
    """'A below B' and 'B above A' is one fact; so is a gap seen from both sides."""
    seen: set[tuple[str, frozenset[str], int]] = set()
    kept = []
    for row in rows:
        value = row.values.get("value", 0.0)
        key = (row.rule.pattern, frozenset(row.segments), round(float(value)) if isinstance(value, float) else 0)
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def _by_culprit(rows: list[Row]) -> list[list[Row]]:
    """Smallest set of structures that all these rows can be put down to, greedily: most rows first."""
    left, groups = list(rows), []
    while left:
        weight: dict[str, float] = defaultdict(float)
        for row in left:
            for position, key in enumerate(row.segments):
                # A rule about one structure alone names its culprit; of two, the first is the rule's subject.
                weight[key] += 1.0 + (0.5 if len(row.segments) == 1 else 0.01 if position == 0 else 0.0)
        culprit = max(sorted(weight), key=lambda key: weight[key])
        mine = [row for row in left if culprit in row.segments]
        left = [row for row in left if culprit not in row.segments]
        mine.sort(key=lambda r: (not r.is_gross, r.segments[0] != culprit, r.rule.label))
        groups.append(mine)
    return groups


def _finding(judgement: Judgement, rows: list[Row]) -> Finding:
    anatomy, lead = judgement.anatomy, rows[0]
    labels = anatomy.knowledge.labels
    severity = min((r.rule.gross_severity if r.is_gross else r.rule.severity for r in rows), key=lambda s: s.rank)
    segments = list(dict.fromkeys(key for row in rows for key in row.segments))
    if len(rows) > 1 and PLACE in lead.pattern.facets:
        # Only the culprit is accused; the neighbours stand in the evidence.
        common = [key for key in segments if all(key in row.segments for row in rows)]
        segments = common[:1] or segments
    names = {facts.key: facts.name for facts in anatomy.evidence.segments}
    may = list(dict.fromkeys(iri for row in rows for iri in excuses(row, anatomy)))
    return Finding(
        id=identity(lead, anatomy),
        rule=lead.rule.iri,
        kind=lead.rule.kind,
        severity=severity,
        segments=tuple(names[key] for key in segments),
        message=_message(judgement, lead),
        evidence=tuple(_measured(judgement, row, labels) for row in rows[:8]),
        location_ras_mm=_location(judgement, lead, segments),
        sources=tuple(dict.fromkeys(source for row in rows for source in _sources(judgement, row))),
        excused_by=tuple(
            f"{v.label} ({v.prevalence})" if v.prevalence and not v.prevalence.startswith("no figure") else v.label
            for v in (anatomy.knowledge.variants[iri] for iri in may)
        ),
        rationale=lead.rule.rationale,
    )


def _sources(judgement: Judgement, row: Row) -> tuple[str, ...]:
    """Those of the reference range where there is one, which says more than the rule about all ranges."""
    known = judgement.anatomy.knowledge.ranges.get(str(row.values.get("range", "")))
    return known.basis if known is not None else row.rule.sources


def _message(judgement: Judgement, row: Row) -> str:
    anatomy = judgement.anatomy
    labels = {
        letter: anatomy.knowledge.labels.get(iri, iri)
        for letter, iri in zip("ab", structures_of(row, anatomy), strict=False)
    }
    if "structure" in row.values:
        labels["structure"] = anatomy.knowledge.labels.get(str(row.values["structure"]), "structure")
    return sentence(row.pattern.sentence, row.values, labels)


def _measured(judgement: Judgement, row: Row, labels: dict[str, str]) -> Measured:
    value = row.values.get("value", "")
    about = " and ".join(labels.get(iri, iri) for iri in structures_of(row, judgement.anatomy))
    quantity = f"{about}: {row.pattern.quantity}" if about else row.pattern.quantity
    shown = round(value, 3) if isinstance(value, float) else str(value)
    low, high = bounds(row)
    return Measured(quantity, shown, row.pattern.unit, low, high, expectation(row))


def _location(judgement: Judgement, row: Row, segments: list[str]) -> Point | None:
    at = [row.values.get(name) for name in ("atR", "atA", "atS")]
    if all(isinstance(value, float) for value in at):
        return tuple(round(float(v), 2) for v in at if v is not None)  # type: ignore[return-value]
    for key in segments:
        centroid = judgement.anatomy.evidence.segment(key).centroid_ras_mm
        if centroid is not None:
            return tuple(round(v, 2) for v in centroid)  # type: ignore[return-value]
    return None
