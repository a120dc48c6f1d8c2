"""Peers live in an environment of their own, `.peers/`, made by `make peers`: they need other versions than we do."""

from __future__ import annotations

import subprocess
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[2] / ".peers" / "bin" / "python"


def python_with(module: str) -> str | None:
    """The peers' Python, if it has that module."""
    if not PYTHON.exists():
        return None
    looked = subprocess.run(
        [PYTHON, "-c", f"import importlib.util as u; raise SystemExit(u.find_spec('{module}') is None)"]
    )
    return str(PYTHON) if looked.returncode == 0 else None
