"""Causes of the whole study beside its orientation and size: values, labels or meanings that don't belong to it."""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.knowledge.constants import constants
from fmassist.reasoning.findings import RepairStep
from fmassist.reasoning.fragments import stray_pieces
from fmassist.reasoning.hypotheses.scene import EVERYTHING, Hypothesis, Scene


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
    given = constants().whole_study
    misplaced = {key for row in scene.showing(("between", "place", "misplaced")) for key in row.segments}
    several = len(misplaced) >= max(given.several, given.a_quarter * len(scene.anatomy.known))
    fit, lying = scene.best_fit, scene.registration
    worth = 0.0
    if fit is not None and lying is not None:
        if fit > given.fits_body:
            return
        worth = min(
            (given.fits_body - fit) * len(lying.fits) * given.map_worth,
            given.most_map_worth,
        )
    if (several and len(scene.about("between")) >= given.several) or (several and worth):
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
    given = constants().whole_study
    tissue = scene.about("tissue")
    judged = scene.judged("tissue", "misplaced")
    by_units = scene.about("units")
    offsets = [_offset(row.values) for row in tissue if "misplaced" in row.pattern.facets]
    same_way = len(offsets) >= given.several and abs(sum(1 if o > 0 else -1 for o in offsets)) >= 0.8 * len(offsets)
    far = sorted(abs(offset) for offset in offsets)
    all_off = (
        same_way and len(offsets) >= given.most_tissues * len(judged) and far[len(far) // 2] >= given.shifted_hu / 2
    )
    if by_units or all_off:
        yield Hypothesis(
            "wrong_intensity",
            "the image is not in Hounsfield units, or of another modality",
            (),
            explains_facets=scene.declared("wrong_intensity"),
            is_global=True,
            extra_cost=-given.stray_worth if all_off else 0.0,
        )


def _offset(values: object) -> float:
    """How far a median lies outside its range."""
    found = dict(values)  # type: ignore[call-overload]
    value, low, high = (float(found.get(name, 0.0)) for name in ("value", "low", "high"))
    return value - high if value > high else value - low


def _scattered(scene: Scene) -> Iterator[Hypothesis]:
    """Pieces of many labels all over the study: noise, numbers between two labels, or patches joined wrongly."""
    given = constants().whole_study
    known = scene.anatomy.known
    torn = [k for k in known if len(stray_pieces(k.facts)) >= given.many_pieces]
    if len(torn) < max(given.several, given.torn * len(known)):
        yield from _in_pieces(scene)
        return
    spread = [k for k in torn if k.facts.main_component_share < 0.9]
    if len(spread) >= len(torn) / 2:
        label = "labels were interpolated or mixed up: pieces of most of them lie all over the study"
        yield Hypothesis(
            "invented",
            label,
            (),
            explains_facets=EVERYTHING,
            is_global=True,
            extra_cost=-given.stray_worth,
            leading=True,
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
        extra_cost=-given.stray_worth,
    )


def _in_pieces(scene: Scene) -> Iterator[Hypothesis]:
    """Many labels in a few large pieces: windows of the image that were put together at the wrong places."""
    given = constants().whole_study
    apart = {row.segments[0] for row in scene.showing(("piece", "crossing"))}
    if len(apart) >= max(given.several + 1, given.piecemeal * len(scene.anatomy.known)):
        yield Hypothesis(
            "stray_fragment",
            "pieces of many labels lie apart: parts of the output were joined at the wrong places",
            (),
            explains_facets=frozenset({"piece", "crossing", "beyond", "lacking"}),
            is_global=True,
        )


MOST_STEPS = 200
"""A repair with more edits is none that a person can follow (estimate)."""


def _labels_off(scene: Scene) -> Hypothesis | None:
    """Labels that fit each other, and not the image."""
    given = constants().whole_study
    if scene.share_failed("between") >= given.coherent:
        return None
    rows = [row for row in scene.judged("image") if not row.pattern.facets & {"edge", "beyond"}]
    share = sum(row.outcome == "failed" for row in rows) / len(rows) if rows else 0.0
    odd = {row.segments[0] for row in rows if row.outcome == "failed"}
    edges = {row.segments[0] for row in scene.about("edge")}
    moved = len(edges) > given.several and scene.share_failed("edge") >= given.off_edges
    fits = scene.anatomy.evidence.scan.label_fit.get("as stored", 0.0) >= given.fits
    off = len(odd) >= given.several and share >= given.off_image
    way, better = _elsewhere(scene)
    concerned = {row.segments[0] for row in scene.about("image")}
    beside = better >= given.surely_elsewhere or (
        better >= given.elsewhere and len(concerned) >= given.several and share >= given.off_image
    )
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
        extra_cost=-given.stray_worth if better >= given.surely_elsewhere else 0.0,
    )


def _elsewhere(scene: Scene) -> tuple[str, float]:
    """Where labels moved by 12 mm explain most of the image, and how many times what they explain as stored."""
    fit = dict(scene.anatomy.evidence.scan.label_fit_moved)
    stored = fit.pop("as stored", 0.0)
    best = max(sorted(fit), key=lambda way: fit[way], default="")
    if not best or stored < constants().whole_study.tells:
        return "", 0.0
    way = {"superior": "up", "inferior": "down", "anterior": "forwards", "posterior": "backwards"}.get(best)
    return way or f"to the {best}", fit[best] / stored
