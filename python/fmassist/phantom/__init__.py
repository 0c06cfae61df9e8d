"""Synthetic anatomy: a parametric torso with its true labels, for the demo, the tests and the curators."""

from fmassist.phantom.torso import Phantom, torso

__all__ = ["Phantom", "torso"]
