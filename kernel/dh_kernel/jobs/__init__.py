"""Notebooks, scripts and cells as jobs: an immutable copy becomes a function of our kind, and a run of it is started."""
