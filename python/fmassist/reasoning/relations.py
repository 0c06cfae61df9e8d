"""How structures lie and are sized against each other in people: distributions with heavy tails, as data.

`Resources/calibration/relations.json` holds of each relation the number of people, their mean and their spread, learned
from right labels (`fmassist.bench.real.learn`), and nothing of any single person. Few people tell little of a spread,
so what structures of their kinds differ by stands beside them as a prior, and what a new person may show is Student's
t.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from fmassist.knowledge.constants import constants
from fmassist.resources import resource


@dataclass(frozen=True)
class Spread:
    """Of one relation: people, their mean, and the sum of their squared distances from it.

    Args:
        prior: spread expected before anyone was seen, by the kinds of the two structures (`bench.real.spreads`);
            0 where it isn't known.
    """

    people: int
    mean: float
    squares: float
    prior: float = 0.0

    def scale(self, *, is_size: bool) -> float:
        """Predictive scale of one more person (normal-inverse-gamma, DeGroot 1970)."""
        prior = self.prior or (constants().relations.prior_size if is_size else constants().relations.prior_mm)
        variance = (constants().relations.prior_people * prior**2 + self.squares) / self.freedom
        return math.sqrt(variance * (1 + 1 / self.people))

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the Student's t that one more person follows."""
        return constants().relations.prior_people + max(0, self.people - 1)

    def with_one(self, value: float) -> Spread:
        """With one person more (Welford)."""
        people = self.people + 1
        step = value - self.mean
        mean = self.mean + step / people
        return Spread(people, mean, self.squares + step * (value - mean), self.prior)


@dataclass(frozen=True)
class Presence:
    """Of two structures: in how many people, and in which share of the second's slabs, the first is there."""

    people: int
    mean: float
    least: float


@dataclass(frozen=True)
class Relations:
    """Everything learned: structure to other structure to feature or presence."""

    features: dict[str, dict[str, dict[str, Spread]]]
    presences: dict[str, dict[str, Presence]]
    about: dict[str, str]


@cache
def _shipped() -> Relations:
    path = resource("calibration", "relations.json")
    if not path.is_file():
        return Relations({}, {}, {})
    return read_relations(path.read_text(encoding="utf-8"))


def read_relations(text: str) -> Relations:
    """From the file's content."""
    content = json.loads(text)
    features = {
        one: {other: {name: Spread(*row) for name, row in rows.items()} for other, rows in others.items()}
        for one, others in content["relations"].items()
    }
    presences = {
        one: {other: Presence(*row) for other, row in rows.items()} for one, rows in content["presences"].items()
    }
    return Relations(features, presences, content["about"])


def relations_as_json(relations: Relations) -> str:
    """The file's content, one structure a line."""
    lines = []
    for title, rows in (
        (
            "relations",
            {
                one: {
                    other: {
                        n: [s.people, round(s.mean, 2), round(s.squares, 3), round(s.prior, 2)]
                        for n, s in sorted(fs.items())
                    }
                    for other, fs in sorted(others.items())
                }
                for one, others in sorted(relations.features.items())
            },
        ),
        (
            "presences",
            {
                one: {o: [p.people, round(p.mean, 2), round(p.least, 2)] for o, p in sorted(rows.items())}
                for one, rows in sorted(relations.presences.items())
            },
        ),
    ):
        body = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in rows.items())
        lines.append(f' "{title}": {{\n{body}\n }}')
    return "{\n" + f' "about": {json.dumps(relations.about)},\n' + ",\n".join(lines) + "\n}\n"


_IN_USE: ContextVar[Relations | None] = ContextVar("relations", default=None)


def relations() -> Relations:
    """What is in use: what is shipped, or what a bench put in its place."""
    return _IN_USE.get() or _shipped()


@contextmanager
def using(others: Relations) -> Iterator[None]:
    """Judge by other relations, such as those learned without the person who is judged."""
    token = _IN_USE.set(others)
    try:
        yield
    finally:
        _IN_USE.reset(token)
