"""Measurements of speed and of being right, as ratios to a peer in the same run."""
