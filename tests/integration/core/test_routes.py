"""Every route in front of a Core is guarded, and has an answer also while Core is away."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.handlers.base import DhHandler
from dh_jupyter.handlers.core import core_routes
from dh_jupyter.handlers.routes import ROUTES
from dh_jupyter.handlers.stream import StreamSocket
from tests.contract.routes.test_guard import GUARDED
from tests.fixtures.server import InProcess


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    jp_server_config["DhExtension"] |= {"core_url": "http://127.0.0.1:9"}
    return jp_server_config


def test_each_route_of_ours_is_there() -> None:
    assert [pattern for pattern, _ in core_routes()] == [pattern for pattern, _ in ROUTES]
    assert all(issubclass(handler, (DhHandler, StreamSocket)) for _, handler in core_routes())


async def test_nobody_gets_in_and_core_that_is_away_is_told(server: InProcess) -> None:
    for verb, path in GUARDED:
        assert (await server.ask(verb, path, token=None)).status == 401, (verb, path)
        answer = await server.ask(verb, path)
        assert answer.status in (200, 400, 404, 405, 503), (verb, path, answer)
        assert answer.status < 500 or verb == "HEAD" or "does not answer" in answer.body["message"], (
            verb,
            path,
            answer,
        )
