"""The curator's workshop, as far as it has to reason: cases that rules must tell apart, and what a change would do."""
