"""The curator's workshop: checks, differences, explanations and pages of the knowledge."""
