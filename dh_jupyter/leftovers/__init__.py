"""What nothing refers to: files of uploads that failed, of things and runs that are gone, caches, and expired runs.

`rules` says which those are (pure), `looking` lists what there is, `removing` takes it away.
"""

from .removing import leftovers

__all__ = ["leftovers"]
