"""Search over HTTP, as the public SDK asks."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"


def path(what: str, *parameters: tuple[str, str]) -> str:
    return f"{PROJECT}/solr/search/{what}?{urlencode(parameters)}"


async def test_the_sdks_question(server: InProcess) -> None:
    document = {"kind": "table", "name": "dataset", "spec": {"path": "/x.parquet"}}
    made = (await server.ask("POST", f"{PROJECT}/dataitems", document)).body
    wanted = ["type:(dataitem OR artifact)", 'metadata.name:"dataset"', 'kind:"table"', "metadata.updated:[* TO *]"]
    asked = [("q", "dataset"), *(("fq", each) for each in wanted)]
    found = (await server.ask("GET", path("item", *asked))).body
    assert [(hit["key"], hit["type"], hit["status"]) for hit in found["content"]] == [
        (made["key"], "dataitem", "CREATED")
    ]
    assert (found["totalElements"], found["totalPages"]) == (1, 1)
    assert found["filters"] == {"q": ["dataset"], "fq": wanted}
    groups = (await server.ask("GET", path("group", *asked))).body
    assert [(group["numFound"], group["docs"][0]["id"]) for group in groups["content"]] == [(1, made["id"])]


async def test_what_cannot_be_asked(server: InProcess) -> None:
    assert (await server.ask("GET", path("item", ("fq", "colour:red")))).status == 400
    assert (await server.ask("GET", path("item", ("size", "5000")))).status == 400
    assert (await server.ask("GET", path("item", ("q", "x")).replace("default", "nowhere"))).status == 404
