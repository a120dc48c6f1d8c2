"""The process that writes to MLflow: one JSON request a line in, one JSON answer a line out.

Started by process.py as `python -m dh_jupyter.tracking.writer URI ARTIFACTS`. Each request may come twice, and may have
been done by half: runs and models are found again by their tags, points by what is there.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .plan import PlannedRun

VARIABLES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A server that is away is tried again by the tracker, which keeps what is to be written.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


class Writer:
    """Requests are methods: `run`, `runs`, `publish`."""

    def __init__(self, uri: str, artifacts: str) -> None:
        from mlflow import MlflowClient

        from .experiments import Experiments
        from .models import Models
        from .rows import Rows
        from .runs import Runs

        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        experiments = Experiments(client, artifacts)
        self._models = Models(client, experiments)
        self._runs = Runs(client, experiments, self._models)
        self._rows = Rows(client)

    def run(self, plan: Any) -> dict[str, Any]:
        """Write a run, or what is new of it. Answers {"run_id"}."""
        return {"run_id": self._runs.write(plan)}

    def runs(self, plans: Any) -> dict[str, Any]:
        """Write plain runs. Answers {"answers": [one for each, as `run` gives it, or why not]}."""
        written = self._rows.write([placed for plan in plans if (placed := self._placed(plan))])
        ids = [written.get(plan["run"]["mark"]) for plan in plans]
        answers = zip(ids, plans, strict=True)
        return {"answers": [{"run_id": ident} if ident else answer_of(self.run, plan) for ident, plan in answers]}

    def _placed(self, plan: Any) -> tuple[str, PlannedRun, str] | None:
        """None if MLflow refuses what it is to lie in: that is said of this run alone."""
        try:
            return self._runs.placed(plan)
        except Exception as error:
            if not _is_refused(error):
                raise
            return None

    def publish(self, request: Any) -> dict[str, Any]:
        """Make a version of a registered model, and point an alias at it. Answers {"name", "version"}."""
        return self._models.publish(request)


def main() -> None:
    """Answer requests until the input ends. What MLflow prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.nice(10)  # runs come first: nobody waits for what is written here, but for the rare publish
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    writer = Writer(*_settled(*sys.argv[1:3]))
    for line in sys.stdin:
        request = json.loads(line)
        answer = answer_of(getattr(writer, request["do"]), request["what"])
        print(json.dumps(answer), file=answers, flush=True)


def _settled(uri: str, artifacts: str) -> tuple[str, str]:
    """Tell MLflow of this whole process: it reads variables at import, and looks URIs like models:/m-… up at `uri`."""
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return uri, artifacts


def answer_of(function: Callable[[Any], dict[str, Any]], what: Any) -> dict[str, Any]:
    """Whatever MLflow raises is an answer, too: {"error", "refused"}."""
    try:
        return function(what)
    except Exception as error:  # noqa: BLE001 - it is told
        return {"error": f"{type(error).__name__}: {error}", "refused": _is_refused(error)}


def _is_refused(error: Exception) -> bool:
    """Whether it is this request that can't be written: then trying again is of no use, and others are not to wait."""
    import requests
    from mlflow.exceptions import MlflowException

    if isinstance(error, MlflowException):
        status = error.get_http_status_code()  # type: ignore[no-untyped-call]
        return 400 <= status < 500 and status not in (401, 403, 408, 429)
    wrong = isinstance(error, (FileNotFoundError, ValueError, TypeError, LookupError, AttributeError))
    return wrong and not isinstance(error, requests.RequestException)


if __name__ == "__main__":
    main()
