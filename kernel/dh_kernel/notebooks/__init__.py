"""Notebooks and scripts as plain data: what they hold, which parameters they have, and how values are put into them. Pure."""
