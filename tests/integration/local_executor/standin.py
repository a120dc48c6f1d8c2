"""A worker of a few lines, used only as long as dh_kernel.worker is not there. Delete it, and its fixture, then."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = """
import importlib, json, os, signal, sys, time, traceback


class Stop(BaseException):
    pass


def stop(*_):
    raise Stop


def run_folder(folder):
    folder = str(folder)
    signal.signal(signal.SIGTERM, stop)
    run = json.load(open(folder + "/run.json"))
    sys.path.insert(0, folder)
    state, code, value, started = "COMPLETED", 0, None, time.time()
    try:
        value = getattr(importlib.import_module("dh_code"), run["function"]["handler"])(**run["parameters"])
    except Stop:
        state, code = "STOPPED", 45
    except Exception:
        traceback.print_exc()
        state, code = "ERROR", 42
    sys.stdout.flush()
    result = dict(format=1, id=run["id"], attempt=1, state=state, exit_code=code, started=started, ended=time.time())
    with open(folder + "/result.new", "w") as file:
        json.dump(dict(result, results={"value": value}, outputs=[]), file)
    os.replace(folder + "/result.new", folder + "/result.json")
    return code


def main():
    return run_folder(sys.argv[1])
"""


def build(path: Path) -> None:
    """Write the archive."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "import sys\nfrom dh_kernel.worker.main import main\nsys.exit(main())\n")
        archive.writestr("dh_kernel/__init__.py", "")
        archive.writestr("dh_kernel/worker/__init__.py", "")
        archive.writestr("dh_kernel/worker/main.py", MAIN)
