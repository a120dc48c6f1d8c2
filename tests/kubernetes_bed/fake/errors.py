"""The API server's error answers, worded as Kubernetes words them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .resources import Key, Resource


class ApiError(Exception):
    """An answer other than 2xx; `body` is the Status object that clients parse."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    @property
    def body(self) -> dict[str, Any]:
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        return {**status, "details": self.details} if self.details else status


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong with an object."""

    reason: str
    field: str
    message: str


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def no_such_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def not_found(key: Key) -> ApiError:
    message = f'{key.resource.qualified} "{key.name}" not found'
    return ApiError(404, "NotFound", message, _details(key))


def already_exists(key: Key) -> ApiError:
    message = f'{key.resource.qualified} "{key.name}" already exists'
    return ApiError(409, "AlreadyExists", message, _details(key))


def modified(key: Key) -> ApiError:
    message = (
        f'Operation cannot be fulfilled on {key.resource.qualified} "{key.name}": the object has been '
        "modified; please apply your changes to the latest version and try again"
    )
    return ApiError(409, "Conflict", message, _details(key))


def other_uid(key: Key, wanted: str, actual: str) -> ApiError:
    message = (
        f'Operation cannot be fulfilled on {key.resource.qualified} "{key.name}": Precondition failed: '
        f"UID in precondition: {wanted}, UID in object meta: {actual}"
    )
    return ApiError(409, "Conflict", message, _details(key))


def forbidden(resource: Resource, name: str, why: str) -> ApiError:
    message = f'{resource.qualified} "{name}" is forbidden: {why}'
    return ApiError(403, "Forbidden", message, {"name": name, "kind": resource.plural})


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def invalid(resource: Resource, name: str, causes: Sequence[Cause]) -> ApiError:
    lines = [f"{cause.field}: {cause.message}" for cause in causes]
    what = lines[0] if len(lines) == 1 else "[" + ", ".join(lines) + "]"
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {
        "name": name,
        "group": resource.group,
        "kind": resource.kind,
        "causes": [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes],
    }
    return ApiError(422, "Invalid", f'{kind} "{name}" is invalid: {what}', details)


def _details(key: Key) -> dict[str, Any]:
    return {"name": key.name, "group": key.resource.group, "kind": key.resource.plural}
