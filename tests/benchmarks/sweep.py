"""Sweeps: trials asked and told a second on the disk beside Optuna's own storages, what the sampler costs the server's loop,
10,000 trials, and whole sweeps of real runs through a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from _peers import python_with

from dh_jupyter.sweeps.pruning import Reported, is_hopeless
from dh_jupyter.sweeps.shown import columns, page
from dh_jupyter.sweeps.study import Study, read_ledger

SPACE = {f"x{place}": {"type": "float", "low": 0.0, "high": 1.0} for place in range(5)}
SPEC: dict[str, Any] = {
    "space": SPACE,
    "objectives": [{"name": "loss", "direction": "minimize"}],
    "workers": 2,
    "trials": 100_000,
    "seed": 1,
}
MANY = 10_000
RAY_TRIALS = 10  # each begins a process of its own, which may take 10 s on two busy cores
RAY_PATIENCE = 180  # seconds


def loss_of(parameters: dict[str, float]) -> float:
    """Something to minimize."""
    return sum((value - 0.3) ** 2 for value in parameters.values())


def ask_and_tell(study: Study) -> None:
    """One trial from its parameters to its value, each on the disk."""
    (trial,) = study.ask(1)
    ended = {"started": "2026-01-01T00:00:00.000Z", "ended": "2026-01-01T00:00:01.000Z", "seconds": 1.0}
    values = {"loss": loss_of(trial.parameters)}
    study.write([{"op": "end", "n": trial.number, "state": "finished", "values": values, **ended}])


def rate(step: Callable[[], Any], times: int) -> tuple[str, float]:
    """(how many a second, in words; p50 in ms). CPU beside the wall's time, since disks and neighbours differ."""
    spent = []
    begun, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        before = time.perf_counter()
        step()
        spent.append((time.perf_counter() - before) * 1000)
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return f"{times / wall:.0f}/s, p50 {statistics.median(spent):.1f} ms, {cpu / times * 1000:.1f} ms CPU", wall


def row(figure: str, target: str, ours: str, peer: str = "") -> None:
    """As scripts/bench.py reads it."""
    print(json.dumps({"figure": figure, "target": target, "ours": ours, "peer": peer}), flush=True)


# -- the engine ----------------------------------------------------------------------------------------------------


def engine(folder: Path) -> None:
    """Trials a second that one broker can ask and tell."""
    for sampler, times in (("random", 1000), ("tpe", 300)):
        study = Study(folder / sampler, {**SPEC, "sampler": sampler})
        study.ask(1)  # Optuna is imported
        said, _ = rate(lambda study=study: ask_and_tell(study), times)  # type: ignore[misc]
        study.close()
        target = ">= 200/s, p50 <= 5 ms" if sampler == "random" else ""
        row(f"sweep: ask and tell, durable, {sampler}, {times}", target, said, peers(folder, sampler, 60))


def peers(folder: Path, sampler: str, times: int) -> str:
    """The same by Optuna's own storages, one process."""
    import optuna
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storages = {
        "Journal": JournalStorage(JournalFileBackend(str(folder / f"{sampler}.log"))),
        "SQLite": RDBStorage(f"sqlite:///{folder / sampler}.sqlite"),
    }
    said = []
    for name, storage in storages.items():
        chosen = optuna.samplers.RandomSampler(1) if sampler == "random" else optuna.samplers.TPESampler(seed=1)
        study = optuna.create_study(storage=storage, sampler=chosen)

        def step(study: Any = study) -> None:
            trial = study.ask()
            study.tell(trial, loss_of({name: trial.suggest_float(name, 0.0, 1.0) for name in SPACE}))

        said.append(f"Optuna {name} {rate(step, times)[0].partition(',')[0]}")
    return ", ".join(said)


def many(folder: Path) -> None:
    """A sweep of 10,000 trials: read again, shown, and gone on with while the loop serves others."""
    study = Study(folder / "many", {**SPEC, "sampler": "random"})
    for _ in range(MANY // 50):
        asked = study.ask(50)
        study.write(
            [
                {"op": "end", "n": one.number, "state": "finished", "values": {"loss": loss_of(one.parameters)}}
                for one in asked
            ]
        )
    study.close()
    spec = {**SPEC, "sampler": "tpe"}
    begun = time.process_time()
    ledger = read_ledger(folder / "many", spec)
    read = time.process_time() - begun
    begun = time.process_time()
    answer = json.dumps(columns("s", ledger, spec, 0))
    page("s", ledger, after="", size=100, sort="value,ASC", state="")
    shown = time.process_time() - begun
    said = f"{(read + shown) * 1000:.0f} ms CPU: journal {read * 1000:.0f} ms, columns and page {shown * 1000:.0f} ms"
    row(f"sweep: card of {MANY:,} trials, the server's part", "<= 500 ms", f"{said}, {len(answer) / 1e6:.1f} MB")
    study = Study(folder / "many", spec)
    begun = time.process_time()
    study.ask(1)
    first = time.process_time() - begun
    quiet, busy, spent = asyncio.run(lags(study))
    study.close()
    row(
        f"sweep: the server's loop while TPE asks at {MANY:,} trials, p50 / p99 / longest",
        "<= 20 ms",
        f"{busy} (no sampler: {quiet}); {spent:.0f} ms CPU a trial, the first {first:.1f} s",
    )


def pruning() -> None:
    """What it costs to ask whether a trial is worth it, beside 10,000 that reported 100 values each."""
    draw = random.Random(1)
    reported = Reported(more=True)
    own = [(step, draw.random()) for step in range(100)]
    for number in range(MANY):
        reported.add(number, [(step, draw.random()) for step in range(100)])
    said = []
    for kind in ("median", "hyperband"):
        looks = []
        for step in range(1, 51):
            for _ in range(8):  # trials that run
                begun = time.process_time()
                is_hopeless(own[:step], reported, {"kind": kind})
                looks.append((time.process_time() - begun) * 1000)
        said.append(f"{kind} {statistics.mean(looks):.2f} ms")
    row(f"sweep: whether to prune, at {MANY:,} trials of 100 reports, CPU a look", "<= 5 ms", ", ".join(said))


async def lags(study: Study, times: int = 20) -> tuple[str, str, float]:
    """How late a loop is: beside nothing, and beside a thread that asks and tells; and the thread's ms of CPU a trial."""
    quiet = await late(asyncio.sleep(1.0))
    spent = 0.0

    def work() -> None:
        nonlocal spent
        begun = time.thread_time()
        for _ in range(times):
            ask_and_tell(study)
        spent = (time.thread_time() - begun) / times * 1000

    return quiet, await late(asyncio.to_thread(work)), spent


async def late(working: Any) -> str:
    """p50, p99 and the most, in ms, that a loop came too late while something worked."""
    task = asyncio.ensure_future(working)
    found = []
    while not task.done():
        begun = time.perf_counter()
        await asyncio.sleep(0.001)
        found.append((time.perf_counter() - begun) * 1000 - 1)
    await task
    return f"{statistics.median(found):.1f} / {statistics.quantiles(found, n=100)[-1]:.1f} / {max(found):.0f} ms"


# -- whole sweeps --------------------------------------------------------------------------------------------------


def trivial(x0: float) -> dict[str, float]:
    """Nothing."""
    return {"loss": x0}


def a_second(x0: float) -> dict[str, float]:
    """A second of waiting."""
    import time

    time.sleep(1)
    return {"loss": x0}


class Client:
    """The broker's API, and its process."""

    def __init__(self, home: Path) -> None:
        told = json.loads((home / "broker.json").read_text())
        self.broker = psutil.Process(int(told["pid"]))
        self._base, self._token = told["url"].rstrip("/"), told["token"]

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """An answer's bytes."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        url = f"{self._base}/dh/api/v1/-/default/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, sent, headers, method=method)) as answer:
            return bytes(answer.read())

    def sweep(self, function: str, trials: int, *, reuse: Any = False) -> tuple[float, float, Any]:
        """(seconds from the first POST to the end, seconds of the broker's CPU, the sweep's run)."""
        asked = {**SPEC, "space": {"x0": SPACE["x0"]}, "trials": trials, "sampler": "random", "reuse": reuse}
        spec = {"function": f"function/{function}", "sweep": asked}
        cpu = sum(self.broker.cpu_times()[:2])
        begun = time.perf_counter()
        posted = json.loads(self.ask("POST", "runs", {"kind": "python+sweep:run", "spec": spec}))
        self.ask("GET", f"runs/{posted['id']}/stream")  # it ends with the run
        wall = time.perf_counter() - begun
        run = json.loads(self.ask("GET", f"runs/{posted['id']}"))
        assert run["status"]["sweep"]["counts"]["finished"] == trials, run["status"]
        return wall, sum(self.broker.cpu_times()[:2]) - cpu, run


def whole(home: Path) -> None:
    """Trials as runs of their own, on two slots."""
    import dh_kernel as dh

    dh.doctor()
    client = Client(home)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for function in (trivial, a_second):
                dh.function(function).run(0.5).wait()  # its environment is there
        wall, cpu, run = client.sweep("trivial", 200)
        said = f"{200 / wall:.0f}/s, {cpu / 200 * 1000:.0f} ms of the broker's CPU a trial"
        row("sweep: 200 trivial trials, each a durable run, 2 workers", ">= 40/s", said, beside(200, 0))
        for reuse, target in ((True, ">= 150/s"), ("auto", "")):
            wall, cpu, _ = client.sweep("trivial", 200, reuse=reuse)
            said = f"{200 / wall:.0f}/s, {cpu / 200 * 1000:.1f} ms of the broker's CPU a trial"
            row(f"sweep: the same, workers have many trials one after another, reuse {reuse}", target, said)
        begun = time.perf_counter()
        client.ask("GET", f"runs/{run['id']}/trials/columns")
        print(f"columns of 200 trials over HTTP: {(time.perf_counter() - begun) * 1000:.0f} ms")
        wall, _, _ = client.sweep("a_second", 20)
        row("sweep: 20 trials of 1 s, 2 workers", f"<= {20 / 2 * 1.03 + 2:.1f} s", f"{wall:.1f} s", beside(20, 1))
    finally:
        client.broker.terminate()
        client.broker.wait(30)


def beside(trials: int, length: float) -> str:
    """The same by others, each trial `length` seconds of waiting."""
    return f"{plain(trials, length)}; {ray_tune(min(trials, RAY_TRIALS), length)}"


def plain(trials: int, length: float) -> str:
    """Optuna's own loop in one process: no run, no log, nothing on the disk."""
    import optuna

    def objective(trial: Any) -> float:
        time.sleep(length)
        return float(trial.suggest_float("x0", 0, 1))

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
    begun = time.perf_counter()
    study.optimize(objective, n_trials=trials, n_jobs=2)
    return f"study.optimize(n_jobs=2), in memory: {time.perf_counter() - begun:.1f} s"


def ray_tune(trials: int, length: float) -> str:
    """Ray Tune, where it is among the peers."""
    python = python_with("ray")
    if python is None:
        return "Ray Tune: not installed (make peers)"
    script = Path(__file__).with_name("_ray_tune.py")
    asked = [python, str(script), str(trials), str(length)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as working:
        try:
            said, _ = working.communicate(timeout=RAY_PATIENCE)
        except subprocess.TimeoutExpired:
            for process in [*psutil.Process(working.pid).children(recursive=True), working]:
                process.kill()
            return f"Ray Tune: {trials} trials not done in {RAY_PATIENCE} s"
    found = [line.split()[1] for line in said.splitlines() if line.startswith("took ")]
    return f"Ray Tune, {trials} trials: {found[0]} s" if found else f"Ray Tune: failed, code {working.returncode}"


def main() -> None:
    for name in ("DH_SERVER_URL", "DH_TOKEN"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="dh-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        os.environ["DH_HOME"] = str(home)
        engine(Path(folder))
        many(Path(folder))
        pruning()
        whole(home)


if __name__ == "__main__":
    main()
