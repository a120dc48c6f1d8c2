"""All tests of Kubernetes, also the long ones, on the fake and on a real control plane, which is built first (once).

Root gets what building needs from Debian; others are told what to type. KUBERNETES_BED_CACHE says where the result is
kept (else ~/.cache/kubernetes-bed). `make test` runs the shorter ones: on the real plane too, where it has been built.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setup import apt, say
from test import BIN, PYTEST, ROOT, variables

BUILD = ROOT / "tests" / "kubernetes_bed" / "real" / "build.sh"
PACKAGES = ("golang-1.19-go", "etcd-server", "golang-github-modern-go-reflect2-dev", "dpkg-dev", "xz-utils")
PLACES = (
    "tests/integration/kubernetes_bed",
    "tests/integration/kubernetes_executor",
    "tests/acceptance/test_kubernetes.py",
    "tests/acceptance/test_two_brokers.py",
)


def main(arguments: list[str]) -> int:
    find_packages()
    subprocess.run([BUILD], check=True, cwd=ROOT)
    planes = {"KUBERNETES_PLANES": os.environ.get("KUBERNETES_PLANES", "fake,real")}
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.call([*PYTEST, *PLACES, *arguments], cwd=ROOT, env={**variables(), **planes, **path})


def find_packages() -> None:
    if Path("/usr/lib/go-1.19/bin/go").exists() and shutil.which("etcd"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt(*PACKAGES)
    else:
        say(f"a real control plane needs: sudo apt-get install -y --no-install-recommends {' '.join(PACKAGES)}")
        raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
