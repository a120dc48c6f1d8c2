"""What S3 answered, as errors of ours: what was asked, of which place, and what to do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from ..errors import DHError, Forbidden, Invalid, NotFound, Unavailable
from .s3_access import S3Access

_WRONG = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidTokenId",
    "AuthorizationHeaderMalformed",
    "InvalidToken",
)
_EXPIRED = ("ExpiredToken", "TokenRefreshRequired", "ExpiredTokenException")
_CODE = re.compile(r"<Code>(\w+)</Code>(?:.*?<Message>(.*?)</Message>)?", re.S)


@contextlib.contextmanager
def explained(access: S3Access, uri: str) -> Iterator[None]:
    """Errors of the client within it become ours."""
    import urllib3
    from minio import error as known

    try:
        yield
    except known.S3Error as error:
        raise fault(access, uri, error.code or "", error.message or "") from error
    except (known.ServerError, known.InvalidResponseError) as error:
        raise Unavailable(f"S3 at {access.url} answered for {uri}: {error}", "Ask whoever runs it.") from error
    except urllib3.exceptions.HTTPError as error:
        raise away(access.url, error) from error
    except ValueError as error:  # the client's own checks of names, and a key that it found nowhere
        raise Invalid(f"{uri}: {error}", "Look at the settings of the store: %dh doctor") from error


def fault(access: S3Access, uri: str, code: str, message: str) -> DHError:
    """The error for a code of S3's."""
    who = f"the key '{access.key[:4]}…'" if access.key else "no key"
    if code in ("NoSuchKey", "NoSuchObject", "ResourceNotFound", "NoSuchUpload"):
        return NotFound(f"There is no '{uri}'.", "It was deleted, or was never written whole.")
    if code == "NoSuchBucket":
        bucket = uri.partition("://")[2].partition("/")[0]
        return NotFound(
            f"S3 at {access.url} has no bucket '{bucket}'.", "Make it, or name another in DhExtension.store."
        )
    if code in _WRONG:
        return Unavailable(f"S3 at {access.url} does not know {who} ({code}).", "Give the right key and secret.")
    if code in _EXPIRED or (code == "AccessDenied" and "expired" in message.lower()):
        return Unavailable(f"The credentials or the link for {uri} have expired.", "Ask for new ones, and try again.")
    if code in ("AccessDenied", "AllAccessDisabled", "AccountProblem"):
        return Forbidden(
            f"S3 at {access.url} lets {who} not do this with {uri}.", "The key needs rights for this bucket."
        )
    if code == "RequestTimeTooSkewed":
        return Unavailable(f"The clocks of this machine and of S3 at {access.url} differ.", "Set them right.")
    if code in ("EntityTooLarge", "EntityTooSmall", "InvalidPart", "InvalidPolicyDocument"):
        return Invalid(f"S3 at {access.url} refused {uri}: {message or code}")
    return Unavailable(f"S3 at {access.url} answered for {uri}: {code} {message}".rstrip(), "Ask whoever runs it.")


def away(url: str, error: BaseException) -> Unavailable:
    """It does not answer."""
    reason = str(getattr(error, "reason", None) or error)
    reason = reason.rpartition("object at ")[2].partition(">: ")[2] or reason
    return Unavailable(
        f"S3 at {url} does not answer ({reason[:200]}).", "Is it up, and is the endpoint right? %dh doctor"
    )


def code_in(body: bytes) -> tuple[str, str]:
    """Code and message of an answer of S3's; empty if it has none."""
    found = _CODE.search(body[:10_000].decode("utf-8", "replace"))
    return (found[1], found[2] or "") if found else ("", "")
