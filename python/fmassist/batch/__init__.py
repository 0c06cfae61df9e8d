"""Many studies, one machine or several."""
