"""`fmassist rules check`: what is wrong with the knowledge, with file and line, before anybody reasons with it."""

from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.run import check_sources

__all__ = ["Problem", "check_sources"]
