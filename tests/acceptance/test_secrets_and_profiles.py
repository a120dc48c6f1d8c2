"""Secrets and profiles as a person meets them: a real kernel that asks for input, a real broker, real runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.kernel import Kernel
from tests.fixtures.server import BrokerProcess, standalone  # noqa: F401  a fixture

ROOT = Path(__file__).parents[2]
VALUE = "hush hush & quiet"
ASK = """%%dh function ask
import os
def ask(name: str = "TOKEN"):
    print("token is", os.environ[name], flush=True)
    return {"length": len(os.environ[name]), "mode": os.environ.get("MODE", "none")}"""
PROFILES = """
profiles:
  small:
    description: for trying things
    resources: {cpu: 1, memory: 1Gi}
    limits: {memory: 2Gi}
    env: {MODE: quick}
    secrets: [TOKEN]
  gpu:
    executor: local
    image: example.org/gpu:1
    queue: night
"""


@pytest.fixture
def kernel(standalone: BrokerProcess) -> Iterator[Kernel]:  # noqa: F811
    made = Kernel(standalone)
    made.run("%load_ext dh_kernel\nimport dh_kernel as dh")
    yield made
    made.close()


def test_a_secret_from_the_prompt_to_the_run(kernel: Kernel, standalone: BrokerProcess) -> None:  # noqa: F811
    kept = kernel.run("%dh secret TOKEN", typed=VALUE)
    assert [one["prompt"] for one in kept.asked] == ["Value of TOKEN: "]
    assert kept.asked[0]["password"] is True
    assert kept.text.startswith("secret TOKEN kept in default")
    assert kernel.run("dh.secret('TOKEN')", typed=VALUE).text.startswith("secret TOKEN replaced")
    assert "None" not in kernel.run("dh.secret('OTHER', VALUE := 'x' * 20)").text
    listed = kernel.run("%dh secret").text
    assert [line.split()[0] for line in listed.splitlines()] == ["secret", "OTHER", "TOKEN"]

    kernel.run(ASK)
    done = kernel.run("r = %dh run ask --secret TOKEN --wait\nprint(r.result, r.logs())")
    assert f"{{'length': {len(VALUE)}, 'mode': 'none'}} token is ***TOKEN***" in done.text, done
    missing = kernel.run("%dh run ask --secret TOKN")
    assert missing.error == "There is no secret 'TOKN'.\nDid you mean 'TOKEN'? Keep it first: %dh secret TOKN"

    typed = kernel.run("%dh secret TOKEN=hunter2-hunter2")
    assert typed.error.startswith("A secret's value is not typed here")
    assert "hunter2" not in typed.error
    assert "hunter2" not in kernel.run("%dh secret TOKEN hunter2-hunter2 hunter2").error
    assert kernel.run("%dh secret EMPTY", typed="").error.startswith("Nothing was given for 'EMPTY'")
    silent = kernel.run("%dh secret SILENT")
    assert silent.error == "This notebook can't ask for the value of 'SILENT' here.\nIn a terminal: dh secret SILENT"
    assert "invalid or missing name" in kernel.run("%dh secret ../x", typed=VALUE).error

    assert kernel.run("%dh secret OTHER --delete").text == "secret OTHER deleted from default"
    assert kernel.run("%dh secret OTHER --delete").error.startswith("There is no secret 'OTHER'")
    assert [line.split()[0] for line in kernel.run("%dh secret").text.splitlines()] == ["secret", "TOKEN"]
    assert "hush" not in json.dumps(kernel.seen), "no message to the front end has it"
    files = [path for path in standalone.home.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"hush hush" in path.read_bytes()] == [], "what is kept is sealed"


def test_a_secret_from_a_shell(standalone: BrokerProcess, tmp_path: Path) -> None:  # noqa: F811
    """`dh secret NAME < file`: what a program pipes is the value."""
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "kernel")))
    place = {"DH_SERVER_URL": standalone.url, "DH_TOKEN": standalone.token, "DH_HOME": str(standalone.home)}
    script = "import sys; from dh_kernel.cli.main import main; sys.exit(main())"

    def dh(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script, *words]
        environment = {**os.environ, **place, "PYTHONPATH": paths}
        return subprocess.run(command, input=given, env=environment, cwd=tmp_path, capture_output=True, text=True)

    kept = dh("secret", "TOKEN", given=f"{VALUE}\n")
    assert kept.stdout.startswith("secret TOKEN kept in default"), kept
    assert VALUE.encode() not in (standalone.home / "secrets" / "default" / "TOKEN").read_bytes()
    assert [row["secret"] for row in json.loads(dh("secret", "--json").stdout)] == ["TOKEN"]
    refused = dh("secret", "TOKEN=hunter2")
    assert (refused.returncode, "hunter2" in refused.stderr) == (2, False)
    assert dh("secret", "NONE").stderr.startswith("Nothing was given for 'NONE'")
    (standalone.home / "profiles.yaml").write_text(PROFILES)
    assert [row["profile"] for row in json.loads(dh("profile", "--json").stdout)] == ["small", "gpu"]
    assert dh("profile", "smal").stderr.startswith("There is no profile 'smal'.\nDid you mean 'small'?")


def test_profiles(kernel: Kernel, standalone: BrokerProcess) -> None:  # noqa: F811
    assert kernel.run("%dh profile").text == "None is set up here. Give resources: --cpu 2 --memory 8Gi"
    kernel.run(ASK)
    assert "There is no profile 'small'." in kernel.run("%dh run ask --profile small").error
    (standalone.home / "profiles.yaml").write_text(PROFILES)
    rows = kernel.run("%dh profile").text.splitlines()
    assert rows[1].split("  ")[0] == "small"
    assert "for trying things" in rows[1]
    assert "cpu 1, memory 1Gi" in rows[1]
    assert "memory 2Gi" in rows[1]
    details = kernel.run("%dh profile small").text
    assert "MODE=quick" in details
    assert "--memory 1Gi" in details

    kernel.run("%dh secret TOKEN", typed=VALUE)
    done = kernel.run("r = %dh run ask --profile small --wait\nprint(r.result, r.entity['spec']['resources'])")
    assert "'mode': 'quick'} {'cpu': '1', 'mem': '1Gi'}" in done.text, done
    over = kernel.run("%dh run ask --profile small --memory 3Gi").error
    assert over.startswith("--memory 3Gi is more than profile 'small' allows: 2Gi.")
    cannot = kernel.run("%dh run ask --profile gpu").error
    assert cannot.startswith("Profile 'gpu' sets image, queue, which the executor 'local' can't give.")
    assert kernel.run("%dh run ask --profile smal").error == "There is no profile 'smal'.\nDid you mean 'small'?"

    (standalone.home / "profiles.yaml").write_text("profiles: {small: {memry: 1Gi}}")
    doctor = kernel.run("%dh doctor").text
    assert "profiles.yaml: $.profiles.small: Additional properties are not allowed ('memry' was unexpected)" in doctor
    left = kernel.run("%dh profile").text
    assert "small" in left, "the last good one is in force"
    assert "profiles.yaml is broken: $.profiles.small: Additional properties" in left
    assert "Those of before are in force." in left
