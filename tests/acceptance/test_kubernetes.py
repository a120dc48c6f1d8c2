"""Runs on Kubernetes as a person meets them: a kubeconfig, a line of settings, and `%dh run … --on kubernetes`."""

from __future__ import annotations

import base64
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest

from dh_jupyter.executors.kubernetes.beside import OLDEST
from dh_jupyter.executors.kubernetes.client import Client
from tests.fixtures.kernel import Kernel
from tests.fixtures.kubernetes import claim_home, namespace_client, need_volumes
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import BrokerProcess, broker_process
from tests.kubernetes_bed import Cluster

numbers = count(1)
TRAIN = """%%dh function train
def train(rounds: int = 3):
    import dh_kernel as dh
    for n in range(rounds):
        dh.report(loss=1 / (n + 1), step=n)
    print("trained", rounds, "rounds")
    return {"score": 0.75, "weights": b"abc"}"""
USE = """%%dh function use
def use(weights):
    print("weights are", len(weights), "bytes")
    return {"size": len(weights)}"""
BREAK = """%%dh function fail
def fail():
    return 1 / 0"""
HOLD = """%%dh function hold
import os, select
def hold(number: int = 0):
    print("in", flush=True)
    while not os.path.exists(os.path.join(os.environ["DH_RUN_FOLDER"], "go")):
        select.select([], [], [], 0.05)
    print("out", number)
    return {"number": number}"""


@pytest.fixture
def client(kubernetes_cluster: Cluster) -> Iterator[Client]:
    """Of a namespace of its own."""
    with namespace_client(kubernetes_cluster, f"person-{next(numbers)}") as made:
        yield made


@pytest.fixture
def start(
    kubernetes_cluster: Cluster, client: Client, tmp_path: Path
) -> Callable[[], AbstractContextManager[BrokerProcess]]:
    """Brokers on one home, which lies on a claim."""
    home = claim_home(kubernetes_cluster, client)
    options = {
        "kubeconfig": kubernetes_cluster.kubeconfig,
        "namespace": client.namespace,
        "volume": f"dh-home:{home.parent}",
        "user": os.getuid(),
    }
    arguments = [f"--DhExtension.kubernetes_{name}={value}" for name, value in options.items()]
    return lambda: broker_process(home, tmp_path / "broker.log", *arguments)


@pytest.fixture
def broker(start: Callable[[], AbstractContextManager[BrokerProcess]]) -> Iterator[BrokerProcess]:
    with start() as broker:
        yield broker


@contextmanager
def kernel_of(broker: BrokerProcess) -> Iterator[Kernel]:
    made = Kernel(broker)
    try:
        made.run("%load_ext dh_kernel\nimport dh_kernel as dh")
        yield made
    finally:
        made.close()


@pytest.fixture
def kernel(broker: BrokerProcess) -> Iterator[Kernel]:
    with kernel_of(broker) as made:
        yield made


def test_a_function_of_a_notebook_runs_in_a_pod_and_its_outputs_are_things_here(kernel: Kernel, client: Client) -> None:
    kernel.run(TRAIN)
    done = kernel.run(
        "r = %dh run train --on kubernetes --wait rounds=4\nprint(r.result['score'], r.metrics)\nprint(r.logs())"
    )
    assert "0.75" in done.text, done
    assert "trained 4 rounds" in done.text
    assert "loss" in done.text
    kernel.run(USE)
    used = kernel.run("u = dh.run('use', weights=r.outputs['weights'], on='kubernetes').wait()\nprint(u.logs())")
    assert "weights are 3 bytes" in used.text, used
    jobs = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    assert sorted(job["metadata"]["labels"]["dh.io/function"] for job in jobs) == ["train", "use"]


ASKS = """%%dh function asks
def asks(trial):
    kind = trial.suggest_categorical("kind", ["a", "b"])
    return {"auc": trial.suggest_float("x" + kind, 0, 1)}"""


def test_trials_in_pods_ask_for_their_parameters(kernel: Kernel) -> None:
    """What a pod asks and hears lies on the volume."""
    kernel.run(ASKS)
    done = kernel.run(
        "s = %dh sweep asks --maximize auc --trials 3 --on kubernetes\n"
        "s.wait()\n"
        "same = [s.trial(n).value == list(s.trial(n).parameters.values())[1] for n in range(3)]\n"
        "print(s.counts['finished'], same, s.best.run.entity['spec']['executor'])"
    )
    assert "3 [True, True, True] kubernetes" in done.text, done


def test_a_map_is_one_indexed_job_and_its_results_come_in_order(kernel: Kernel, client: Client) -> None:
    kernel.run(TRAIN)
    done = kernel.run(
        "got = train.map([3, 1, 'x'], on='kubernetes')\n"
        "print([one['score'] for one in got[:2]], type(got[2]).__name__)\n"
        "print([run.logs().strip() for run in got.runs[:2]])"
    )
    assert "[0.75, 0.75] Invalid" in done.text, done
    assert "['trained 3 rounds', 'trained 1 rounds']" in done.text
    jobs = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    sizes = [job["spec"]["completions"] for job in jobs]
    assert sizes == ([2] if client.version >= OLDEST else [1, 1])


def test_an_error_in_a_pod_points_at_the_cell(kernel: Kernel) -> None:
    kernel.run(BREAK)
    failed = kernel.run("%dh run fail --on kubernetes --wait")
    assert "ZeroDivisionError: division by zero" in failed.text, failed
    assert "return 1 / 0" in failed.text


def test_a_run_outlives_its_broker_and_is_adopted_by_the_next(
    start: Callable[[], AbstractContextManager[BrokerProcess]], client: Client
) -> None:
    with start() as first, kernel_of(first) as kernel:
        kernel.run(HOLD)
        ids = kernel.run(
            "runs = [dh.run('hold', number=n, on='kubernetes') for n in range(3)]\nprint(*[r.id for r in runs])"
        ).text.split()
        assert len(ids) == 3, ids
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    (first.home / "broker.json").unlink()  # the dead one's
    for ident in ids:
        (first.home / "runs" / "default" / ident / "1" / "go").touch()
    with start() as second, kernel_of(second) as kernel:
        told = kernel.run("for n in (1, 2, 3):\n    r = dh.run(f'run/hold-{n}').wait()\n    print(r.state, r.logs())")
        assert told.text.count("out") == 3, told
    jobs = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    assert sorted(job["metadata"]["labels"]["dh.io/run"] for job in jobs) == sorted(ids), "none was started twice"


def test_the_doctor_says_where_runs_would_go_and_profiles_what_is_free(
    kernel: Kernel, client: Client, broker: BrokerProcess
) -> None:
    told = kernel.run("%dh doctor").text
    assert f"namespace {client.namespace}" in told
    assert "through the claim dh-home" in told
    profiles = {"a100": {"executor": "kubernetes", "resources": {"gpu": 1}}, "small": {"resources": {"cpu": 1}}}
    (broker.home / "profiles.yaml").write_text(json.dumps({"profiles": profiles}))
    hard = {"requests.nvidia.com/gpu": "3"}
    client.call("POST", client.path("resourcequotas"), {"metadata": {"name": "team"}, "spec": {"hard": hard}})
    with client.lines(client.path("resourcequotas"), {"watch": "1", "timeoutSeconds": 60}, 70.0) as lines:
        assert any(b'"used":' in line.replace(b" ", b"") for line in lines)
    assert "3 of 3 free by the namespace's quota" in kernel.run("%dh profile").text
    assert "3 of 3 free by the namespace's quota" in kernel.run("%dh profile a100").text


LEARN = """%%dh function learn
def learn(flights, rounds: int = 3):
    import dh_kernel as dh
    from sklearn.linear_model import LinearRegression
    for n in range(rounds):
        dh.report(loss=1 / (n + 1), step=n)
    model = LinearRegression().fit(flights[["distance"]], flights["delay"])
    print("learned from", len(flights), "flights")
    return {"model": model, "score": 0.75}"""


@pytest.fixture
def on_s3(
    kubernetes_cluster: Cluster, client: Client, tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BrokerProcess]:
    """A broker that shares an S3 with its pods, and nothing else."""
    need_volumes(kubernetes_cluster)
    s3.client().create_bucket(Bucket=client.namespace)
    options = {
        "kubernetes_kubeconfig": kubernetes_cluster.kubeconfig,
        "kubernetes_namespace": client.namespace,
        "kubernetes_s3_endpoint": s3.url,
        "kubernetes_user": os.getuid(),
        "store": f"s3://{client.namespace}/dh",
        "store_endpoint": s3.url,
        "store_region": "us-east-1",
        "store_key": KEY,
        "store_secret": SECRET,
        "store_credentials": "configured",
    }
    arguments = [f"--DhExtension.{name}={value}" for name, value in options.items()]
    with broker_process(tmp_path / "home", tmp_path / "broker.log", *arguments) as broker:
        yield broker


@pytest.mark.one_plane
def test_a_dataset_goes_in_and_a_model_comes_out_by_an_s3_alone(on_s3: BrokerProcess, client: Client, s3: S3) -> None:
    with kernel_of(on_s3) as kernel:
        kernel.run(
            "import pandas as pd\nflights = pd.DataFrame({'distance': range(50), 'delay': range(0, 100, 2)})\n%dh dataset flights $flights"
        )
        kernel.run(ASKS)
        refused = kernel.run("%dh sweep asks --maximize auc --trials 3 --on kubernetes")
        assert "Trials on 'kubernetes' can't ask for their parameters while they run" in refused.error, refused
        assert "There is no run" in kernel.run("dh.run('run/asks-1')").error
        kernel.run(LEARN)
        done = kernel.run(
            "r = %dh run learn flights=dataset/flights --on kubernetes --wait rounds=4\n"
            "print(r.state, r.result['score'], r.metrics)\nprint(r.logs())"
        )
        assert "succeeded 0.75" in done.text, done
        assert "learned from 50 flights" in done.text
        assert "loss" in done.text
        used = kernel.run("m = r.outputs['model'].load()\nprint('predicts', round(m.predict([[10]])[0]))")
        assert "predicts 20" in used.text, used
        said = kernel.run("%dh publish model/model --as flight-model --alias champion")
        assert "champion" in said.text, said
        doctor = kernel.run("%dh doctor").text
        assert "through the store at" in doctor
    keys = s3.keys(client.namespace)
    assert any("/.runs/" in key and "/outputs/model/" in key for key in keys), "it stays where the pod put it"
    assert not list(on_s3.home.glob("runs/*/*/*/outputs/*")), "and nothing of it went through the broker"
    secrets = client.call("GET", client.path("secrets"))["items"]
    told = [base64.b64decode(value).decode() for one in secrets for value in one["data"].values()]
    jobs = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    for text in (*told, str(jobs)):
        for ours in (SECRET, on_s3.token, on_s3.url.removeprefix("http://").rstrip("/"), str(on_s3.home)):
            assert ours not in text
