"""Open JupyterLab on the quickstart. More options of Jupyter's: `make lab ARGS="--port 9000 --no-browser"`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = "/lab/tree/examples/quickstart.ipynb"


def main(more: list[str]) -> None:
    """Becomes the server. Data is kept in `.dh/` of this folder unless DH_HOME says otherwise."""
    root = ["--allow-root"] if os.geteuid() == 0 else []
    options = [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url={START}", *root, *more]
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.execve(sys.executable, [sys.executable, "-m", "jupyterlab", *options], {**os.environ, "PATH": path})


if __name__ == "__main__":
    main(sys.argv[1:])
