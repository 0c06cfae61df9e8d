"""Synthetic anatomy: a parametric torso with its true labels, for the demo, the tests and the curators."""
