"""Where structures lie in a CT, roughly: a small network, and landmarks where it is too coarse."""
