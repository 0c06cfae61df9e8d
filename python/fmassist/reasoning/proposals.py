"""Repairs that are offered: where undoing a cause is the cheapest explanation by a clear margin, and harms nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fmassist.knowledge.constants import constants
from fmassist.reasoning.body import observed
from fmassist.reasoning.findings import Repair, RepairStep
from fmassist.reasoning.hypotheses import Hypothesis, Scene
from fmassist.reasoning.posterior import shares
from fmassist.reasoning.testing import Stated, Tested, definition_of

VERBS = {"swap": "Exchange the two labels", "relabel": "Renumber", "drop": "Leave out", "give": "Give", "fill": "Fill"}


def best_repair(
    cause: Tested, tested: Sequence[Tested], findings: Sequence[Stated], scene: Scene, names: Mapping[str, str]
) -> Repair | None:
    """The cause's own proposal; beside a variant, which is no error, that of the likeliest rival that explains as much.

    A finding may be a variant and no error at all: a person sees both readings, and decides.
    """
    knowledge = scene.anatomy.knowledge
    about = [stated for stated in findings if stated[0].id in cause.explains]
    share = shares(tested, about, knowledge)
    definition = definition_of(knowledge, cause.hypothesis.cause)
    if cause.hypothesis.steps or definition is None or not definition.open_to_repair:
        clear = share.get(id(cause), 0.0) >= constants().proposals.clear
        return repair_of(cause, scene, names) if clear else None
    rivals = [t for t in tested if t.hypothesis.steps and t is not cause and t.explains >= cause.explains]
    likely = sum(share.get(id(t), 0.0) for t in rivals)
    for rival in sorted(rivals, key=lambda t: (t.cost, t.hypothesis.label))[:1]:
        repair = repair_of(rival, scene, names)
        if repair is not None and share.get(id(rival), 0.0) >= constants().proposals.clear * likely:
            return replace(repair, label=f"If this is no variant: {repair.label[0].lower()}{repair.label[1:]}")
    return None


def repair_of(cause: Tested, scene: Scene, names: Mapping[str, str]) -> Repair | None:
    """The proposal, where undoing the cause is an edit of labels, brings in nothing new, and fits no worse."""
    steps = cause.hypothesis.steps
    if not steps or cause.introduces or not _does_no_harm(cause.hypothesis, scene):
        return None
    about = ", ".join(dict.fromkeys(names.get(step.segment, step.segment) for step in steps))
    if steps[0].action == "relabel":
        about = cause.hypothesis.label.replace(" is really ", " as ").replace(" are really ", " as ")
    if steps[0].action == "swap":
        about += f", {names.get(steps[0].target or '', '')}"
    what = "stray pieces of " if steps[0].action == "drop" and steps[0].component is not None else ""
    return Repair(
        id=f"repair/{cause.hypothesis.cause}/{'+'.join(cause.hypothesis.segments)}",
        label=f"{VERBS.get(steps[0].action, steps[0].action)}: {what}{about}",
        steps=steps,
        resolves=tuple(sorted(cause.explains)),
    )


def _does_no_harm(hypothesis: Hypothesis, scene: Scene) -> bool:
    """Whether no label fits its place and size worse after the steps, as far as the facts tell."""
    dropped = [step for step in hypothesis.steps if step.action == "drop"]
    if not all(_is_small(scene, key, dropped) for key in {step.segment for step in dropped if step.component}):
        return False
    if any(_fits_better_than_main(scene, step) for step in dropped if step.component):
        return False
    new = dict(_renamed(hypothesis.steps, scene.anatomy.meanings))
    return not new or _fits_no_worse(scene, new)


def _renamed(steps: Sequence[RepairStep], meanings: Mapping[str, str]) -> list[tuple[str, str]]:
    """Whole segments that get another meaning."""
    found = []
    for step in steps:
        if step.action == "relabel" and step.component is None and step.target is not None:
            found.append((step.segment, step.target))
        elif step.action == "swap" and step.target is not None:
            found += [(step.segment, meanings[step.target]), (step.target, meanings[step.segment])]
    return found


def _fits_no_worse(scene: Scene, new: Mapping[str, str]) -> bool:
    """Whether the labels that change fit the typical body no worse under their new names, none of them by much."""
    lying, meanings = scene.registration, scene.anatomy.meanings
    keys = [key for key, iri in new.items() if lying and iri in lying.body and meanings[key] in lying.body]
    if lying is None or not keys:
        return True
    places = {key: place for place, key in enumerate(scene.placements.keys)}
    mine = scene.placements.rows([places[key] for key in keys])
    before, after = (lying.fit(mine, [names[key] for key in keys]) for names in (meanings, new))
    return bool(after.sum() >= before.sum() - constants().proposals.worse_by * math.sqrt(len(keys)))


def _is_small(scene: Scene, key: str, steps: Sequence[RepairStep]) -> bool:
    facts = scene.anatomy.evidence.segment(key)
    gone = sum(facts.components[s.component].volume_ml for s in steps if s.segment == key and s.component)
    return gone <= constants().proposals.most_dropped * facts.volume_ml


def _fits_better_than_main(scene: Scene, step: RepairStep) -> bool:
    """Whether a piece that would be left out lies where its structure belongs, and the main one does not."""
    lying, facts = scene.registration, scene.anatomy.evidence.segment(step.segment)
    iri = scene.anatomy.meanings.get(step.segment, "")
    if lying is None or iri not in lying.body or step.component is None:
        return False
    alone = [replace(facts, components=(facts.components[i],)) for i in (0, step.component)]
    main, piece = lying.fit(observed(alone), [iri, iri])
    return bool(piece > main + constants().proposals.worse_by)
