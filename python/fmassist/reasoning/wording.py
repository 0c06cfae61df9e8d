"""Findings in words: the sentences of the rules, filled with what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from fmassist.reasoning.evaluate import Row, Value
from fmassist.reasoning.findings import Measured


def sentence(template: str, values: Mapping[str, Value], names: Mapping[str, str]) -> str:
    """A template with its braces filled.

    Args:
        template: such as `"The {a} lies {value} mm away."`
        values: what the query found, by variable.
        names: labels of the structures `a`, `b` and `structure`.

    A brace that nothing fills is a curator's slip; it shows as a question mark, and never stops a check.
    """
    filled = {**{name: number(value) for name, value in values.items()}, **names}
    wanted = {field for _, field, _, _ in Formatter().parse(template) if field}
    return template.format_map({name: filled.get(name, "?") for name in wanted})


def number(value: Value) -> str:
    """A number as a doctor writes it: no more digits than the measurement has."""
    if isinstance(value, bool | str):
        return str(value)
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10 or value == round(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 1 else f"{value:.2g}"


def bounds(row: Row) -> tuple[float | None, float | None]:
    """Between what the value was expected: the query's `?low` and `?high`, where it answers them."""
    low, high = (row.values.get(name) for name in ("low", "high"))
    return (
        round(low, 3) if isinstance(low, float) else None,
        round(high, 3) if isinstance(high, float) else None,
    )


def expected(measured: Measured) -> str:
    """What was expected of a quantity, in words; empty where nothing was said."""
    if measured.expected:
        return measured.expected
    unit = f" {measured.unit}" if measured.unit else ""
    if measured.low is not None and measured.high is not None:
        return f"{number(measured.low)} to {number(measured.high)}{unit}"
    if measured.low is not None:
        return f"at least {number(measured.low)}{unit}"
    return "" if measured.high is None else f"at most {number(measured.high)}{unit}"


def expectation(row: Row) -> str:
    """What the rule expected, in words beside the bounds."""
    return sentence(row.pattern.expectation, row.values, {})
