"""Register the copy, then run it: two requests. Names are checked before, so that a refused job leaves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..arguments import check_names
from ..starting import start_run
from .document import Job
from .words import job_line, warnings_of

if TYPE_CHECKING:
    from ..handles import RunHandle
    from ..session import Session


def start_job(
    session: Session, job: Job, given: Mapping[str, Any], options: Mapping[str, Any], labels: Sequence[str] = ()
) -> RunHandle:
    """`given` are parameters, `options` as `run_options` takes them."""
    check_names(job.name, given, job.parameters)
    answer = session.register("function", job.document(session.project, labels))
    existing = answer.headers.get("x-dh-existing", "") == "true"
    notes = [job_line(answer.body, job, existing), *warnings_of(job)]
    return start_run(session, answer.body["key"], given, options, job.parameters, notes)
