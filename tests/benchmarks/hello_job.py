"""One cell that prints, as a job: from the request until its state says that it is over; jupyter-scheduler beside us."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from _peers import python_with

TIMES = 5
TOKEN = "bench"
CELL = {
    "cell_type": "code",
    "id": "a1",
    "metadata": {},
    "source": "print('hello')",
    "outputs": [],
    "execution_count": None,
}
NOTEBOOK: dict[str, Any] = {
    "cells": [CELL],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def ask(url: str, body: Any = None) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None)
    request.add_header("Authorization", f"token {TOKEN}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def until(check: Any, seconds: float = 120) -> Any:
    """The first true answer. A benchmark of others' servers has no event to wait for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := check():
                return found
        except OSError:
            pass
        time.sleep(0.02)
    raise TimeoutError("the peer did not answer")


def scheduler(python: str) -> list[float]:
    """Seconds of jobs of jupyter-scheduler, one after another."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello.ipynb").write_text(json.dumps(NOTEBOOK))
        base = f"http://127.0.0.1:{(port := free_port())}"
        options = [
            f"--port={port}",
            f"--ServerApp.root_dir={folder}",
            f"--IdentityProvider.token={TOKEN}",
            "--allow-root",
        ]
        path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
        server = subprocess.Popen(
            [python, "-m", "jupyter_server", *options],
            env={**os.environ, "PATH": path, "JUPYTER_DATA_DIR": f"{folder}/.data"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until(lambda: ask(f"{base}/scheduler/runtime_environments"))
            kind = ask(f"{base}/scheduler/runtime_environments")[0]
            return [one_job(base, kind) for _ in range(TIMES)]
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def one_job(base: str, kind: Any) -> float:
    job = {
        "name": "hello",
        "input_filename": "hello.ipynb",
        "input_uri": "hello.ipynb",
        "runtime_environment_name": kind["name"],
        "output_formats": ["ipynb"],
    }
    begun = time.monotonic()
    made = ask(f"{base}/scheduler/jobs", job)["job_id"]
    ended = until(lambda: _ended(ask(f"{base}/scheduler/jobs/{made}")))
    if ended["status"] != "COMPLETED":
        raise RuntimeError(f"the peer's job {ended['status'].lower()}: {ended.get('status_message')}")
    return time.monotonic() - begun


def _ended(job: Any) -> Any:
    return job if job["status"] in ("COMPLETED", "FAILED") else None  # it says STOPPED of what has not begun


OURS = """
import time, dh_kernel as dh
def hello():
    print('hello')
f = dh.function(hello)
for _ in range({times} + 2):
    begun = time.monotonic()
    run = f.run().wait()
    print(time.monotonic() - begun, run.state)
"""


def ours() -> list[float]:
    """Seconds of the same through the toolkit, with a broker that it starts itself."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello.py").write_text(OURS.format(times=TIMES))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DH_")}
        env = {**kept, "DH_HOME": f"{folder}/.dh"}
        said = subprocess.run(
            [sys.executable, f"{folder}/hello.py"], cwd=folder, env=env, capture_output=True, text=True
        )
        os.kill(json.loads(Path(folder, ".dh/broker.json").read_text())["pid"], signal.SIGTERM)
        lines = [line.split() for line in said.stdout.splitlines() if line.endswith("succeeded")]
        return [float(seconds) for seconds, _ in lines[2:]]


if __name__ == "__main__":
    row = {"figure": "hello job, request → over", "target": "", "ours": f"{statistics.median(ours()):.2f} s"}
    if peer := python_with("jupyter_scheduler"):
        row["peer"] = f"jupyter-scheduler {statistics.median(scheduler(peer)):.1f} s"
    print(json.dumps(row))
