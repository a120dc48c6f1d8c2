"""The steps of binder/ as a repo2docker host runs them: into an empty environment, from a clean copy of the tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_its_steps_give_a_lab_with_the_extension(tmp_path: Path) -> None:
    tree, environment = tmp_path / "tree", tmp_path / "environment"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    scripts = environment / "bin"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables = {
        **kept,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    }
    built = subprocess.run(["bash", "binder/postBuild"], cwd=tree, env=variables, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    listed_by_lab = subprocess.run(
        [scripts / "jupyter", "labextension", "list"], cwd=tmp_path, env=variables, capture_output=True, text=True
    )
    said = listed_by_lab.stdout + listed_by_lab.stderr
    assert "dh-jupyter" in said
    assert "OK" in next(line for line in said.splitlines() if "dh-jupyter" in line)


def test_it_opens_the_notebook_that_is_there() -> None:
    text = (ROOT / "binder/postBuild").read_text()
    settings = json.loads(text.split("<<'JSON'\n")[1].split("\nJSON")[0])
    assert (ROOT / settings["LabApp"]["default_url"].removeprefix("/lab/tree/")).exists()
