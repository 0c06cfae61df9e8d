"""Findings as JSON, as a page a clinician would rather look at than read, and as pictures."""
