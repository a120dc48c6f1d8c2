"""What a person does in a kernel while the store is an S3: the kernel has no credentials for it."""

from __future__ import annotations

import importlib.util
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dh_kernel as dh
from dh_kernel import transfer
from dh_kernel.broker import Address, routes_url
from dh_kernel.session import Session, set_session
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import BrokerProcess, broker_process


@pytest.fixture(scope="module")
def bucket(s3: S3) -> str:
    name = f"kernel-{uuid.uuid4().hex[:8]}"
    s3.client().create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def broker(s3: S3, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    folder = tmp_path_factory.mktemp("s3-broker")
    settings = {"store": f"s3://{bucket}", "store_endpoint": s3.url, "store_key": KEY, "store_secret": SECRET}
    (folder / "jupyter_server_config.json").write_text(json.dumps({"DhExtension": settings}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder))
        with broker_process(folder / "home", folder / "log") as made:
            yield made


@pytest.fixture(autouse=True)
def kernel(broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DH_HOME", str(tmp_path / "home-of-the-kernel"))
    set_session(Session(lambda: Address(routes_url(broker.url), broker.token)))
    yield
    set_session(None)


def test_a_dataset_goes_there_and_comes_back(s3: S3, bucket: str) -> None:
    frame = pd.DataFrame({"a": range(1000), "b": "text"})
    saved = dh.dataset("numbers", frame)
    assert saved.spec["path"].startswith(f"s3://{bucket}/default/dataitem/numbers/")
    assert any(key.endswith("numbers.parquet") for key in s3.keys(bucket))
    pd.testing.assert_frame_equal(dh.load("dataset/numbers"), frame, check_dtype=False)
    assert dh.dataset("numbers", frame).existing


def test_a_big_dataset_goes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PART", 5 << 20)
    frame = pd.DataFrame({"noise": [os.urandom(1 << 20) for _ in range(7)]})
    dh.dataset("noise", frame)
    back: Any = dh.load("dataset/noise")
    assert list(back["noise"]) == list(frame["noise"])


def test_a_model_of_a_run_is_loaded_and_published(s3: S3, bucket: str, tmp_path: Path) -> None:
    module = tmp_path / "training.py"
    module.write_text(
        "def train():\n    from sklearn.linear_model import LinearRegression\n"
        "    return LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])\n"
    )
    spec = importlib.util.spec_from_file_location("training", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    run = dh.run(dh.function(loaded.train)).wait()
    assert run.state == "succeeded", run.diagnosis
    (model,) = run.outputs.values()
    assert model.spec["path"].startswith(f"s3://{bucket}/default/.runs/"), "the run has put it there itself"
    assert model.load().predict([[2.0]])[0] == pytest.approx(4.0)
    published = dh.publish(model.reference, as_="line", alias="best")
    assert published.status["publication"]["registry"]["version"] == "1"
    assert dh.load("model/line@best").predict([[3.0]])[0] == pytest.approx(6.0)
