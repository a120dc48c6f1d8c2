"""Declarations: documents in files, compared with what a project holds; what is missing is made, all of it or nothing.

`texts` finds documents and their lines in YAML, `reading` says what each declares, `matching` compares; all of it pure.
`applying` asks the catalogue and writes.
"""

from .applying import apply

__all__ = ["apply"]
