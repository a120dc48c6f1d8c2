"""Where files of entities lie: a folder of the home, or an S3. The one place that knows the S3's credentials."""

from __future__ import annotations

import functools
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, Invalid
from dh_kernel.stores import Store, store_for
from dh_kernel.stores.s3_access import S3Access, split_uri

from .clock import as_text, awake
from .clock import seconds as now

if TYPE_CHECKING:
    from dh_kernel._contract import FileLink
    from dh_kernel.stores.s3 import S3Store

log = logging.getLogger("dh_jupyter.stores")

SCOPED, CONFIGURED, NONE = "scoped", "configured", "none"
LIFETIME = 12 * 3600  # seconds, of temporary credentials
LONGEST = 7 * 86400.0  # seconds that a link of S3 can last
ASK_AGAIN = 300.0  # seconds after a server had none to give
LONGEST_POLICY = 2048  # characters that a token service takes
REFERENCE = "secret:"
Places = frozenset[str] | None
_RIGHTS = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]


@dataclass(frozen=True)
class StoreSettings:
    """`uri` empty: the folder `store` of the home. `key` and `secret` may be `secret:PROJECT/NAME`. The rest as S3Access.

    `credentials`: what kernels and the public SDK get of an S3.
    """

    uri: str = ""
    endpoint: str = ""
    region: str = ""
    key: str = ""
    secret: str = ""
    credentials: str = SCOPED


class Stores:
    """Thread-safe. Nothing is asked until it is needed."""

    def __init__(self, home: Path, settings: StoreSettings, read_secret: Callable[[str, str], str]) -> None:
        """`read_secret(project, name)` gives a secret's value. Raises Invalid for a URI that can't be a store."""
        self.folder = home / "store"
        self.root = settings.uri.rstrip("/") or str(self.folder)
        self.settings = settings
        self._read_secret = read_secret
        self._lock = threading.Lock()
        self._lent: dict[Places, tuple[float, S3Access | None, str]] = {}  # until when, what, why not
        if self.is_s3:
            split_uri(self.root + "/x")
            self.place.url  # noqa: B018  raises for what can't be one
        elif settings.uri and not Path(settings.uri).is_absolute():
            raise Invalid(
                f"'{settings.uri}' can't be the store.", "Write s3://bucket, s3://bucket/prefix, or leave it out."
            )

    @property
    def is_s3(self) -> bool:
        """Whether new files go to an S3."""
        return self.root.startswith("s3://")

    @property
    def place(self) -> S3Access:
        """The S3's address, without a key."""
        given = self.settings
        return S3Access.from_environment().given(endpoint=given.endpoint, region=given.region)

    @functools.cached_property
    def access(self) -> S3Access:
        """As the settings say, else the environment. Raises NotFound for a secret that is not there."""
        given = self.settings
        return self.place.given(key=self._value(given.key), secret=self._value(given.secret))

    def _value(self, given: str) -> str:
        project, _, name = given.removeprefix(REFERENCE).partition("/")
        return self._read_secret(project, name) if given.startswith(REFERENCE) else given

    @functools.cached_property
    def s3(self) -> S3Store:
        """The S3's store, with the broker's own credentials."""
        from dh_kernel.stores.s3 import S3Store

        return S3Store(self.access)

    def of(self, uri: str) -> Store:
        """The store of a URI. Raises NotInstalled."""
        return self.s3 if uri.startswith("s3://") else store_for(uri)

    def holds(self, project: str, uri: str) -> bool:
        """Whether a URI lies in a project's place of our S3: only there do we lend our rights to who may use the project."""
        place = f"{self.root}/{project}/"
        return self.is_s3 and uri.startswith(place) and uri != place and ".." not in uri.split("/")

    def make_place(self, entity: Mapping[str, Any]) -> None:
        """The folder of a file that a new dataset is about to have in our folder: the public SDK writes tables there, and
        makes none."""
        named = [self.root, entity["project"], "dataitem", entity["name"], entity["id"]]
        path = str(entity["spec"].get("path", ""))
        if self.is_s3 or ".." in path.split("/") or not path.startswith("/".join([*named, ""])):
            return
        try:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:  # whoever writes there is told
            log.warning("the folder of %s can't be made: %s", entity["key"], error)

    def local_path(self, uri: str) -> str:
        """A path of this machine with that content."""
        return str(self.of(uri).local_path(uri)) if uri.startswith("s3://") else uri

    def links(self, entity: Mapping[str, Any], seconds: float = LONGEST) -> list[FileLink] | None:
        """By which anybody can read what an entity has in our S3, for so long; None if it lies elsewhere. Raises NotFound."""
        uri = str(entity["spec"].get("path", ""))
        if not self.holds(entity["project"], uri):
            return None
        ends = as_text(now() + seconds)
        digests = {one.get("path"): one.get("hash", "") for one in entity["status"].get("files") or [] if one}
        return [with_digest(link, ends, digests) for link in self.s3.links(uri, seconds)]

    def configuration(self) -> dict[str, str]:
        """What clients may know, under the names of Core's configuration; no secrets."""
        found = {"dhcore_default_files_store": self.root}
        if not self.is_s3:
            return found
        return {
            **found,
            "aws_endpoint_url": self.place.url,
            "aws_region": self.place.region or "us-east-1",
            "s3_bucket": split_uri(self.root + "/")[0],
            "s3_path_style": "true",
            "s3_signature_version": "s3v4",
        }

    # -- what is lent ----------------------------------------------------------------------------------------------

    def lent(self, projects: Places = None) -> tuple[S3Access | None, str]:
        """Credentials for a kernel or the public SDK, and when they end (empty: never); None if there are none to give.

        `projects`: for the places of these alone, where roles are enforced; None for the whole store.
        """
        if not self.is_s3 or self.settings.credentials == NONE:
            return None, ""
        if self.settings.credentials == CONFIGURED:
            return (self.access, "") if projects is None else (None, "")
        with self._lock:
            until, access, ends = self._lent.get(projects, (0.0, None, ""))
            if awake() >= until:
                self._lent = {place: found for place, found in self._lent.items() if awake() < found[0]}
                self._lent[projects] = until, access, ends = self._temporary(projects)
            return access, ends if access else ""

    def _temporary(self, projects: Places) -> tuple[float, S3Access | None, str]:
        policy = json.dumps(policy_of(self.root, projects), separators=(",", ":"))
        if projects is not None and (not projects or len(policy) > LONGEST_POLICY):
            return awake() + ASK_AGAIN, None, "too many projects for one policy, or none"
        try:
            found = self._assumed(policy)
        except DHError as error:
            return awake() + ASK_AGAIN, None, error.message
        seconds = LIFETIME / 2
        return awake() + seconds, found[0], found[1]

    def _assumed(self, policy: str) -> tuple[S3Access, str]:
        """By AssumeRole of the S3's own token service, as MinIO has one; for what the policy opens."""
        import urllib3
        from minio.credentials.providers import AssumeRoleProvider

        from dh_kernel.stores.s3_faults import explained

        pool = urllib3.PoolManager(retries=urllib3.Retry(total=1), timeout=urllib3.Timeout(connect=3, read=10))
        provider = AssumeRoleProvider(
            sts_endpoint=self.access.url, access_key=self.access.key, secret_key=self.access.secret,
            duration_seconds=LIFETIME, policy=policy, region=self.access.region,
            http_client=pool,
        )  # fmt: skip
        with explained(self.access, self.root):
            made = provider.retrieve()
        own = S3Access(
            self.access.endpoint, self.access.region, made.access_key, made.secret_key, made.session_token or ""
        )
        return own, as_text(made.expiration.replace(tzinfo=UTC).timestamp()) if made.expiration else ""

    def variables(self, projects: Places = None) -> dict[str, str]:
        """What a kernel's environment gets, for the public SDK. A kernel starts also where the store is set up badly."""
        try:
            access, ends = self.lent(projects)
        except DHError as error:
            log.warning("a kernel gets no credentials of the store: %s", error)
            access, ends = None, ""
        found = {"DHCORE_DEFAULT_FILES_STORE": self.root}
        if access is None:
            return found
        bucket = split_uri(self.root + "/")[0]
        more = {"S3_BUCKET": bucket, "S3_SIGNATURE_VERSION": "s3v4", "AWS_CREDENTIALS_EXPIRATION": ends}
        return {**found, **access.variables(), **{name: value for name, value in more.items() if value}}

    def state(self) -> tuple[bool, str]:
        """For the doctor: whether it is well, and what to say."""
        if not self.is_s3:
            return True, f"files in {self.folder}"
        try:
            self.s3.check(self.root + "/")
            access, ends = self.lent()
        except DHError as error:
            return False, f"{self.root}: {' '.join(str(error).splitlines())}"
        given = "none" if access is None else f"temporary ones until {ends}" if ends else "the broker's own"
        return True, f"{self.root} at {self.access.url}; credentials for kernels: {given}"


def with_digest(link: FileLink, ends: str, digests: Mapping[Any, Any]) -> FileLink:
    """With its end, and what its entity says of the file's content."""
    link = link.copy()
    link["expiration"] = ends
    kind, _, digest = str(digests.get(link["path"]) or "").partition(":")
    if kind == "sha256" and digest:
        link["sha256"] = digest
    return link


def policy_of(root: str, projects: Places = None) -> dict[str, object]:
    """What temporary credentials may do: read and write below the store's place, and list its bucket; of some projects'
    places alone, if they are named."""
    bucket, prefix = split_uri(root + "/")
    below = [f"{prefix}*"] if projects is None else [f"{prefix}{project}/*" for project in sorted(projects)]
    listing: dict[str, object] = {
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
        "Resource": [f"arn:aws:s3:::{bucket}"],
    }
    if projects is not None:
        listing["Condition"] = {"StringLike": {"s3:prefix": below}}
    opened = {"Effect": "Allow", "Action": _RIGHTS, "Resource": [f"arn:aws:s3:::{bucket}/{one}" for one in below]}
    return {"Version": "2012-10-17", "Statement": [opened, listing]}
