"""The documentation's code runs, its links lead somewhere, and every page is reached from the README."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
TIMEOUT = 300


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def program(page: Path) -> str:
    """The blocks of a page as one program, each on the lines where the page has it."""
    text = page.read_text()
    lines = [""] * text.count("\n")
    for block in PYTHON_BLOCK.finditer(text):
        start = text.count("\n", 0, block.start(1))
        for offset, line in enumerate(block[1].splitlines()):
            lines[start + offset] = line
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder whose broker the first page that needs one starts."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    if (folder / "broker.json").exists():
        broker = psutil.Process(int(json.loads((folder / "broker.json").read_text())["pid"]))
        broker.terminate()
        broker.wait(30)


@pytest.mark.parametrize("page", [page for page in PAGES if PYTHON_BLOCK.search(page.read_text())], ids=named)
def test_the_code_of_a_page_runs(page: Path, home: Path, tmp_path: Path) -> None:
    script = tmp_path / f"{page.stem.replace('-', '_')}_page.py"
    script.write_text(program(page))
    kept = {name: value for name, value in os.environ.items() if name not in ("DH_SERVER_URL", "DH_TOKEN")}
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={**kept, "DH_HOME": str(home), "DH_PROJECT": page.stem},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, f"{named(page)}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not missing


def test_pictures_are_there() -> None:
    named_in_readme = re.findall(r'(?:src|srcset)="([^"]+)"', (ROOT / "README.md").read_text())
    assert named_in_readme
    assert not [path for path in named_in_readme if not (ROOT / path).exists()]


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert not [
        named(page) for page in PAGES if page.parts[-2] in ("docs", "guide", "extend") and named(page) not in readme
    ]
