"""`python DETACHED supervise|zygote`: the order comes as JSON on stdin."""

from __future__ import annotations

import importlib
import os
import sys


def main() -> None:
    """Import the folder as a package of its own, whatever it is called where it lies."""
    here = os.path.dirname(os.path.abspath(__file__))
    name = {"supervise": "cold", "zygote": "zygote"}[sys.argv[1]]
    sys.path[:] = [os.path.dirname(here), *(entry for entry in sys.path if entry != here)]
    module = importlib.import_module(f"{os.path.basename(here)}.{name}")
    del sys.path[0]
    module.main()


if __name__ == "__main__":
    main()
