"""The study held against a typical body: where each label would be expected, and how well it fits there."""

from fmassist.reasoning.body.expected import Expected, TypicalBody, typical_body
from fmassist.reasoning.body.fit import Placements, log_fit, observed
from fmassist.reasoning.body.register import Registration, register

__all__ = [
    "Expected",
    "Placements",
    "Registration",
    "TypicalBody",
    "log_fit",
    "observed",
    "register",
    "typical_body",
]
