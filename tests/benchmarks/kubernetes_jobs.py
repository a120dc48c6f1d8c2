"""The executor for Kubernetes on a plane of the bed: what it costs beside a bare client, and how fast it hears.

The plane is the real one where it was built (tests/kubernetes_bed/real/build.sh), else the fake one. Plane and node run on
the same cores, so wall times are upper bounds; on a real cluster they are others.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.manifest import Place, manifest
from dh_jupyter.executors.kubernetes.prepared import identity_of, read_run
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.testing.executors import Attempts
from tests.fixtures.kernel import Kernel
from tests.fixtures.kubernetes import ROOT, claim_home, namespace_client, planes
from tests.fixtures.server import broker_process
from tests.kubernetes_bed import Cluster, Node

SUBMITS, PENDING, SMALL = 200, 1000, 20
NAME = planes()[-1]
ROUNDS = 5
THREADS = 8  # as the run manager has
NOWHERE = {"node_selector": {"no": "such"}}  # pods that wait, so that only their making is measured
HELLO = "def f(): print('hello', flush=True)\n"


@contextmanager
def plane() -> Iterator[tuple[Cluster, Client, Path]]:
    """A cluster of its own, a namespace in it, and a broker's home there."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dh-bench-", ignore_cleanup_errors=True)))
        node = Node("node-a", shown=tuple(str(path) for path in {ROOT, Path(sys.prefix)}))
        cluster = stack.enter_context(Cluster(NAME, folder / "cluster", [node]))
        client = stack.enter_context(namespace_client(cluster, "bench"))
        yield cluster, client, claim_home(cluster, client)


@contextmanager
def attempts(cluster: Cluster, client: Client, home: Path) -> Iterator[tuple[Attempts, KubernetesSettings]]:
    """An executor there."""
    settings = KubernetesSettings(
        kubeconfig=str(cluster.kubeconfig),
        namespace=client.namespace,
        volume=f"dh-home:{home.parent}",
        user=os.getuid(),
        image="python",
    )
    made = Attempts(lambda: KubernetesExecutor(home, settings=settings), home)
    yield made, settings
    made.executor.close()


def each(work: list[tuple[str, Path]], submit: object) -> float:
    """Seconds for all of them, as many at once as the run manager does."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(submit, work))  # type: ignore[arg-type]
    return time.perf_counter() - begun


def creating(made: Attempts, client: Client, settings: KubernetesSettings) -> None:
    """Ours beside a bare client that posts the same Jobs, and Secrets."""
    made.submit(HELLO, placement=NOWHERE)  # the first one brings the worker along

    def post(one: tuple[str, Path]) -> None:
        identity = identity_of(read_run(one[1]))
        submission = made.submission(*one, {}, placement=NOWHERE)
        secret = {"metadata": {"name": identity.job, "labels": identity.labels()}}
        client.once("POST", client.path("secrets"), secret)
        job = manifest(submission, identity, Place("w"), settings, (1, 31))
        client.once("POST", client.path("jobs", group="batch/v1"), job)

    taken = [0.0] * SMALL
    for number in range(SMALL):
        handle, folder = made.write(HELLO)
        begun = time.thread_time()
        made.executor.submit(made.submission(handle, folder, {}, placement=NOWHERE))
        taken[number] = time.thread_time() - begun
    by_bare = by_ours = 0.0
    for _ in range(ROUNDS):  # in turns, since a plane gets slower with what it has
        by_bare += each([made.write(HELLO) for _ in range(SUBMITS // ROUNDS)], post)
        by_ours += each(
            [made.write(HELLO) for _ in range(SUBMITS // ROUNDS)],
            lambda one: made.executor.submit(made.submission(*one, {}, placement=NOWHERE)),
        )
    row("call → Job created, CPU of the caller", "<= 150 ms", f"{statistics.median(taken) * 1000:.0f} ms")
    rates = f"{SUBMITS / by_ours:.0f}/s of {SUBMITS / by_bare:.0f}/s"
    row(f"{SUBMITS} submits beside a bare client (Secret and Job)", ">= 90 %", f"{by_bare / by_ours:.0%} ({rates})")


def waiting(made: Attempts) -> None:
    """A thousand pods that wait: what the watching costs while nothing happens."""
    each(
        [made.write(HELLO) for _ in range(PENDING - 2 * SUBMITS)],
        lambda one: made.executor.submit(made.submission(*one, {}, placement=NOWHERE)),
    )
    made.executor.poll(made._written)
    begun, spent = time.monotonic(), time.process_time()
    threading.Event().wait(10.0)
    spent = time.process_time() - spent
    row(f"{PENDING} pending runs, CPU of the broker", "<= 5 % of a core", f"{spent / (time.monotonic() - begun):.1%}")


def hearing(made: Attempts) -> None:
    """How long after a line, and after the end of a pod, it is known here."""
    talk = "import time\ndef f():\n    print('at', time.time(), flush=True)\n"
    lines, ends, starts = [], [], []
    for _ in range(SMALL):
        begun = time.time()
        handle, folder = made.submit(talk)
        made.printed(handle, folder, b"at")
        heard = time.time()
        written = float(made.log(handle, folder).split()[1])
        exit = made.ended(handle, folder)
        starts.append(written - begun)
        lines.append(heard - written)
        ends.append(time.time() - exit["ended"])
    row("submit → user code runs, median", "<= 3 s", f"{statistics.median(starts):.2f} s")
    row("a line of the log → known here, median", "<= 200 ms", f"{statistics.median(lines) * 1000:.0f} ms")
    row("end → known here, median", "<= 300 ms", f"{statistics.median(ends) * 1000:.0f} ms")


def answering(cluster: Cluster, client: Client, home: Path) -> None:
    """From the last line of user code in a pod to the cell that has waited for it, and from the call to the first line."""
    options = {"kubeconfig": cluster.kubeconfig, "namespace": client.namespace, "volume": f"dh-home:{home.parent}"}
    arguments = [f"--DhExtension.kubernetes_{name}={value}" for name, value in {**options, "user": os.getuid()}.items()]
    with broker_process(home, home.parent / "broker.log", *arguments) as broker:
        kernel = Kernel(broker)
        try:
            kernel.run("%load_ext dh_kernel\nimport dh_kernel as dh, json, time")
            kernel.run(CELL)
            told = kernel.run(LOOP.format(rounds=SMALL))
        finally:
            kernel.close()
    starts, ends = json.loads(told.text.splitlines()[-1])
    row("call in a cell → user code runs, median", "<= 3 s", f"{statistics.median(starts):.2f} s")
    row("user code is done → the cell goes on, median", "<= 300 ms", f"{statistics.median(ends) * 1000:.0f} ms")


CELL = "%%dh function at\ndef at():\n    import time\n    return {'began': time.time(), 'ended': time.time()}"
LOOP = """
starts, ends = [], []
for _ in range({rounds}):
    begun = time.time()
    run = dh.run("at", on="kubernetes").wait()
    now, told = time.time(), run.result
    starts.append(told["began"] - begun)
    ends.append(now - told["ended"])
print(json.dumps([starts, ends]))
"""


def row(figure: str, target: str, ours: str) -> None:
    print(json.dumps({"figure": f"{figure} ({NAME} plane)", "target": target, "ours": ours}), flush=True)


if __name__ == "__main__":
    with plane() as place:
        answering(*place)
        with attempts(*place) as (made, settings):
            hearing(made)
            creating(made, place[1], settings)
            waiting(made)
