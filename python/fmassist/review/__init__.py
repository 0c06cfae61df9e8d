"""Decisions of named persons, and their audit trail."""
