"""What attempts elsewhere are given of the store: links and a policy, for addresses as they see them. Nobody is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.stores import Stores, StoreSettings
from dh_kernel.errors import Invalid

NEAR, FAR = "http://store.example:9000", "http://minio.inside:9000"


def deliveries(home: Path, uri: str = "s3://bucket/dh", endpoint: str = NEAR) -> Deliveries:
    return Deliveries(Stores(home, StoreSettings(uri, endpoint, "", "key", "hush"), lambda project, name: ""))


def test_an_attempt_has_a_place_of_its_own(tmp_path: Path) -> None:
    granted = deliveries(tmp_path).seen_at(FAR).grant("demo", "r1-2", 60)
    assert granted["base"] == "s3://bucket/dh/demo/.runs/r1/2/"
    assert (granted["url"], granted["prefix"]) == (f"{FAR}/bucket", "dh/demo/.runs/r1/2/")
    assert granted["limit"] == 5 << 30
    assert "hush" not in str(granted)


def run(**inputs: Any) -> Any:
    return {"project": "demo", "function": {"name": "f"}, "inputs": inputs}


def given(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "reference": "dataset/x", **more}


def test_links_are_made_again_for_the_address_that_pods_see(tmp_path: Path) -> None:
    link = {"path": "x.parquet", "url": f"{NEAR}/old", "size": 3, "sha256": "ab"}
    file = given("s3://bucket/dh/demo/x.parquet", links=[link])
    folder = given("s3://bucket/dh/demo/m/", links=[{"path": "a/b c.bin", "url": "old"}])
    made = deliveries(tmp_path).seen_at(FAR).linked(run(x=file, m=folder), 600)
    [one] = made["inputs"]["x"]["links"]
    [other] = made["inputs"]["m"]["links"]
    assert (one["size"], one["sha256"]) == (3, "ab"), "what is known of it stays"
    assert urlsplit(one["url"])[:3] == ("http", "minio.inside:9000", "/bucket/dh/demo/x.parquet")
    assert urlsplit(other["url"]).path == "/bucket/dh/demo/m/a/b%20c.bin"
    assert parse_qs(urlsplit(one["url"]).query)["X-Amz-Expires"] == ["600"]


@pytest.mark.parametrize("path", ["/srv/x.parquet", "file:///srv/x.parquet"])
def test_an_input_on_this_servers_disk_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Invalid, match=r"'x' \(dataset/x\) lies on this server's disk"):
        deliveries(tmp_path).linked(run(x=given(path)))


def test_what_lies_elsewhere_is_left_as_it_is(tmp_path: Path) -> None:
    elsewhere = given("https://example.org/x.csv")
    assert deliveries(tmp_path).linked(run(x=elsewhere))["inputs"]["x"] == elsewhere


@pytest.mark.parametrize(
    ("uri", "endpoint", "setting"),
    [("", "", "store to s3://"), ("s3://bucket", "http://localhost:9000", "kubernetes_s3_endpoint")],
)
def test_without_an_s3_that_others_reach_it_says_what_to_set(
    tmp_path: Path, uri: str, endpoint: str, setting: str
) -> None:
    with pytest.raises(Invalid) as caught:
        deliveries(tmp_path, uri, endpoint).check()
    assert setting in caught.value.hint
    deliveries(tmp_path, "s3://bucket", "http://localhost:9000").seen_at(FAR).check()
