"""MLflow's own pages, in a process: `python -m dh_jupyter.tools.mlflow_pages URI ARTIFACTS SOCKET`.

One process, where `mlflow server` would be several. `/open?run=KEY` leads to the page of a run of ours. Host and Origin are
checked by MLflow as ever: the proxy says that it is localhost.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from dh_kernel.refs import parse

from .serving import begin

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]


class Opening:
    """MLflow's application, and before it the way to a run."""

    def __init__(self, pages: App, uri: str) -> None:
        self._pages = pages
        self._uri = uri

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/open":
            await self._pages(scope, receive, send)
            return
        from anyio.to_thread import run_sync

        key = parse_qs(scope["query_string"].decode()).get("run", [""])[0]
        place = await run_sync(self.place_of, key)
        status, text = (302, "") if place else (404, f"MLflow has not been told of {key} yet. Go back in a moment.")
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"location", (place or "./").encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers[: 2 if place else 1]})
        await send({"type": "http.response.body", "body": text.encode()})

    def place_of(self, key: str) -> str:
        """The run's page, below the one that was asked for; empty if MLflow does not have it."""
        from mlflow import MlflowClient

        client = MlflowClient(self._uri)
        experiment = client.get_experiment_by_name(parse(key).project or "") if key.startswith("store://") else None
        if experiment is None:
            return ""
        mark = key.replace("'", "")
        found = client.search_runs([experiment.experiment_id], f"tags.`dh.run` = '{mark}'", max_results=1)
        return f"./#/experiments/{experiment.experiment_id}/runs/{found[0].info.run_id}" if found else ""


def main() -> None:
    """Until the input ends."""
    listening, (uri, artifacts) = begin()
    from mlflow.server.constants import BACKEND_STORE_URI_ENV_VAR, REGISTRY_STORE_URI_ENV_VAR

    os.environ[BACKEND_STORE_URI_ENV_VAR] = os.environ[REGISTRY_STORE_URI_ENV_VAR] = uri
    import uvicorn
    from mlflow.server import handlers
    from mlflow.server.fastapi_app import app
    from mlflow.store.tracking import DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH

    # Who opens a new store first makes its first experiment, and has to know where its files would go.
    root = Path(artifacts).as_uri() if artifacts else DEFAULT_LOCAL_FILE_AND_ARTIFACT_PATH
    handlers.initialize_backend_stores(uri, uri, root)
    config = uvicorn.Config(Opening(app, uri), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
