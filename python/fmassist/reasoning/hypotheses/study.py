"""Causes of the whole study: turned, mirrored, read wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.hypotheses.scene import MIRROR_PLACE_COST, VARIANT, Hypothesis, Scene
from fmassist.reasoning.transform import mirrored, renamed

MOST = 0.6
"""A cause of the whole study is considered only when it would concern this share of what can show it (estimate: more
than half, with a margin for single errors beside it)."""
BETWEEN = ("Direction", "PairOrder", "ChainOrder", "Contact", "Contained", "NotInside")
"""Patterns that hold labels against each other, whatever the image shows."""
EDGES = ("NothingLeftOutside", "OwnTissueAtEdge", "BorderOnNeighbour")
"""Patterns that hold outlines against the image's own borders."""
ON_IMAGE = frozenset({"TissueIntensity", "LikeItsKin", "LittleOtherTissue", "InsideBody", *EDGES})
"""Patterns that fail besides where only the labels, and not the image, are turned."""
COHERENT = 0.08
"""Labels fit each other where fewer of those rules fail (estimate: one misplaced organ among ten fails a tenth of the
rules about it and its neighbours)."""
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
SEVERAL = 3
"""Structures that have to be concerned before one cause of the whole study is considered for them (estimate)."""
A_QUARTER = 0.25
"""Of all structures has to be misplaced before the whole label map is doubted (estimate: fewer are single errors)."""


def mirrors(scene: Scene) -> Iterator[Hypothesis]:
    """The body read mirrored along each axis, and situs inversus beside it."""
    tests = (
        ("image_mirrored", 0, ("PairOrder",), (), "the image or its labels are mirrored left to right"),
        (
            "image_upside_down",
            2,
            ("ChainOrder",),
            ("-superior", "-inferior"),
            "the image or its labels are turned head to foot",
        ),
    )
    for cause, axis, patterns, ways, label in tests:
        by_pattern = scene.share_failed(*patterns) >= MOST and len(scene.by_pattern(*patterns)) > 1
        if by_pattern or _most_directions(scene, ways):
            yield Hypothesis(
                cause,
                label,
                (),
                mirrored(scene.anatomy, axis),
                scene.context,
                explains_patterns=ON_IMAGE,
                is_global=True,
            )
    directions = [r for r in scene.by_pattern("Direction") if r.rule.iri.endswith(("-anterior", "-posterior"))]
    if len(directions) >= 3:
        label = "the image or its labels are turned front to back"
        yield Hypothesis(
            "image_front_to_back",
            label,
            (),
            mirrored(scene.anatomy, 1),
            scene.context,
            explains_patterns=ON_IMAGE,
            is_global=True,
        )
    sides = [r for r in scene.by_pattern("Direction") if r.rule.iri.endswith(("-left", "-right"))]
    if len(sides) >= 2:
        inverse = replace(scene.context, history=(*scene.context.history, VARIANT + "situs_inversus"))
        yield Hypothesis("situs_inversus", "situs inversus", (), _inverse(scene.anatomy), inverse, is_global=True)


def _elsewhere(scene: Scene) -> tuple[str, float]:
    """Where labels moved by 12 mm explain most of the image, and how many times what they explain as stored."""
    fit = dict(scene.anatomy.evidence.scan.label_fit_moved)
    stored = fit.pop("as stored", 0.0)
    best = max(sorted(fit), key=lambda way: fit[way], default="")
    if not best or stored <= 0:
        return "", 0.0
    way = {"superior": "up", "inferior": "down", "anterior": "forwards", "posterior": "backwards"}.get(best)
    return way or f"to the {best}", fit[best] / stored


def _most_directions(scene: Scene, ways: tuple[str, ...]) -> bool:
    """Whether most of what is known of these directions is the other way round."""
    if not ways:
        return False
    judged = [
        row
        for row in scene.judgement.rows
        if row.outcome in ("passed", "failed")
        and row.rule.pattern.endswith("#Direction")
        and row.rule.iri.endswith(ways)
    ]
    failed = sum(row.outcome == "failed" for row in judged)
    return failed >= SEVERAL and failed >= MOST * len(judged)


def _inverse(anatomy: Anatomy) -> Anatomy:
    """The body in its mirror, where each paired structure bears the name of the side that it lies on then.

    What is left of such a body, seen so, is as in everyone else: the spleen at the kidney of its side, and the arch of
    the aorta where the vessels of its side begin.
    """
    seen = mirrored(anatomy, 0)
    structures = anatomy.knowledge.structures
    partners = {
        key: partner
        for key, iri in anatomy.meanings.items()
        if (partner := structures[iri].partner) is not None and partner in structures
    }
    return renamed(seen, partners)


def whole_study(scene: Scene) -> Iterator[Hypothesis]:
    """Intensities, labels or their meanings that do not belong to this image."""
    if scene.by_pattern("ImageUnits"):
        label = "the image is not in Hounsfield units, or of another modality"
        patterns = ON_IMAGE | {"ImageUnits"}
        yield Hypothesis("wrong_intensity", label, (), explains_patterns=patterns, is_global=True)
    tissue = scene.by_pattern("TissueIntensity", "InsideBody")
    between = scene.by_pattern(*BETWEEN)
    misplaced = {key for row in (*between, *scene.by_pattern("LevelPlacement")) for key in row.segments}
    if scene.share_failed(*BETWEEN) < COHERENT:
        # The labels fit each other, and not the image.
        share = scene.share_failed("TissueIntensity", "InsideBody")
        edges = {row.segments[0] for row in scene.by_pattern(*EDGES)}
        moved = len(edges) > SEVERAL and scene.share_failed(*EDGES) >= OFF_EDGES
        fits = scene.anatomy.evidence.scan.label_fit.get("as stored", 0.0) >= FITS
        odd = {row.segments[0] for row in tissue}
        off = len(odd) >= SEVERAL and share >= OFF_IMAGE
        way, better = _elsewhere(scene)
        beside = better >= ELSEWHERE and len({row.segments[0] for row in scene.by_pattern(*ON_IMAGE)}) >= SEVERAL
        if moved or beside or (off and not fits):
            seen = ON_IMAGE | {"ImageUnits", "SizeRange", "NoFlatCut"}
            label = "labels and image do not lie on each other"
            label += f" (moved 12 mm {way}, they would fit better)" if better > 1 else ""
            yield Hypothesis("labels_off_image", label, (), explains_patterns=seen, is_global=True)
            return
        # Outlines of something lie there, but not of what they are called.
        misplaced = odd | {key for row in between for key in row.segments} if off else set()
    if len(misplaced) >= max(SEVERAL, A_QUARTER * len(scene.anatomy.known)) and len(between) >= SEVERAL:
        everything = frozenset(row.rule.pattern.rsplit("#", 1)[-1] for row in scene.failed)
        label = "the labels were read with the wrong label map"
        yield Hypothesis(
            "wrong_label_map",
            label,
            (),
            explains_patterns=everything,
            is_global=True,
            extra_cost=MIRROR_PLACE_COST,
        )
