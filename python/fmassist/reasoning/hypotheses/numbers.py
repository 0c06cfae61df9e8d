"""Vertebrae and ribs counted wrongly: runs shifted, levels merged or left out, or one more or less than usual."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmassist.evidence.facts import ComponentFacts
from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Structure
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.anatomy import Known
from fmassist.reasoning.chains import Link, links
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.fragments import box_gap_mm
from fmassist.reasoning.hypotheses.scene import VARIANT, Hypothesis, Scene
from fmassist.reasoning.levels import organ_offset
from fmassist.reasoning.transform import renamed

VARIABLE_ENDS = {("spine", 19), ("spine", 20), ("spine", 24), ("spine", 25), ("ribs", 12)}
"""Where a person may have one link more or less: at T12 and L1, at L5 and the sacrum, at the last rib (source:
10.1007/s13244-016-0468-7)."""
CHAINS = frozenset({"chain"})
"""Facets of rules about numbered chains."""
MAX_BREAKS = 6
"""Places in a chain that runs are taken between, so that the number of trials stays bounded."""
MERGED = frozenset({"size", "spacing", "gap", "piece", "joint"})
"""What fails where one number stands for two levels: its middle lies between them, away from either's rib."""


def shifts(scene: Scene) -> Iterator[Hypothesis]:
    """Runs of a chain, between the places where it looks wrong, numbered by one or two too high or too low."""
    suspicious = {
        key
        for row in scene.about("chain")
        if row.pattern.facets & {"spacing", "gap", "order", "level"}
        for key in row.segments
    }
    off = {row.segments[0] for row in scene.about("joint")}
    levels_off = {row.segments[-1] for row in scene.about("joint")}
    for members in scene.anatomy.knowledge.chains.values():
        present = [scene.anatomy.by_structure[m.iri] for m in members if m.iri in scene.anatomy.by_structure]
        present = [p for p in present if p.structure.iri != ST + "sacrum"]
        keys = {p.facts.key for p in present}
        if not keys & (suspicious | off | levels_off):
            continue
        by_index = {m.chain_index: m for m in members}
        breaks = _breaks(scene, present)
        bounds = sorted({0, len(present), *breaks})
        for i, start in enumerate(bounds):
            for end in bounds[i + 1 :]:
                for step in (-1, 1, -2, 2):
                    hypothesis = _shift(scene, present[start:end], by_index, present, step)
                    if hypothesis is not None:
                        yield hypothesis


def _breaks(scene: Scene, present: list[Known]) -> list[int]:
    """Positions before which the chain looks broken: a rule fails, a number is left out, or ribs no longer fit."""
    rows = [row for row in scene.about("chain") if row.pattern.facets & {"spacing", "gap", "order"}]
    lower = {row.segments[-1] for row in rows if len(row.segments) == 2}
    numbers = [known.structure.chain_index or 0 for known in present]
    fits, before = _fits(scene), None
    broken = []
    for i, known in enumerate(present):
        now = fits.get(known.facts.key)
        turns = now is not None and before is not None and now != before
        before = before if now is None else now
        if known.facts.key in lower or (i and numbers[i] - numbers[i - 1] != 1) or turns:
            broken.append(i)
    return broken[:MAX_BREAKS]


def _fits(scene: Scene) -> dict[str, bool]:
    """By segment, whether all ribs that can be judged lie at their vertebrae."""
    found: dict[str, bool] = {}
    for row in scene.judged("joint"):
        for key in row.segments:
            found[key] = found.get(key, True) and row.outcome == "passed"
    return found


def _shift(scene: Scene, run: list[Known], by_index: dict, present: list[Known], step: int) -> Hypothesis | None:  # type: ignore[type-arg]
    taken = {p.structure.chain_index for p in present if p not in run}
    new = {}
    for known in run:
        index = (known.structure.chain_index or 0) + step
        target = by_index.get(index)
        if target is None or index in taken or target.iri == ST + "sacrum":
            return None
        new[known.facts.key] = target.iri
    if not new:
        return None
    labels = scene.anatomy.knowledge.labels
    first, last = run[0], run[-1]
    label = f"{first.structure.label} is really {labels[new[first.facts.key]]}"
    if len(run) > 1:
        really = f"{labels[new[first.facts.key]]} to {labels[new[last.facts.key]]}"
        label = f"{first.structure.label} to {last.structure.label} are really {really}"
    steps = tuple(RepairStep("relabel", key, iri) for key, iri in new.items())
    other = renamed(scene.anatomy, new)
    # Of two runs that explain as much, the shorter one and the smaller step is the simpler slip.
    doubt = 0.05 * len(run) + abs(step)
    if scene.about("spacing"):
        doubt += sum(_unevenness(link) for link in links(other) if _crosses(link, set(new)))
    offset = organ_offset(other) if scene.about("chain", "level") else None
    if offset is not None:
        # −ln of a normal distribution: what is left of the organs' offset speaks against this shift.
        doubt += (offset.levels / constants().numbers.organ_spread_levels) ** 2 / 2
    doubt -= _gain_on_body(scene, new)
    keys = tuple(new)
    return Hypothesis("run_shifted", label, keys, other, scene.context, steps=steps, extra_cost=doubt, screen=CHAINS)


def _gain_on_body(scene: Scene, new: dict[str, str]) -> float:
    """What the new numbers fit better on the typical body, laid over all the other labels."""
    lying = scene.registration
    meanings = scene.anatomy.meanings
    keys = [key for key, iri in new.items() if lying and iri in lying.body and meanings[key] in lying.body]
    if lying is None or not keys:
        return 0.0
    places = {key: place for place, key in enumerate(scene.placements.keys)}
    mine = scene.placements.rows([places[key] for key in keys])
    gain = lying.fit(mine, [new[key] for key in keys]) - lying.fit(mine, [meanings[key] for key in keys])
    return max(
        -constants().numbers.most_body,
        min(constants().numbers.most_body, constants().numbers.body_worth * float(gain.sum())),
    )


def _crosses(link: Link, run: set[str]) -> bool:
    """Whether a link joins the run to the rest of its chain."""
    return len({link.upper.facts.key, link.lower.facts.key} & run) == 1


def _unevenness(link: Link) -> float:
    """−ln of a log-normal distribution of a spacing over the expected one."""
    ratio = link.spacing_mm / link.expected_mm
    return (math.log(max(ratio, 1e-3)) / constants().numbers.spacing_spread) ** 2 / 2 if not link.uncertain else 0.0


def chains_otherwise(scene: Scene) -> Iterator[Hypothesis]:
    """Levels in part, two levels in one, and people with one level more or less than the numbers."""
    shrunk = [row for row in scene.about("lacking") if "cavity" not in row.pattern.facets]
    for key in sorted({smaller_of(row) for row in shrunk}):
        label = f"{scene.name(key)} is segmented only in part"
        # What is left of a structure may lie away from what the whole would touch.
        facets = frozenset({"lacking", "contact", "piece"})
        yield Hypothesis("incomplete", label, (key,), explains_facets=facets, leading=True)
    yield from _two_in_one(scene)
    yield from _count_variant(scene)


def _two_in_one(scene: Scene) -> Iterator[Hypothesis]:
    """Levels that are as large as two."""
    broken = {key for row in scene.about("chain") if row.pattern.facets & {"gap", "spacing"} for key in row.segments}
    for row in scene.judged("chain", "size"):
        ratio = row.values.get("value", 1.0)
        is_long = row.outcome == "failed" or (bool(row.segments) and row.segments[0] in broken)
        if isinstance(ratio, float) and ratio >= constants().numbers.long and is_long:
            label = f"{scene.name(row.segments[0])} holds two levels"
            yield Hypothesis("levels_merged", label, row.segments, explains_facets=MERGED)
    for row in scene.about("partner", "size"):
        larger = next((key for key in row.segments if key != smaller_of(row)), None)
        is_torn = any(larger in other.segments for other in scene.about("piece"))
        if larger is not None and is_torn and scene.is_counted(larger):
            label = f"{scene.name(larger)} holds two levels"
            yield Hypothesis("levels_merged", label, (larger,), explains_facets=MERGED)


def _count_variant(scene: Scene) -> Iterator[Hypothesis]:
    """Where one region of the spine passes into the next, a person may have one level more or less than the numbers."""
    open_ended = _no_rib_fits(scene) and not _shows_upper_chest(scene)
    rows = [
        row
        for row in scene.showing(("joint", "spacing", "contact"))
        if VARIANT + "vertebral_count" in row.rule.excused_by
        and (
            "joint" not in row.pattern.facets
            or scene.chain_place(row.segments[0])[1] >= constants().numbers.last_ribs
            or open_ended
        )
    ]
    # Whoever has another count below has the same numbers above: one rib that is wrong there speaks against it.
    above = [r for r in scene.about("joint") if scene.chain_place(r.segments[0])[1] < constants().numbers.last_ribs]
    if rows and (open_ended or not above):
        keys = tuple(dict.fromkeys(key for row in rows for key in row.segments))
        yield Hypothesis(
            "count_variant",
            "one vertebra or pair of ribs more or less than usual",
            keys,
            explains_facets=frozenset({"joint", "spacing", "contact"}),
            extra_cost=constants().numbers.open_ended_cost if open_ended else 0.0,
        )


def _shows_upper_chest(scene: Scene) -> bool:
    """Whether vertebrae from which numbers are counted down are in view: no variant moves them."""
    spine = [k.structure for k in scene.anatomy.known if k.structure.chain == "spine"]
    return any((structure.chain_index or 99) <= constants().numbers.upper_chest for structure in spine)


def smaller_of(row: Row) -> str:
    """The segment that a failure says is too small."""
    return str(row.values.get("small", row.segments[0]))


def _no_rib_fits(scene: Scene) -> bool:
    """Whether the ribs' numbers disagree with the vertebrae's on every side; on one alone the model erred."""
    sides: dict[str | None, list[bool]] = {}
    for row in scene.judged("joint"):
        side = scene.anatomy.knowledge.structures[scene.anatomy.meanings[row.segments[0]]].side
        sides.setdefault(side, []).append(row.outcome == "failed")
    return all(sum(failed) >= constants().numbers.no_rib_fits * len(failed) for failed in sides.values())


def merged(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of one link of a chain that lie where the next one is: two levels, or parts of two, under one number."""
    torn = {row.segments[0] for row in scene.about("piece")}
    for members in scene.anatomy.knowledge.chains.values():
        for place, member in enumerate(members):
            mine = scene.anatomy.by_structure.get(member.iri)
            if mine is None or mine.facts.key not in torn:
                continue
            for other in members[max(0, place - 1) : place + 2]:
                theirs = scene.anatomy.by_structure.get(other.iri)
                # The last rib is missed by no rule: it may be absent.
                is_last = other is members[-1] and (other.chain or "").startswith("ribs")
                if other is member:
                    continue
                if theirs is None and not is_last and not _is_missing(scene, mine.facts.key, other.iri):
                    continue
                pieces = [
                    i
                    for i, piece in enumerate(mine.facts.components)
                    if i and piece.volume_ml >= 0.3 and _belongs_to(piece, mine, theirs)
                    if box_gap_mm(piece.box_ras_mm, (theirs or mine).facts.components[0].box_ras_mm)
                    <= constants().numbers.a_level_mm
                ]
                if not pieces or (theirs is None and _is_too_little(scene, mine, other.iri, pieces)):
                    continue
                keys = (mine.facts.key, *((theirs.facts.key,) if theirs else ()))
                # Only where the other number is free does a piece that takes it bring no new contradiction.
                steps = () if theirs else tuple(RepairStep("relabel", mine.facts.key, other.iri, i) for i in pieces)
                touching = theirs is None or any(
                    _touches(mine.facts.components[i], theirs)
                    and _lacks(scene, theirs, mine.facts.components[i].volume_ml)
                    for i in pieces
                )
                yield Hypothesis(
                    "levels_merged",
                    f"{mine.structure.label} holds {'part of ' if theirs else ''}{other.label}",
                    keys,
                    # A number that is left out elsewhere has nothing to do with two that are both there.
                    explains_facets=MERGED - {"gap"} if theirs else MERGED,
                    steps=steps,
                    extra_cost=constants().numbers.touching_gain if touching else 0.0,
                    leading=True,
                )


def _is_too_little(scene: Scene, mine: Known, iri: str, pieces: list[int]) -> bool:
    """Whether pieces are too small to be a link that has no label, seen from its partner, or else from their own."""
    partner = scene.anatomy.by_structure.get(scene.anatomy.knowledge.structures[iri].partner or "")
    whole = mine.facts.components[0].volume_ml if partner is None else partner.facts.volume_ml
    return sum(mine.facts.components[i].volume_ml for i in pieces) < constants().numbers.least_of_level * whole


def _lacks(scene: Scene, theirs: Known, piece_ml: float) -> bool:
    """Whether a link is smaller than its partner, or its neighbours, by half of a piece or more, or can't be told."""
    volume = theirs.facts.volume_ml
    partner = scene.anatomy.by_structure.get(theirs.structure.partner or "")
    if partner is not None and not partner.is_cut:
        return partner.facts.volume_ml - volume >= piece_ml / 2
    for row in scene.judged("chain", "size"):
        if row.segments[:1] == (theirs.facts.key,) and "value" in row.values:
            return volume / max(float(row.values["value"]), 1e-6) - volume >= piece_ml / 2
    return True


def _touches(piece: ComponentFacts, other: Known) -> bool:
    return box_gap_mm(piece.box_ras_mm, other.facts.components[0].box_ras_mm) <= constants().numbers.touching_mm


def _is_missing(scene: Scene, key: str, iri: str) -> bool:
    """Whether a rule asks for a structure next to a segment."""
    wanted = scene.anatomy.knowledge.structures[iri]
    return any(key in row.segments and wanted in left_out(scene, row) for row in scene.about("gap"))


def left_out(scene: Scene, row: Row) -> list[Structure]:
    """The links of a chain whose numbers lie between those of a row's two segments."""
    one, other = (scene.anatomy.knowledge.structures[scene.anatomy.meanings[key]] for key in row.segments[:2])
    low, high = sorted((one.chain_index or 0, other.chain_index or 0))
    members = scene.anatomy.knowledge.chains.get(one.chain or "", [])
    return [m for m in members if low < (m.chain_index or 0) < high]


def _belongs_to(piece: ComponentFacts, mine: Known, theirs: Known | None) -> bool:
    """Whether a piece lies nearer to another link's main piece than to its own."""
    own = box_gap_mm(piece.box_ras_mm, mine.facts.components[0].box_ras_mm)
    if theirs is None:
        return True
    return box_gap_mm(piece.box_ras_mm, theirs.facts.components[0].box_ras_mm) < own or (
        abs(piece.centroid_ras_mm[2] - theirs.facts.components[0].centroid_ras_mm[2])
        < abs(piece.centroid_ras_mm[2] - mine.facts.components[0].centroid_ras_mm[2])
    )
