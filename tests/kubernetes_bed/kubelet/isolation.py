"""What this machine lets a container be: tried once, at the start of a kubelet."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SANDBOX = Path(__file__).with_name("sandbox.py")
NAMESPACE, USER_NAMESPACE, PLAIN = "namespace", "user-namespace", "plain"

NO_MEMORY_LIMITS = "memory limits are ignored: no memory cgroup for this user, so nothing is OOMKilled"
WHAT_IS_MISSING = {
    NAMESPACE: "",
    USER_NAMESPACE: "not root: containers run in user namespaces, in which runAsUser is ignored",
    PLAIN: (
        "mount namespaces are not permitted here: containers run as plain processes of this user in the "
        "host's file tree. Missing: volumes at their mountPath, a root file system of their own, "
        "runAsUser. Run as root to have them"
    ),
}


def detect(scratch: Path) -> str:
    """The best way that works, tried with a container that does nothing."""
    candidates = [NAMESPACE, USER_NAMESPACE] if os.geteuid() == 0 else [USER_NAMESPACE]
    for candidate in candidates:
        if _works(candidate, scratch):
            return candidate
    return PLAIN


def complaints(isolation: str, memory_limits: bool) -> list[str]:
    """What is missing of a container on this machine, in sentences."""
    missing = [WHAT_IS_MISSING[isolation], "" if memory_limits else NO_MEMORY_LIMITS]
    return [sentence for sentence in missing if sentence]


def sandbox_command(spec_file: Path) -> list[str]:
    return [sys.executable, "-I", "-S", str(SANDBOX), str(spec_file)]


def _works(isolation: str, scratch: Path) -> bool:
    with tempfile.TemporaryDirectory(dir=scratch) as folder, tempfile.TemporaryDirectory() as work:
        spec = {
            "isolation": isolation,
            "scratch": folder,
            "binds": [[work, "/var/run/kubernetes-bed", True]],
            "directory": "/",
            "command": ["true"],
            "environment": {"PATH": os.environ["PATH"]},
            "cgroups": [],
            "failure_file": f"{work}/failure",
            "user": None,
            "group": None,
        }
        file = Path(work) / "spec.json"
        file.write_text(json.dumps(spec))
        return subprocess.run(sandbox_command(file), capture_output=True, check=False).returncode == 0
