"""All that the public SDK sent in a recording is sent again, in order, to a broker of ours; each answer is checked."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs

from dh_jupyter.tokens import login_name
from tests.contract.replay import checks
from tests.contract.replay.recording import API, Line, client_lines, rows, shown
from tests.fixtures.server import TOKEN, Asked, InProcess

# What is not sent again, and how many lines that is
NOT_SENT = {
    "s3": "what went to the object store, not to the API",
    "job": "what a job of the original runtime asked; ours runs without the SDK",
}
COUNTS = {"s3": 65, "job": 42}
TRIGGERED = "1f91c01b605546d4894012578d65a4fd"  # the run that a trigger made: its id is the server's


class Replay:
    """What is known so far: which ids are there, and which of ours stand for recorded ones."""

    def __init__(self, server: InProcess) -> None:
        self.server = server
        self.there: set[str] = set()
        self.ours: dict[str, str] = {}
        self.waited: set[str] = set()

    async def faults(self, line: Line) -> list[str]:
        """Send one line; all that is wrong with the answer."""
        await self._prepare(line)
        before = await self._stored(line) if line.method == "PUT" and self._is_entity(line) else None
        if before is not None and before.status != 200:
            return [f"{before.body}"]
        answer = await self._send(line)
        wrong = [*checks.of_every_answer(line, answer.status, answer.headers, answer.body)]
        if answer.status != 200 or wrong:
            return wrong
        self.there |= (
            {line.body["id"]} if line.method == "POST" and isinstance(line.body, dict) and "id" in line.body else set()
        )
        self._learn(line, answer.body)
        return [each async for each in self._of_body(line, answer.body, before and before.body)]

    async def _of_body(self, line: Line, body: Any, before: Any) -> AsyncIterator[str]:
        found: Iterator[str] = iter(())
        if "/solr/" in line.path:
            found = checks.of_hits(body)
        elif isinstance(body, dict) and "content" in body:
            for each in checks.of_page(line, body, await self._everything(line)):
                yield each
        elif line.path == "/dh/auth/token":
            found = checks.of_token(body)
        elif line.path.endswith("/logs"):
            found = checks.of_logs(body)
        elif isinstance(body, dict) and line.plural in _ENTITIES and "spec" in (line.answer or {}):
            found = _of_one(line, body, before)
        for each in found:
            yield each

    async def _prepare(self, line: Line) -> None:
        """Post what the recording lacks, and let runs end that had ended then."""
        own = line.body.get("id") if line.method == "POST" and isinstance(line.body, dict) else None
        for ident in sorted(line.idents - self.there - {own}):
            document = shown().get(ident)
            if document is not None and ident not in self.ours:
                await self._restore(document)
        if TRIGGERED in line.path and TRIGGERED not in self.ours:
            self.ours[TRIGGERED] = await self._triggered(line)
        recorded = (line.answer or {}).get("status") if isinstance(line.answer, dict) else None
        run = self._mapped(line.path).partition("/runs/")[2].partition("/")[0]
        if run and isinstance(recorded, dict) and recorded.get("state") in checks.FINISHED:
            await self._wait(run)

    async def _restore(self, document: dict[str, Any]) -> None:
        self.there.add(document["id"])
        plural = {"dataitem": "dataitems", "function": "functions", "artifact": "artifacts"}.get(
            document["key"].split("/")[3]
        )
        if plural:
            path = f"{API}/-/{document['project']}/{plural}"
            assert (await self.server.ask("POST", path, document)).status == 200, document

    async def _triggered(self, line: Line) -> str:
        """The id of the run that a trigger has made, when it has."""
        await self.server.broker.call(self.server.broker.triggers.settle)
        found = await self.server.ask("GET", f"{API}/-/demo/runs?size=1000")
        made = [
            each["id"]
            for each in found.body["content"]
            for link in each["metadata"]["relationships"]
            if "/trigger/" in link.get("dest", "")
        ]
        assert len(made) == 1, (line, made)
        return str(made[0])

    async def _wait(self, run: str) -> None:
        found = await self.server.ask("GET", f"{API}/-/demo/runs/{run}")
        if found.status == 200 and not found.body["spec"].get("local_execution"):
            await self.server.ask("POST", f"{API}/-/demo/runs/stream", {"ids": [run]})

    async def _send(self, line: Line) -> Asked:
        token: str | None = "wrong" if line.status == 401 else TOKEN
        headers = {}
        if line.scheme == "Basic":
            token, headers["Authorization"] = None, f"Basic {base64.b64encode(f'admin:{TOKEN}'.encode()).decode()}"
        elif not line.scheme and line.status == 401:
            token = None
        if line.path == "/dh/auth/token":  # the tokens were taken out of the recording
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return await self.server.ask(
                line.method, line.path, raw=line.body.replace("***", TOKEN).encode(), token=None, **form
            )
        url = self._mapped(line.url.removeprefix("/dh"))
        url = re.sub(r"\buser=admin\b", f"user={login_name()}", url)
        return await self.server.ask(line.method, "/dh" + url, self._mapped_body(line.body), token=token, **headers)

    def _mapped(self, text: str) -> str:
        for recorded, ours in self.ours.items():
            text = text.replace(recorded, ours)
        return text

    def _mapped_body(self, body: Any) -> Any:
        if isinstance(body, dict):
            return {name: self._mapped_body(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self._mapped_body(each) for each in body]
        return self._mapped(body) if isinstance(body, str) else body

    def _learn(self, line: Line, body: Any) -> None:
        """An id that the server made."""
        if line.path.endswith("/share") and line.method == "POST":
            self.ours[line.answer["id"]] = body["id"]

    def _is_entity(self, line: Line) -> bool:
        """Whether the path ends with an entity: not with something that it has."""
        return (
            line.plural in _ENTITIES
            and len(line.path.removeprefix(API).strip("/").split("/")) in (2, 4)
            and not line.path.endswith("/data")
        )

    async def _stored(self, line: Line) -> Asked:
        return await self.server.ask("GET", self._mapped(line.path))

    async def _everything(self, line: Line) -> list[dict[str, Any]]:
        """All latest versions of a type (all versions where the line asks for them), in the order of its list."""
        versions = parse_qs(line.query).get("versions", ["latest"])[0]
        found = await self.server.ask("GET", f"{line.path}?size=1000&versions={versions}")
        assert found.body["totalPages"] <= 1
        return list(found.body["content"])


_ENTITIES = (
    "projects",
    "artifacts",
    "dataitems",
    "models",
    "functions",
    "workflows",
    "tasks",
    "runs",
    "triggers",
    "secrets",
)


def _of_one(line: Line, body: dict[str, Any], before: Any) -> Iterator[str]:
    yield from checks.of_entity(body)
    if line.method == "POST" and not line.path.endswith("/stop"):
        yield from checks.of_posted(line, body)
        yield from checks.of_state(line, body)
    elif line.method == "PUT":
        yield from checks.of_put(line, before, body)
        yield from checks.of_state(line, body)


async def test_what_the_sdk_sends(server: InProcess) -> None:
    replay, wrong = Replay(server), []
    for line in client_lines():
        wrong += [
            f"{line.number} {line.scenario} {line.method} {line.url[:120]}: {each}"
            for each in await replay.faults(line)
        ]
    assert not wrong, f"{len(wrong)} faults\n" + "\n".join(wrong)


def test_every_line_of_the_recording_is_sent_or_named() -> None:
    left_out = Counter("s3" if "s3" in row else "job" for row in rows() if row.get("by") != "client")
    assert left_out == COUNTS
    assert set(COUNTS) == set(NOT_SENT)
    assert len(client_lines()) == 420 - sum(COUNTS.values())


def test_a_wrong_answer_is_seen() -> None:
    """The checks themselves: each fault that once was possible is told."""
    line = next(each for each in client_lines() if each.method == "POST" and each.plural == "artifacts")
    good = {**line.answer, "metadata": {**line.answer["metadata"]}}
    assert not [*checks.of_entity(good), *checks.of_posted(line, good), *checks.of_state(line, good)]
    assert [*checks.of_entity({**good, "spec": None})]
    assert [*checks.of_entity({**good, "status": {"state": "PERFECT"}})]
    assert [
        *checks.of_entity({**good, "metadata": {**good["metadata"], "created": "2026-11-23T11:35:22.466387+00:00"}})
    ]
    assert [*checks.of_posted(line, {**good, "spec": {}})]
    assert [*checks.of_state(line, {**good, "status": {"state": "READY"}})]
    assert [*checks.of_every_answer(line, 200, {}, good)]
    assert [*checks.of_put(line, good, {**good, "spec": {"path": "elsewhere"}})]
    missing = next(each for each in client_lines() if each.status == 404)
    assert [*checks.of_every_answer(missing, 404, {}, {"status": 404, "message": "No such project."})]
