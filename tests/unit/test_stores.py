"""Where files go, and what is lent of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from dh_jupyter.stores import CONFIGURED, NONE, Stores, StoreSettings, policy_of
from dh_kernel.errors import Invalid, NotFound
from dh_kernel.stores.s3_access import S3Access

ANSWER = """<?xml version="1.0"?><AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>LENT</AccessKeyId><SecretAccessKey>lent-secret</SecretAccessKey><SessionToken>session</SessionToken>
<Expiration>2031-05-01T10:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def no_secrets(project: str, name: str) -> str:
    raise NotFound(f"There is no secret '{name}'.")


class TokenService(BaseHTTPRequestHandler):
    """AssumeRole as MinIO answers it."""

    asked: list[dict[str, list[str]]]

    def do_POST(self) -> None:
        self.asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWER.encode())

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def token_service() -> Iterator[HTTPServer]:
    TokenService.asked = []
    server = HTTPServer(("127.0.0.1", 0), TokenService)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_temporary_credentials_are_lent_for_the_stores_place_only(token_service: HTTPServer, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{token_service.server_port}"
    stores = Stores(tmp_path, StoreSettings("s3://bucket/team/", url, key="own", secret="own-secret"), no_secrets)
    variables = stores.variables()
    assert stores.variables() == variables, "asked once"
    (asked,) = TokenService.asked
    assert asked["Action"] == ["AssumeRole"]
    policy = json.loads(asked["Policy"][0])
    assert policy == policy_of("s3://bucket/team")
    assert policy["Statement"][0]["Resource"] == ["arn:aws:s3:::bucket/team/*"]
    assert variables["AWS_ACCESS_KEY_ID"] == "LENT"
    assert variables["AWS_SESSION_TOKEN"] == "session"
    assert variables["AWS_CREDENTIALS_EXPIRATION"] == "2031-05-01T10:00:00.000Z"
    assert "own" not in json.dumps(variables)


def test_without_a_setting_files_lie_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody's")
    stores = Stores(tmp_path, StoreSettings(), no_secrets)
    assert stores.root == str(tmp_path / "store")
    assert stores.variables() == {"DHCORE_DEFAULT_FILES_STORE": stores.root}
    assert stores.configuration() == {"dhcore_default_files_store": stores.root}
    assert not stores.holds("p", "s3://bucket/p/x")
    assert stores.state()[0]


def test_a_secret_may_hold_the_key(tmp_path: Path) -> None:
    settings = StoreSettings("s3://bucket", key="secret:ops/S3_KEY", secret="secret:ops/S3_SECRET")
    stores = Stores(tmp_path, settings, lambda project, name: f"{project}-{name}")
    assert (stores.access.key, stores.access.secret) == ("ops-S3_KEY", "ops-S3_SECRET")


def test_a_secret_that_is_gone_stops_no_kernel(tmp_path: Path) -> None:
    stores = Stores(tmp_path, StoreSettings("s3://bucket", key="secret:ops/GONE"), no_secrets)
    assert stores.variables() == {"DHCORE_DEFAULT_FILES_STORE": "s3://bucket"}
    assert stores.configuration()["s3_bucket"] == "bucket"
    well, said = stores.state()
    assert not well
    assert "GONE" in said


def test_what_is_ours(tmp_path: Path) -> None:
    stores = Stores(tmp_path, StoreSettings("s3://bucket/team", credentials=NONE), no_secrets)
    assert stores.holds("p", "s3://bucket/team/p/x")
    for other in (
        "s3://bucket/team/p/../q/x",
        "s3://bucket/team/p/",
        "s3://bucket/team/q/x",
        "s3://bucket/team",
        "s3://bucket/team/",
        "s3://bucket/teams/x",
        "s3://other/team/x",
        "/etc/passwd",
    ):
        assert not stores.holds("p", other)


@pytest.mark.parametrize(
    "wrong",
    [{"uri": "s3://x"}, {"uri": "s3://a/../b"}, {"uri": "relative"}, {"uri": "s3://bucket", "endpoint": "no-url"}],
)
def test_what_can_be_no_store_is_refused(wrong: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        Stores(tmp_path, StoreSettings(**wrong), no_secrets)


def test_the_settings_win_over_the_environment_whole() -> None:
    """A key that is set never meets a secret or a session of another one."""
    given = S3Access.from_environment(
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    )
    assert given.given(key="k", secret="s") == S3Access(key="k", secret="s")
    assert given.given(endpoint="http://x") == S3Access("http://x", "", "a", "b", "c")
    assert "b" not in repr(S3Access(key="k", secret="bbb"))


def test_lent_for_some_projects_alone(token_service: HTTPServer, tmp_path: Path) -> None:
    """Where roles are enforced: nothing of other projects, and none where the policy would be too long for the service."""
    url = f"http://127.0.0.1:{token_service.server_port}"
    stores = Stores(tmp_path, StoreSettings("s3://bucket/team", url, key="own", secret="own-secret"), no_secrets)
    access, _ = stores.lent(frozenset({"b", "a"}))
    assert access is not None
    (asked,) = TokenService.asked
    opened, listing = json.loads(asked["Policy"][0])["Statement"]
    assert opened["Resource"] == ["arn:aws:s3:::bucket/team/a/*", "arn:aws:s3:::bucket/team/b/*"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["team/a/*", "team/b/*"]}}
    assert stores.lent(frozenset()) == (None, "")
    assert stores.lent(frozenset(f"project-{number}" for number in range(100))) == (None, "")
    configured = Stores(
        tmp_path, StoreSettings("s3://bucket", url, key="k", secret="s", credentials=CONFIGURED), no_secrets
    )
    assert configured.lent(frozenset({"a"})) == (None, ""), "what opens everything is for nobody alone"


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("{store}/p/dataitem/t/1/t.parquet", True),
        ("{store}/p/dataitem/t/1/part/t.parquet", True),
        ("{store}/p/dataitem/t/2/t.parquet", False),
        ("{store}/q/dataitem/t/1/t.parquet", False),
        ("{store}/p/dataitem/t/1/../../../../x/t.parquet", False),
        ("{store}x/p/dataitem/t/1/t.parquet", False),
        ("s3://bucket/p/dataitem/t/1/t.parquet", False),
        ("t.parquet", False),
    ],
)
def test_a_dataset_of_ours_has_a_place(path: str, made: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stores = Stores(tmp_path, StoreSettings(), lambda project, name: "")
    place = path.format(store=stores.folder)
    spec = {"path": place}
    stores.make_place({"project": "p", "name": "t", "id": "1", "key": "store://p/dataitem/table/t:1", "spec": spec})
    assert Path(place).parent.is_dir() == (made or place == "t.parquet")
    assert [each.name for each in tmp_path.iterdir()] == (["store"] if made else [])
