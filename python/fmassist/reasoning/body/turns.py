"""Which way round a study lies: of the 48 readings of its grid, the one in which the labels fit the typical body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fmassist.reasoning.body.expected import Numbers, TypicalBody
from fmassist.reasoning.body.fit import Placements
from fmassist.reasoning.body.register import Registration, View, register
from fmassist.reasoning.transform import AS_STORED, TURNS, Turn, rotation_of

TRIED = 4
"""Turns that are laid out in full, of the 48 ranked by the directions between labels (algorithm: the right one has
been among the first two wherever it was known)."""


@dataclass(frozen=True)
class Lying:
    """One reading of the grid, with how the typical body lies on it."""

    turn: Turn
    registration: Registration


def lying(body: TypicalBody, labels: Placements, iris: Sequence[str], view: View) -> list[Lying]:
    """How the study lies as stored, then turned in the likeliest other ways; empty where it can't be told."""
    stored = register(body, labels, iris, view)
    if stored is None:
        return []
    found = [Lying(AS_STORED, stored)]
    middle = (view[0] + view[1]) / 2
    for turn in _ranked(body, labels, iris)[:TRIED]:
        matrix = rotation_of(turn)
        if turn != AS_STORED:
            other = register(body, _turned(labels, turn, matrix, middle), iris, _view(view, matrix, middle))
            if other is not None:
                found.append(Lying(turn, other))
    return found


def in_the_mirror(body: TypicalBody, labels: Placements, partners: Sequence[str], view: View) -> Registration | None:
    """How the typical body lies on the study's mirror image, as in situs inversus.

    Args:
        partners: what each label is called there: the structure of the other side where it has one.
    """
    turn = Turn(signs=(-1, 1, 1))
    matrix, middle = rotation_of(turn), (view[0] + view[1]) / 2
    return register(body, _turned(labels, turn, matrix, middle), partners, _view(view, matrix, middle))


def _ranked(body: TypicalBody, labels: Placements, iris: Sequence[str]) -> list[Turn]:
    """The turns by how well the directions between labels agree with the typical body's."""
    known = [i for i, iri in enumerate(iris) if iri in body]
    whole = body.in_view([iris[i] for i in known], np.full(3, -1e6), np.full(3, 1e6)).middle
    seen = labels.middle[known]
    usual, there = whole - np.median(whole, axis=0), seen - np.median(seen, axis=0)
    # Ranks, and not millimetres: one label far away, or an axis of another scale, shall not decide.
    agreement = _ranks(usual).T @ _ranks(there)
    return sorted(TURNS, key=lambda turn: -float((rotation_of(turn) * agreement).sum()))


def _ranks(values: Numbers) -> Numbers:
    ranks = np.argsort(np.argsort(values, axis=0), axis=0).astype(np.float64)
    return np.asarray(ranks - ranks.mean(0))


def _turned(labels: Placements, turn: Turn, matrix: Numbers, middle: Numbers) -> Placements:
    low, high = _corners(labels.low, labels.high, matrix, middle)
    axes = list(turn.axes)
    away = np.array(turn.signs) < 0
    cut_low, cut_high = labels.cut_low[:, axes], labels.cut_high[:, axes]
    return Placements(
        labels.keys,
        (labels.middle - middle) @ matrix.T + middle,
        low,
        high,
        labels.volume_ml,
        np.where(away, cut_high, cut_low),
        np.where(away, cut_low, cut_high),
    )


def _view(view: View, matrix: Numbers, middle: Numbers) -> View:
    low, high = _corners(view[0][None], view[1][None], matrix, middle)
    return low[0], high[0]


def _corners(low: Numbers, high: Numbers, matrix: Numbers, middle: Numbers) -> View:
    a, b = (low - middle) @ matrix.T + middle, (high - middle) @ matrix.T + middle
    return np.minimum(a, b), np.maximum(a, b)
