"""The two distributions, built from a clean copy of the tree and installed into empty environments."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
VERSION = json.loads((ROOT / "package.json").read_text())["version"]


def uv() -> str:
    found = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip("uv is not installed: pip install uv")
    return found


def said(*command: str | Path, cwd: Path) -> str:
    """Both streams of a command that must succeed."""
    outside = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=cwd, env=outside, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone would hold: files that git knows or does not ignore, and nothing that was built."""
    copy = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    assert not (copy / "dh_jupyter/labextension").exists()
    return copy


def environment(folder: Path) -> Path:
    """An empty virtual environment's bin folder."""
    said(uv(), "venv", "--python", sys.executable, folder, cwd=folder.parent)
    return folder / "bin"


def install(bin_folder: Path, *what: str, tree: Path) -> None:
    constraints = ("--constraint", "constraints.txt")
    said(uv(), "pip", "install", "--python", bin_folder / "python", *constraints, *what, cwd=tree)


@pytest.fixture(scope="module")
def both(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    bin_folder = environment(tmp_path_factory.mktemp("both") / "env")
    install(bin_folder, "./kernel", ".", tree=tree)
    return bin_folder


def recorded(bin_folder: Path, distribution: str) -> set[str]:
    """Paths of a distribution's files, relative to site-packages."""
    code = f"import importlib.metadata as m; print(*m.files('{distribution}'), sep='\\n')"
    return set(said(bin_folder / "python", "-c", code, cwd=bin_folder).split())


def test_the_kernel_part_alone_brings_nothing_else(tree: Path, tmp_path: Path) -> None:
    bin_folder = environment(tmp_path / "env")
    install(bin_folder, "./kernel", tree=tree)
    listed = said(uv(), "pip", "list", "--format", "freeze", "--python", bin_folder / "python", cwd=tmp_path)
    assert [line for line in listed.split() if "==" in line] == [f"dh-kernel=={VERSION}"]
    said(bin_folder / "python", "-c", "import dh_kernel, dh_kernel.worker.main", cwd=tmp_path)
    assert {"dh_kernel/py.typed", "dh_kernel/_contract.json"} <= recorded(bin_folder, "dh-kernel")


def test_lab_and_server_find_the_extension(both: Path, tmp_path: Path) -> None:
    lab = said(both / "jupyter", "labextension", "list", cwd=tmp_path)
    assert f"dh-jupyter v{VERSION}" in lab
    [line] = [line for line in lab.splitlines() if "dh-jupyter v" in line]
    assert "enabled" in line
    assert "OK" in line
    server = said(both / "jupyter", "server", "extension", "list", cwd=tmp_path)
    [line] = [line for line in server.splitlines() if line.strip().startswith(f"dh_jupyter {VERSION}")]
    assert "OK" in line


def test_the_wheel_holds_what_the_server_reads_beside_its_code(both: Path, tree: Path) -> None:
    files = recorded(both, "dh-jupyter")
    beside = [path.relative_to(tree) for path in (tree / "dh_jupyter").rglob("*") if path.is_file()]
    assert "dh_jupyter/py.typed" in files
    missing = {str(path) for path in beside if "labextension" not in path.parts and path.suffix != ".pyc"} - files
    assert missing == set()
    assert any(name.endswith("share/jupyter/labextensions/dh-jupyter/install.json") for name in files)
    assert any(name.endswith("etc/jupyter/jupyter_server_config.d/dh_jupyter.json") for name in files)


def test_nothing_names_this_machine(both: Path) -> None:
    """No registry and no folder of the build in what was installed."""
    site = both.parent / "lib"
    for name in recorded(both, "dh-jupyter"):
        path = next(site.glob("python*/site-packages")) / name
        # direct_url.json is the installer's own, and says where it took the wheel from.
        if path.suffix in (".js", ".json", ".css", ".py") and path.name != "direct_url.json":
            assert str(ROOT) not in path.read_text(errors="replace"), name
