"""deploy/image/: it is built by podman where there is one, and a run's pod works in it as Kubernetes would start it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_jupyter.executors.archive import worker_archive
from dh_jupyter.executors.kubernetes.settings import USER
from dh_kernel.rundir import RunFolder
from tests.fixtures.base_image import can_be_made, write_base
from tests.fixtures.pods import job

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "image" / "Containerfile"
BASE = os.environ.get("DH_TEST_BASE_IMAGE", "python:3.12-slim")
LOOSE = ("--ulimit", "nofile=20000:20000", "--ulimit", "nproc=1000:1000")  # also in a container


def podman(*arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    runtime = ["--runtime", "runc"] if shutil.which("runc") else []  # the one that also works within a container
    return subprocess.run(
        ["podman", *runtime, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if shutil.which("podman") is None:
        pytest.skip("no podman on this machine")
    base = BASE if is_there() else made_base(tmp_path_factory.mktemp("base"))
    name = "localhost/dh-run-test"
    given = ("--build-arg", f"BASE={base}", "--build-arg", "EXTRAS=")
    near = ("--isolation", "chroot", "--network", "host", "-v", "/etc/ssl/certs:/etc/ssl/certs:ro")
    built = podman("build", *near, *given, "-f", str(FILE), "-t", name, ".")
    assert built.returncode == 0, built.stderr[-3000:]
    yield name
    podman("rmi", "-f", name, *([] if base == BASE else [base]))


def is_there() -> bool:
    return not podman("image", "exists", BASE).returncode or not podman("pull", "-q", BASE, timeout=120).returncode


def made_base(folder: Path) -> str:
    """Of this machine's Python, where podman can't get Docker's."""
    name, archive = "localhost/dh-base-test", folder / "base.tar"
    if not can_be_made():
        pytest.skip("podman finds no base image: no registry can be reached")
    write_base(archive)
    made = podman(
        "import", "-q", "-c", f"ENV PATH={sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin", str(archive), name
    )
    if made.returncode:
        pytest.skip("podman finds no base image: no registry can be reached")
    archive.unlink()
    return name


@pytest.mark.slow
def test_a_run_works_in_it_as_nobody_with_a_root_that_is_read_only(image: str, tmp_path: Path) -> None:
    document = job(tmp_path / "run", "import os\ndef f():\n    print('as', os.getuid())\n    return 3\n")
    document["folder"] = "/dh/run"
    (tmp_path / "job.json").write_text(json.dumps(document))
    worker = Path(shutil.copy(worker_archive(tmp_path / "cache"), tmp_path / "worker.pyz"))
    worker.chmod(0o644)
    for path in (tmp_path / "run", *(tmp_path / "run").rglob("*")):
        path.chmod(0o777)
    mounts = [f"{tmp_path / 'run'}:/dh/run", f"{tmp_path / 'job.json'}:/dh/job.json:ro", f"{worker}:/dh/worker.pyz:ro"]
    command = ["python3", "/dh/worker.pyz", "--pod", "/dh/job.json", "/dh/run/word"]
    volumes = [part for mount in mounts for part in ("-v", mount)]
    ran = podman("run", "--rm", *LOOSE, "--read-only", "--network", "none", *volumes, image, *command)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"as {USER}" in ran.stdout
    result = RunFolder(tmp_path / "run").read_result()
    assert result is not None
    assert result["state"] == "COMPLETED"


@pytest.mark.slow
def test_it_brings_what_installs_packages(image: str) -> None:
    found = podman("run", "--rm", *LOOSE, "--network", "none", image, "uv", "--version")
    assert found.stdout.startswith("uv "), found.stderr


def test_it_is_of_nobody_and_names_no_registry() -> None:
    lines = FILE.read_text().splitlines()
    assert f"USER {USER}:{USER}" in lines
    assert "FROM ${BASE}" in lines
    constraint = next(line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("uv=="))
    assert f"ARG UV={constraint.removeprefix('uv==')}" in lines
