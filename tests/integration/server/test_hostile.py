"""Whatever comes in, it is the sender's fault and never ours: 4xx with a Problem, never 5xx."""

from __future__ import annotations

import pytest

from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"


BODIES = {
    "cut off": b'{"kind": "py',
    "no JSON": b"kind: python",
    "a list": b"[]",
    "text": b'"x"',
    "null": b"null",
    "a number": b"1",
    "NaN": b'{"kind":"table","name":"x","spec":{"path":"/x","n":NaN}}',
    "bytes": b"\xff\xfe\x00",
    "deep": b'{"a":' * 100_000,
    "deep lists": b"[" * 50_000 + b"]" * 50_000,
    "a huge number": b'{"kind":' + b"9" * 10_000 + b"}",
    "lone surrogate": b'{"kind":"table","name":"x","metadata":{"description":"\\ud800"},"spec":{"path":"/x"}}',
    "kind a list": b'{"kind":[],"name":"x","spec":{}}',
    "kind missing": b'{"name":"x","spec":{}}',
    "name an object": b'{"kind":"python","name":{},"spec":{}}',
    "name with a path": b'{"kind":"table","name":"../x","spec":{"path":"/x"}}',
    "name with NUL": b'{"kind":"table","name":"a\\u0000b","spec":{"path":"/x"}}',
    "name too long": b'{"kind":"table","name":"' + b"a" * 257 + b'","spec":{"path":"/x"}}',
    "id with a path": b'{"kind":"table","name":"x","id":"../../x","spec":{"path":"/x"}}',
    "spec a list": b'{"kind":"python","name":"x","spec":[1]}',
    "spec of wrong types": b'{"kind":"python","name":"x","spec":{"source":{"handler":1},"requirements":"numpy"}}',
    "metadata a text": b'{"kind":"python","name":"x","metadata":"m","spec":{"source":{"handler":"x"}}}',
    "labels a text": b'{"kind":"python","name":"x","metadata":{"labels":"m"},"spec":{"source":{"handler":"x"}}}',
    "an unknown relation": b'{"kind":"x","name":"x","metadata":{"relationships":[{"type":"likes"}]},"spec":{}}',
    "an unknown state": b'{"kind":"x","name":"x","status":{"state":"HAPPY"},"spec":{}}',
    "another project": b'{"kind":"x","name":"x","project":"other","spec":{}}',
}


@pytest.fixture
def collections() -> list[str]:
    plurals = ("functions", "dataitems", "models", "artifacts", "workflows", "tasks", "runs")
    return [f"{PROJECT}/{plural}" for plural in plurals] + ["/dh/api/v1/projects"]


async def test_bodies(server: InProcess, collections: list[str]) -> None:
    # right for other kinds; tasks have no names of their own
    lenient = {"spec of wrong types", "kind missing", *(what for what in BODIES if what.startswith("name "))}
    for what, body in BODIES.items():
        for path in collections:
            answer = await server.ask("POST", path, raw=body)
            allowed = (200, 400, 404) if what in lenient and not path.endswith("/functions") else (400, 404)
            assert answer.status in allowed, (what, path, answer.status, answer.body)
            assert "Traceback" not in str(answer.body)


async def test_faults_are_named_with_their_path(server: InProcess) -> None:
    answer = await server.ask("POST", f"{PROJECT}/functions", raw=BODIES["spec of wrong types"])
    assert [line.split(":")[0] for line in answer.body["details"]] == ["$.spec.requirements", "$.spec.source.handler"]
    spec = {"function": "function/f", "resources": {"cpu": "0.5"}}
    answer = await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": spec})
    assert answer.status == 400
    assert answer.body["details"][0].startswith("$.spec.resources.cpu: '0.5'")
    assert "digits and a unit" in answer.body["details"][0]


@pytest.mark.parametrize(
    "path",
    [
        "/functions/..%2f..%2fetc%2fpasswd",
        "/functions/%00",
        "/functions/a%00b",
        "/functions/%ff%fe",
        "/functions/" + "a" * 5000,
        "/functions/x%0d%0aSet-Cookie:%20a=b",
        "/functions/'%20OR%201=1",
        "/functions?page=-1",
        "/functions?page=x",
        "/functions?page=99999999999999999999",
        "/functions?size=0",
        "/functions?size=1001",
        "/functions?size=1e3",
        "/functions?sort=nothing,ASC",
        "/functions?sort=name,SIDEWAYS",
        "/functions?name=%ff",
        "/resolve",
        "/resolve?ref=",
        "/resolve?ref=%00",
        "/resolve?ref=//////",
        "/resolve?ref=dataset/x&type=nothing",
        "/resolve?ref=" + "a/" * 2000,
        "/runs/x/stream?log=x",
        "/runs/x/stream",
        "/runs/x/logs",
        "/runs/x/metrics",
        "/dataitems/x/files/info",
        "/dataitems/x/files/download?sub=../../../etc/passwd",
        "/nothing",
    ],
)
async def test_paths(server: InProcess, path: str) -> None:
    answer = await server.ask("GET", PROJECT + path)
    assert answer.status in (400, 404), (path, answer)
    assert answer.body["message"]
    assert "Set-Cookie" not in answer.headers or "a=b" not in str(answer.headers.get_list("Set-Cookie"))


@pytest.mark.parametrize(
    "query",
    ["?text=%00", "?q='%25_", "?name=%00", "?labels=%00&labels='", "?created=yesterday", "?updated=,", "?state=,,"],
)
async def test_filters_that_match_nothing(server: InProcess, query: str) -> None:
    answer = await server.ask("GET", f"{PROJECT}/functions{query}")
    assert answer.status in (200, 400)


async def test_metric_bodies(server: InProcess) -> None:
    model = await server.ask("POST", f"{PROJECT}/models", {"kind": "model", "name": "m", "spec": {"path": "/x"}})
    path = f"{PROJECT}/models/{model.body['id']}/metrics"
    for body in (b"", b"{}", b'"x"', b"true", b"[[1]]", b"[1,null]", b"NaN", b"[" * 10_000):
        assert (await server.ask("PUT", f"{path}/a", raw=body)).status == 400, body
    put = await server.ask("PUT", f"{path}/a%20b", raw=b"[1.5,2]")
    assert (put.status, put.body) == (200, b"")
    assert (await server.ask("GET", path)).body == {"a b": [1.5, 2]}


async def test_files_stay_inside_the_store(server: InProcess) -> None:
    await server.ask("GET", "/dh/api/auth")
    store = server.broker.store / "default" / "artifact" / "a"
    store.mkdir(parents=True)
    (store / "page.html").write_text("<script>alert(1)</script>")
    (store / "link").symlink_to("/etc/passwd")
    (server.broker.home / "secret").write_text("s")
    made = {}
    for name, path in {"inside": f"{store}/", "root": "/etc/", "up": f"{store}/../../../../"}.items():
        posted = {"kind": "artifact", "name": name, "spec": {"path": path}}
        made[name] = (await server.ask("POST", f"{PROJECT}/artifacts", posted)).body["id"]
    files = f"{PROJECT}/artifacts/{made['inside']}/files"
    link = (await server.ask("GET", f"{files}/download/page.html")).body
    page = await server.ask("GET", link["url"][link["url"].index("/dh/files/") :], token=None)
    assert page.status == 200
    assert page.headers["Content-Disposition"].startswith("attachment")
    assert page.headers["Content-Security-Policy"].endswith("sandbox")
    assert [each["path"] for each in (await server.ask("GET", f"{files}/info")).body] == ["page.html"]
    for sub in ("link", "../../../../secret", "..%2f..%2f..%2f..%2fsecret", "%2fetc%2fpasswd", "nothing"):
        assert (await server.ask("GET", f"{files}/download?sub={sub}")).status in (400, 403, 404), sub
    for name in ("root", "up"):
        answer = await server.ask("GET", f"{PROJECT}/artifacts/{made[name]}/files/download?sub=passwd")
        assert answer.status == 403, name
