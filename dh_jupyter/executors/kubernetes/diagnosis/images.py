"""Why a node does not get a container's image: what the registry, or the way there, said."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .facts import Facts
from .finding import Finding, waits
from .words import sentence, shortened

REASONS = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
)
_ANOTHER = "Take another profile, or have its image corrected: %dh profile lists them"


@dataclass(frozen=True)
class _Row:
    code: str
    says: str
    summary: str
    cure: str
    stuck: bool = True


_ROWS = (
    _Row(
        "image_rate",
        r"toomanyrequests|429 Too Many Requests|pull rate limit",
        "The registry gives no more images for now (its rate limit): {image}.",
        "It is tried again. To be rid of it, your administrator can mirror the image, or give the profile a pull secret.",
        stuck=False,
    ),
    _Row(
        "image_tls",
        r"x509:|tls: |certificate signed by unknown authority|server gave HTTP response to HTTPS client",
        "The nodes do not trust the registry of {image} (TLS).",
        "Your administrator must make the nodes trust its certificate, or take the image from elsewhere.",
    ),
    _Row(
        "image_unreachable",
        r"no such host|i/o timeout|connection refused|no route to host|network is unreachable|TLS handshake timeout"
        r"|connection reset|server misbehaving|context deadline exceeded|[Tt]emporary failure in name resolution|EOF$",
        "The nodes can't reach the registry of {image}.",
        "It is tried again. If the name of the registry is wrong, or the cluster has no way out: another image by profile.",
        stuck=False,
    ),
    _Row(
        "image_platform",
        r"no match for platform|no matching manifest for",
        "There is no {image} for this kind of machine.",
        "Take an image that is built for it, or a profile with other nodes: %dh profile lists them",
    ),
    _Row(
        "image_disk",
        r"no space left on device",
        "The node's disk is too full for {image}.",
        "It is tried again; a node that is too full gets no more pods. Else ask your administrator.",
        stuck=False,
    ),
    _Row(
        "image_unauthorized",
        r"pull access denied|unauthorized|401 Unauthorized|403 Forbidden|no basic auth credentials|authorization failed"
        r"|authentication required|denied: ",
        "The registry does not give {image} to us: it is private, or there is none of that name.",
        "Check its name; for a private one, the profile needs image_pull_secrets.",
    ),
    _Row(
        "image_missing", r"not found|manifest unknown|does not exist|NotFound", "There is no image {image}.", _ANOTHER
    ),
    _Row(
        "image_name",
        r"InvalidImageName|invalid reference format|couldn't parse image",
        "'{image}' is no name of an image.",
        _ANOTHER,
    ),
    _Row(
        "image_missing",
        r"ErrImageNeverPull|pull policy of Never",
        "{image} is not on the node, and may not be fetched.",
        _ANOTHER,
    ),
)


def no_image(facts: Facts) -> Finding | None:
    """While a container waits for an image that does not come."""
    for image, waiting in _waiting(facts):
        said = _said(facts, waiting)
        for row in _ROWS:
            if re.search(row.says, said, re.MULTILINE):
                return waits(row.code, row.summary.format(image=image), row.cure, said, stuck=row.stuck)
        return waits("image", f"The image {image} can't be had. {sentence(shortened(said))}", _ANOTHER)
    return None


def _waiting(facts: Facts) -> list[tuple[str, dict[str, str]]]:
    statuses = [
        one for group in ("initContainerStatuses", "containerStatuses") for one in facts.status.get(group) or []
    ]
    states = [(str(one.get("image") or ""), dict((one.get("state") or {}).get("waiting") or {})) for one in statuses]
    return [(image, waiting) for image, waiting in states if waiting.get("reason") in REASONS]


def _said(facts: Facts, waiting: dict[str, str]) -> str:
    """While the node backs off, an older one says no more why: then the event of the last try does."""
    message = waiting.get("message") or ""
    if message.startswith("Back-off pulling image") and "ErrImagePull" not in message:
        message = facts.told("Failed", says="Failed to pull image") or message
    return message or str(waiting.get("reason"))
