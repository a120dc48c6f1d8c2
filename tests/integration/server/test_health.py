"""What a cluster asks: whether the server lives, whether it is ready, how much there is to do."""

from __future__ import annotations

from tests.fixtures.server import InProcess


async def test_a_server_that_works(server: InProcess) -> None:
    await server.ask("GET", "/dh/api/v1/projects")
    for path, status in (("/dh/health", "alive"), ("/dh/ready", "ready")):
        answer = await server.ask("GET", path, token=None)
        assert (answer.status, answer.body) == (200, {"status": status})


async def test_a_catalogue_that_does_not_answer(server: InProcess) -> None:
    """As when its database is away: who asks is told that, and nothing of where it lies."""
    await server.ask("GET", "/dh/api/v1/projects")
    database = server.broker.home / "catalogue.sqlite"
    away = database.rename(database.with_suffix(".away"))
    database.mkdir()  # nobody can open it; then those that are open are let go, and what a thread still has is not used again
    server.broker.catalogue.close()
    answer = await server.ask("GET", "/dh/ready", token=None)
    health = await server.ask("GET", "/dh/health", token=None)
    database.rmdir()
    away.rename(database)
    assert (answer.status, answer.body) == (503, {"status": "not ready"})
    assert health.status == 200
    assert (await server.ask("GET", "/dh/ready", token=None)).status == 200


async def test_a_server_that_stops_is_not_ready_any_more(server: InProcess) -> None:
    await server.ask("GET", "/dh/api/v1/projects")
    await server.broker.close()
    assert (await server.ask("GET", "/dh/ready", token=None)).status == 503


async def test_numbers(server: InProcess) -> None:
    await server.ask("GET", "/dh/api/v1/projects")
    answer = await server.ask("GET", "/dh/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    text = str(answer.body)
    assert 'dh_runs{state="running"} 0.0' in text
    assert 'dh_info{version="' in text
    assert (await server.ask("GET", "/dh/metrics", token=None)).status == 401
