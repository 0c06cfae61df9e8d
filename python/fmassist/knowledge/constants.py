"""The numbers that reasoning takes for granted, out of `rules/constants.ttl` and `ranges/spine.ttl`.

One typed object. A number's meaning, unit, source or estimate, and on what it was tuned stand in the data, and a
curator changes them there (`docs/constants.md` lists all). Numbers of algorithms stand in the code that uses them.

What is in force is that of the knowledge that a study is judged by: `in_force` says so once, where judging begins, and
`constants` is asked wherever a number is needed, so that none has to be handed through every formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar, get_type_hints

from fmassist.errors import InputError
from fmassist.knowledge.constant_groups import Constants

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Stated:
    """One number as the data says it, for readers.

    Args:
        key: `group-name`.
        sources: papers, standards, textbooks.
        estimated: how it was estimated, or empty.
        tuned_on: on what it was set, or empty.
    """

    key: str
    value: float
    unit: str
    meaning: str
    sources: tuple[str, ...] = ()
    estimated: str = ""
    tuned_on: str = ""


def constant_keys() -> frozenset[str]:
    """Every name that the program reads."""
    return frozenset(key for _, _, _, keys in _fields() for key in keys)


def constants_from(values: Mapping[str, float], others: Constants | None = None) -> Constants:
    """The typed object.

    Args:
        values: by `group-name`.
        others: gives what is missing in `values`, as in an older version of the knowledge.

    Raises:
        InputError: a number is missing, is none that the program reads, or is no whole number where one is wanted.
    """
    unknown = sorted(values.keys() - constant_keys())
    if unknown:
        raise InputError(f"the constant {unknown[0]} is none that the program reads", "see docs/constants.md")
    groups: dict[str, dict[str, Any]] = {}
    for group, name, kind, keys in _fields():
        missing = [key for key in keys if key not in values]
        if missing and others is None:
            raise InputError(f"the constant {missing[0]} is missing", "see Resources/rules/constants.ttl")
        was = None if others is None else getattr(getattr(others, group), name)
        old: Any = was if isinstance(was, tuple) else (was,) * len(keys)
        found = [float(values.get(key, given)) for key, given in zip(keys, old, strict=True)]
        if kind is int and not found[0].is_integer():
            raise InputError(f"the constant {keys[0]} must be a whole number")
        groups.setdefault(group, {})[name] = kind(*found)
    types = get_type_hints(Constants)
    return Constants(**{group: types[group](**numbers) for group, numbers in groups.items()})


def constants() -> Constants:
    """Those in force: of the knowledge that is judged by, or else the shipped ones."""
    return _IN_FORCE.get() or _shipped()


@contextmanager
def in_force(numbers: Constants) -> Iterator[None]:
    """Within this, `constants` gives these."""
    token = _IN_FORCE.set(numbers)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def by_its_knowledge(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with the constants of its argument `knowledge` in force."""
    of = signature(function)

    @wraps(function)
    def judged(*args: P.args, **kwargs: P.kwargs) -> R:
        with in_force(of.bind(*args, **kwargs).arguments["knowledge"].constants):
            return function(*args, **kwargs)

    return judged


_IN_FORCE: ContextVar[Constants | None] = ContextVar("constants", default=None)


@cache
def _shipped() -> Constants:
    from fmassist.knowledge.load import load_knowledge

    return load_knowledge().constants


@cache
def _fields() -> tuple[tuple[str, str, Any, tuple[str, ...]], ...]:
    """Group, name, type, and the names that the data has for its parts."""
    found = []
    for group, group_type in get_type_hints(Constants).items():
        for name, kind in get_type_hints(group_type).items():
            parts = getattr(kind, "_fields", ())
            found.append((group, name, kind, tuple(f"{group}-{name}-{part}" for part in parts) or (f"{group}-{name}",)))
    return tuple(found)
