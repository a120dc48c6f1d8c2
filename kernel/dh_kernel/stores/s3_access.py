"""Where an S3 is and as whom we ask it: from settings, else from the variables that boto reads."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ..errors import Invalid, NotInstalled

AMAZON = "https://s3.amazonaws.com"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
TRIES = 5
CONNECT, READ = 5.0, 60.0  # seconds


@dataclass(frozen=True)
class S3Access:
    """Empty fields are not given. Without a key the files and roles are asked that AWS's own clients ask."""

    endpoint: str = ""
    region: str = ""
    key: str = ""
    secret: str = ""
    token: str = ""

    @classmethod
    def from_environment(cls, given: Mapping[str, str] = os.environ) -> S3Access:
        """What AWS_ENDPOINT_URL_S3 (AWS_ENDPOINT_URL), AWS_REGION (AWS_DEFAULT_REGION), AWS_ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN say."""
        return cls(
            endpoint=given.get("AWS_ENDPOINT_URL_S3") or given.get("AWS_ENDPOINT_URL", ""),
            region=given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION", ""),
            key=given.get("AWS_ACCESS_KEY_ID", ""),
            secret=given.get("AWS_SECRET_ACCESS_KEY", ""),
            token=given.get("AWS_SESSION_TOKEN", ""),
        )

    def given(self, **fields: str) -> S3Access:
        """With these, as far as they are not empty. A key that is given brings its own secret, and no session."""
        own = {name: value for name, value in fields.items() if value}
        cleared: dict[str, str] = {"secret": "", "token": ""} if own.get("key") else {}
        return replace(self, **{**cleared, **own})

    @property
    def url(self) -> str:
        """The endpoint, Amazon's by default. Raises Invalid."""
        url = self.endpoint or AMAZON
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise Invalid(
                f"'{url}' can't be an S3 endpoint.", "Write http://host:port or https://host, without a path."
            )
        return url.rstrip("/")

    def variables(self) -> dict[str, str]:
        """As boto and the public SDK read them; without a key there are none."""
        if not self.key:
            return {}
        found = {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
        return {name: value for name, value in found.items() if value}

    def __repr__(self) -> str:
        return f"S3Access({self.endpoint or AMAZON}, key {self.key[:4] + '…' if self.key else 'none'})"


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`. Raises Invalid."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not _BUCKET.fullmatch(bucket):
        raise Invalid(f"'{uri[:200]}' is no S3 URI.", "Write s3://bucket/key; a bucket has 3 to 63 of a-z 0-9 . -")
    if any(part in ("..", ".") for part in key.split("/")) or any(ord(letter) < 32 for letter in key):
        raise Invalid(f"'{uri[:200]}' is no S3 URI of a file.", "A key has no '.' or '..' between its slashes.")
    return bucket, key


def make_pool() -> Any:
    """urllib3's: connections kept, server faults tried again with jitter, and twice what did not answer in time. Raises
    NotInstalled."""
    try:
        import urllib3
    except ImportError as error:
        raise _not_installed() from error
    again = urllib3.Retry(
        total=TRIES, read=2, backoff_factor=0.2, backoff_jitter=0.2, backoff_max=5, status_forcelist=[500, 502, 503, 504],
        raise_on_status=False,
    )  # fmt: skip
    timeout = urllib3.Timeout(connect=CONNECT, read=READ)
    return urllib3.PoolManager(maxsize=10, retries=again, timeout=timeout, cert_reqs="CERT_REQUIRED", ca_certs=_ca())


def make_client(access: S3Access, pool: Any) -> Any:
    """MinIO's client. Raises NotInstalled."""
    try:
        from minio import Minio
    except ImportError as error:
        raise _not_installed() from error
    parts = urlsplit(access.url)
    return Minio(
        parts.netloc, secure=parts.scheme == "https", region=access.region or None, http_client=pool,
        credentials=_credentials(access),
    )  # fmt: skip


def _not_installed() -> NotInstalled:
    return NotInstalled("The client of S3 is not installed.", "Add it: pip install 'dh-kernel[s3]'")


def _credentials(access: S3Access) -> Any:
    from minio.credentials import providers as known

    if access.key:
        return known.StaticProvider(access.key, access.secret, access.token or None)
    providers: list[Any] = [known.AWSConfigProvider()]
    if any(name.startswith(("AWS_WEB_IDENTITY_", "AWS_CONTAINER_CREDENTIALS_")) for name in os.environ):
        providers.append(known.IamAwsProvider())  # asks over the network, so only where it is told to
    return known.ChainedProvider(providers)


def _ca() -> str:
    import certifi

    return os.environ.get("AWS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where()
