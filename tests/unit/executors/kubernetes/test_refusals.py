"""An API server's refusals in words."""

from __future__ import annotations

import pytest

from dh_jupyter.executors.kubernetes.refusals import Refused, explained, quota_words
from dh_kernel.errors import Busy, Conflict, Forbidden, Invalid, Unauthorized, Unavailable

QUOTA = 'jobs.batch "x" is forbidden: exceeded quota: few, requested: count/jobs.batch=1, used: count/jobs.batch=2, limited: count/jobs.batch=2'


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (Refused(403, "Forbidden", QUOTA), Busy),
        (Refused(401, "Unauthorized"), Unauthorized),
        (Refused(403, "Forbidden", 'jobs is forbidden: User "u" cannot create resource "jobs"'), Forbidden),
        (
            Refused(403, "Forbidden", 'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot'),
            Invalid,
        ),
        (Refused(403, "Forbidden", 'admission webhook "policy" denied the request: no latest tag'), Invalid),
        (Refused(422, "Invalid", "spec.template: Invalid value"), Invalid),
        (Refused(404, "NotFound", 'namespaces "x" not found'), Invalid),
        (Refused(409, "AlreadyExists", "exists"), Conflict),
        (Refused(503), Unavailable),
    ],
)
def test_refusals(refused: Refused, kind: type[Exception]) -> None:
    assert type(explained(refused, "create jobs", "ours")) is kind


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (QUOTA, "'few' allows 2 count/jobs.batch; 2 are in use, 1 more asked for"),
        (
            "exceeded quota: g, requested: requests.nvidia.com/gpu=2, used: requests.nvidia.com/gpu=3, limited: requests.nvidia.com/gpu=4",
            "'g' allows 4 requests.nvidia.com/gpu; 3 are in use, 2 more asked for",
        ),
        (
            "exceeded quota: q, requested: cpu=1,pods=1, used: cpu=2,pods=1, limited: cpu=2,pods=1",
            "'q' allows cpu=2,pods=1; cpu=2,pods=1 is in use, cpu=1,pods=1 is asked for",
        ),
        ("exceeded quota: in a form of tomorrow", "in a form of tomorrow"),
    ],
)
def test_a_quota_in_words(message: str, words: str) -> None:
    assert quota_words(message) == words


def test_what_lies_between_may_answer_in_html() -> None:
    refused = Refused.of(502, b"<html>Bad gateway</html>", {})
    assert refused.may_go_well_later
    assert "Bad gateway" in refused.message
