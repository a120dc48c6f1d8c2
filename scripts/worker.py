"""Build the worker archive into a folder and print its path: `python scripts/worker.py dist`."""

import sys
from pathlib import Path

from dh_jupyter.executors.archive import worker_archive

if __name__ == "__main__":
    print(worker_archive(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))
