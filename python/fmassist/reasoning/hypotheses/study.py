"""Causes of the whole study beside its orientation and size: values, labels or meanings that don't belong to it."""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.fragments import stray_pieces
from fmassist.reasoning.hypotheses.scene import EVERYTHING, Hypothesis, Scene

COHERENT = 0.08
"""Labels fit each other where fewer of the rules between them fail (estimate: one misplaced organ among ten fails a
tenth of the rules about it and its neighbours)."""
FITS_BODY = -6.0
"""Nats per label: labels that fit the typical body better than this, in any reading of the grid, are no permuted ones
(estimate: of 63 people's labels as published the worst has −5.2, read with another map −8.6)."""
MAP_WORTH = 0.1
MOST_MAP_WORTH = 6.0
"""Of what all labels together fit worse than that counts, and at most, in nats (estimates: they err together)."""
OFF_IMAGE = 0.1
"""Share of the rules about image and labels that fails where the two do not lie on each other (estimate: single wrong
outlines in a bad output fail a twentieth of them)."""
OFF_EDGES = 0.4
"""Share of the outlines that do not follow the image's borders where all of them are moved (estimate: a model that
draws badly fails at a fifth of them)."""
FITS = 0.2
"""Share of the image's variance that labels explain where they lie on it (estimate: the good shared studies and
complete synthetic ones have 0.2 to 0.4, moved or turned ones 0.05 to 0.14)."""
ELSEWHERE = 0.95
"""Of what labels explain where they lie: as much as this 12 mm away, and they lie beside what they outline (estimate:
for all shared outputs, good and bad, and for good synthetic studies it is 0.4 to 0.82, and for labels moved by 12 mm or
more 0.96 to 2.9)."""
SURELY_ELSEWHERE = 1.05
"""The same, where nothing else need be wrong (of 20 people's labels as published none of which `TELLS` holds is above
0.82; moved by 12 mm or more, nine of ten are from 1.3 to 2)."""
TELLS = 0.03
"""Share of the variance that labels have to explain before it tells where they lie (estimate: of a few vertebral bodies
in a wide image it is 0.001 to 0.02, and no guide)."""
SEVERAL = 3
"""Structures that have to be concerned before one cause of the whole study is considered for them (estimate)."""
A_QUARTER = 0.25
"""Of all structures has to be misplaced before the whole label map is doubted (estimate: fewer are single errors)."""
SHIFTED_HU = 400.0
"""Beyond this many HU from its tissue's range the median of an organ is no contrast medium (estimate)."""
MOST_TISSUES = 0.4
"""Share of the tissues that are off the same way where the image's values are in another unit (estimate: gas, fat and
bone have wide ranges, in which a shift stays unseen)."""
TORN = 0.4
"""Share of labels in pieces that no model leaves (estimate: 6 of 41 structures of a good output have several)."""
MANY_PIECES = 5
"""Pieces from which a label counts as torn (estimate: a good output has 3 at most)."""
STRAY_WORTH = 6.0
"""Nats that so many torn labels at once speak for one cause (estimate)."""


def whole_study(scene: Scene) -> Iterator[Hypothesis]:
    """Intensities, labels or their meanings that do not belong to this image."""
    units = list(_wrong_intensity(scene))
    yield from units
    yield from _scattered(scene)
    off = _labels_off(scene)
    if off is not None and not any(h.extra_cost < 0 for h in units):
        yield off
    yield from _wrong_map(scene)


def _wrong_map(scene: Scene) -> Iterator[Hypothesis]:
    """Meanings that fit no reading of the grid: most labels lie where, and are as large as, others."""
    misplaced = {key for row in scene.showing(("between", "place", "misplaced")) for key in row.segments}
    several = len(misplaced) >= max(SEVERAL, A_QUARTER * len(scene.anatomy.known))
    fit, lying = scene.best_fit, scene.registration
    worth = 0.0
    if fit is not None and lying is not None:
        if fit > FITS_BODY:
            return
        worth = min((FITS_BODY - fit) * len(lying.fits) * MAP_WORTH, MOST_MAP_WORTH)
    if (several and len(scene.about("between")) >= SEVERAL) or (several and worth):
        yield Hypothesis(
            "wrong_label_map",
            "the labels were read with the wrong label map",
            (),
            explains_facets=EVERYTHING,
            is_global=True,
            extra_cost=-worth,
        )


def _wrong_intensity(scene: Scene) -> Iterator[Hypothesis]:
    """Values of another unit: said by the image itself, or by organs that all are off by as much, the same way."""
    tissue = scene.about("tissue")
    judged = scene.judged("tissue", "misplaced")
    by_units = scene.about("units")
    offsets = [_offset(row.values) for row in tissue if "misplaced" in row.pattern.facets]
    same_way = len(offsets) >= SEVERAL and abs(sum(1 if o > 0 else -1 for o in offsets)) >= 0.8 * len(offsets)
    far = sorted(abs(offset) for offset in offsets)
    all_off = same_way and len(offsets) >= MOST_TISSUES * len(judged) and far[len(far) // 2] >= SHIFTED_HU / 2
    if by_units or all_off:
        yield Hypothesis(
            "wrong_intensity",
            "the image is not in Hounsfield units, or of another modality",
            (),
            explains_facets=scene.declared("wrong_intensity"),
            is_global=True,
            extra_cost=-STRAY_WORTH if all_off else 0.0,
        )


def _offset(values: object) -> float:
    """How far a median lies outside its range."""
    found = dict(values)  # type: ignore[call-overload]
    value, low, high = (float(found.get(name, 0.0)) for name in ("value", "low", "high"))
    return value - high if value > high else value - low


def _scattered(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of many labels all over the study: noise, numbers between two labels, or patches joined wrongly."""
    known = scene.anatomy.known
    torn = [k for k in known if len(stray_pieces(k.facts)) >= MANY_PIECES]
    if len(torn) < max(SEVERAL, TORN * len(known)):
        yield from _in_pieces(scene)
        return
    spread = [k for k in torn if k.facts.main_component_share < 0.9]
    if len(spread) >= len(torn) / 2:
        label = "labels were interpolated or mixed up: pieces of most of them lie all over the study"
        yield Hypothesis(
            "invented", label, (), explains_facets=EVERYTHING, is_global=True, extra_cost=-STRAY_WORTH, leading=True
        )
        return
    steps = tuple(
        RepairStep("drop", k.facts.key, None, i)
        for k in torn
        for i, piece in stray_pieces(k.facts)
        if piece.volume_ml < 0.02 * k.facts.volume_ml
    )
    yield Hypothesis(
        "stray_fragment",
        "specks of most labels lie all over the study, as noise",
        (),
        explains_facets=EVERYTHING,
        is_global=True,
        steps=steps if len(steps) <= MOST_STEPS else (),
        extra_cost=-STRAY_WORTH,
    )


def _in_pieces(scene: Scene) -> Iterator[Hypothesis]:
    """Many labels in a few large pieces: windows of the image that were put together at the wrong places."""
    apart = {row.segments[0] for row in scene.showing(("piece", "crossing"))}
    if len(apart) >= max(SEVERAL + 1, PIECEMEAL * len(scene.anatomy.known)):
        yield Hypothesis(
            "stray_fragment",
            "pieces of many labels lie apart: parts of the output were joined at the wrong places",
            (),
            explains_facets=frozenset({"piece", "crossing", "beyond", "lacking"}),
            is_global=True,
        )


PIECEMEAL = 0.2
"""Share of labels in pieces from which one cause is looked for (estimate: 6 of 41 structures of a good output)."""
MOST_STEPS = 200
"""A repair with more edits is none that a person can follow (estimate)."""


def _labels_off(scene: Scene) -> Hypothesis | None:
    """Labels that fit each other, and not the image."""
    if scene.share_failed("between") >= COHERENT:
        return None
    rows = [row for row in scene.judged("image") if not row.pattern.facets & {"edge", "beyond"}]
    share = sum(row.outcome == "failed" for row in rows) / len(rows) if rows else 0.0
    odd = {row.segments[0] for row in rows if row.outcome == "failed"}
    edges = {row.segments[0] for row in scene.about("edge")}
    moved = len(edges) > SEVERAL and scene.share_failed("edge") >= OFF_EDGES
    fits = scene.anatomy.evidence.scan.label_fit.get("as stored", 0.0) >= FITS
    off = len(odd) >= SEVERAL and share >= OFF_IMAGE
    way, better = _elsewhere(scene)
    concerned = {row.segments[0] for row in scene.about("image")}
    beside = better >= SURELY_ELSEWHERE or (better >= ELSEWHERE and len(concerned) >= SEVERAL and share >= OFF_IMAGE)
    if not (moved or beside or (off and not fits)):
        return None
    label = "labels and image do not lie on each other"
    label += f" (moved 12 mm {way}, they would fit better)" if better > 1 else ""
    return Hypothesis(
        "labels_off_image",
        label,
        (),
        explains_facets=scene.declared("labels_off_image"),
        is_global=True,
        extra_cost=-STRAY_WORTH if better >= SURELY_ELSEWHERE else 0.0,
    )


def _elsewhere(scene: Scene) -> tuple[str, float]:
    """Where labels moved by 12 mm explain most of the image, and how many times what they explain as stored."""
    fit = dict(scene.anatomy.evidence.scan.label_fit_moved)
    stored = fit.pop("as stored", 0.0)
    best = max(sorted(fit), key=lambda way: fit[way], default="")
    if not best or stored < TELLS:
        return "", 0.0
    way = {"superior": "up", "inferior": "down", "anterior": "forwards", "posterior": "backwards"}.get(best)
    return way or f"to the {best}", fit[best] / stored
