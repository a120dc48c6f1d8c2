"""From whatever was raised to the Problem that is answered. Pure."""

from __future__ import annotations

from http.client import responses
from typing import TYPE_CHECKING

from tornado.web import HTTPError

from dh_kernel.errors import BY_STATUS, DHError

if TYPE_CHECKING:
    from dh_kernel._contract import Problem

UNEXPECTED = "Something went wrong in the broker; the server's log says what."


def problem_of(error: BaseException | None, status: int, *, known: bool) -> Problem:
    """`known`: whether the request had an identity. Jupyter answers 403 to nobody; clients of Core need 401."""
    if isinstance(error, DHError):
        return _problem(error.status, error.message, error.code, error.hint, list(error.details))
    if status in (401, 403) and not known:
        return _problem(401, "No identity.", "unauthorized", "Log in, or send a valid token.")
    if status >= 500:
        return _problem(status, UNEXPECTED, "error")
    said = error.log_message if isinstance(error, HTTPError) and not error.args else None
    code = BY_STATUS[status].code if status in BY_STATUS else "invalid"
    return _problem(status, said or responses.get(status, "The request can't be met."), code)


def _problem(status: int, message: str, code: str, hint: str = "", details: list[str] | None = None) -> Problem:
    problem: Problem = {"status": status, "message": message, "errorCode": code}
    if hint:
        problem["hint"] = hint
    if details:
        problem["details"] = details
    return problem
