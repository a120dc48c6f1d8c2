"""Deliveries: what attempts elsewhere need of our S3, and what came of them there. They get links, never a credential.

An attempt's place is STORE/PROJECT/.runs/RUN/ATTEMPT/, which its own policy alone opens, to put things there. Outputs stay
where they were put; what is small comes into the attempt's folder here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder
from dh_kernel.stores.forms import MOST
from dh_kernel.stores.parts import FOLDER, PART, in_parts, join
from dh_kernel.stores.s3 import S3Store, inside
from dh_kernel.stores.s3_access import split_uri

from .clock import as_text
from .clock import seconds as now
from .stores import LONGEST, Stores

if TYPE_CHECKING:
    from dh_kernel._contract import FileLink, PodDelivery, RunDocument

LASTS = LONGEST - 60.0  # seconds that links last: as long as S3 lets them, since nobody knows how long a pod waits
PLACE, CODE = ".runs", "code"  # in a project's place of the store; see leftovers/rules.py
REGION = "us-east-1"  # where a server that has none is
_REFRESHED = (
    43_200.0  # seconds after which code that is there is put there again, so that nobody takes it for left over
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


class Deliveries:
    """Thread-safe. `endpoint`: the S3's address as attempts see it, where that is another than ours."""

    def __init__(self, stores: Stores, endpoint: str = "") -> None:
        self._stores = stores
        self._endpoint = endpoint
        self._made: S3Store | None = None
        self._has_granted = False

    def seen_at(self, endpoint: str) -> Deliveries:
        """The same, for attempts that see the S3 there."""
        return Deliveries(self._stores, endpoint)

    def check(self) -> None:
        """Raise Invalid, with what to set, if attempts can't hand anything over. Asks nobody."""
        if not self._stores.is_s3:
            raise Invalid("The store is a folder of this server.", "Set c.DhExtension.store to s3://BUCKET.")
        host = urlsplit(self._stores.place.url).hostname or ""
        if not self._endpoint and host in _LOOPBACK:
            raise Invalid(
                f"The store's address, {self._stores.place.url}, means another machine to each who asks.",
                "Set c.DhExtension.kubernetes_s3_endpoint to the address by which pods reach it.",
            )

    @property
    def address(self) -> str:
        """The S3's, as attempts see it."""
        return self._endpoint or self._stores.place.url

    def base_of(self, project: str, handle: str) -> str:
        """The place of an attempt, a URI that ends in /."""
        run, _, attempt = handle.rpartition("-")
        return f"{self._stores.root}/{project}/{PLACE}/{run}/{attempt}/"

    @property
    def is_located(self) -> bool:
        """Whether links can be signed without asking the S3, of which nothing has to be known but where a bucket lies."""
        return bool(self._endpoint or self._stores.access.region or self._has_granted)

    # -- what an attempt gets ----------------------------------------------------------------------------------------

    def grant(self, project: str, handle: str, seconds: float = LASTS) -> PodDelivery:
        """By which an attempt can put files into its place, and nothing else."""
        base = self.base_of(project, handle)
        bucket, prefix = split_uri(base)
        fields = self._signer.form(base, seconds, MOST)
        self._has_granted = True
        return {
            "kind": "post",
            "url": f"{self.address.rstrip('/')}/{bucket}",
            "fields": fields,
            "prefix": prefix,
            "base": base,
            "limit": MOST,
            "part": PART,
            "expires": as_text(now() + seconds),
        }

    def upload(self, project: str, data: bytes, seconds: float = LASTS) -> str:
        """A link to these bytes, which lie in the project's place once."""
        digest = hashlib.sha256(data).hexdigest()
        uri = f"{self._stores.root}/{project}/{PLACE}/{CODE}-{digest[:32]}/{digest}.zip"
        found = self._stores.s3.stat(uri)
        if found is None or now() - found.last_modified.timestamp() > _REFRESHED:
            self._stores.s3.write(uri, data)
        return self._signer.presigned("GET", uri, seconds)

    def linked(self, run: RunDocument, seconds: float = LASTS) -> RunDocument:
        """run.json with links that last so long, by the address that attempts see. Raises Invalid for an input that no link
        leads to, as it lies on this server's disk."""
        function = cast("Any", dict(run["function"]))
        if "links" in function:
            function["links"] = self._again(function["source"].removeprefix("zip+"), function["links"], seconds)
        inputs = {name: self._linked_input(name, given, seconds) for name, given in run["inputs"].items()}
        return cast("RunDocument", {**run, "function": function, "inputs": inputs})

    def _linked_input(self, name: str, given: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        if "links" in given:
            return {**given, "links": self._again(given["path"], given["links"], seconds)}
        if given["path"].startswith(("/", "file://")):
            raise Invalid(
                f"Input '{name}' ({given['reference']}) lies on this server's disk, {given['path']}: a pod can't read it.",
                "Register it again: now that the store is an S3, it goes there.",
            )
        return dict(given)

    def _again(self, uri: str, links: list[FileLink], seconds: float) -> list[FileLink]:
        ends = as_text(now() + seconds)
        folder = uri if uri.endswith("/") else uri.rpartition("/")[0] + "/"
        return [
            {**link, "url": self._signer.presigned("GET", folder + link["path"], seconds), "expiration": ends}
            for link in links
        ]

    @property
    def _signer(self) -> S3Store:
        """Signs for the address that attempts see, which may be none of ours: it must not have to ask there."""
        if not self._endpoint:
            return self._stores.s3
        if self._made is None:
            access = self._stores.access
            self._made = S3Store(replace(access, endpoint=self._endpoint, region=access.region or REGION))
        return self._made

    # -- what came of it ---------------------------------------------------------------------------------------------

    def fetch(self, project: str, handle: str, folder: Path) -> bool:
        """Bring what is small of what an attempt has handed over into its folder, and note there where its outputs lie.
        False if it has given no result. Doing it twice is doing it once. Raises Unavailable, Forbidden, OSError."""
        base = self.base_of(project, handle)
        place = RunFolder(folder)
        names = [one.object_name[len(split_uri(base)[1]) :] for one in self._stores.s3.objects(base)]
        if names:
            place.note_delivered({"base": base})
        joined = list(in_parts(names))
        for name in joined:
            join(self._stores.s3, base, name)
        names = list(dict.fromkeys([*(name for name in names if not name.startswith(FOLDER)), *joined]))
        for name in _small(names, place):
            self._bring(base + name, inside(folder, name))
        return place.result.exists()

    def _bring(self, uri: str, target: Path) -> None:
        """Whole, or not at all. A log that we have read to its end ourselves is as long as the one that was handed over."""
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(prefix=".brought-", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file, self._stores.s3.open(uri) as source:
                shutil.copyfileobj(source, file)
            if not (target.name == "log.txt" and target.exists() and target.stat().st_size >= os.stat(made).st_size):
                os.replace(made, target)
        finally:
            Path(made).unlink(missing_ok=True)


def _small(names: list[str], place: RunFolder) -> Iterator[str]:
    """What the broker reads, the commit last."""
    notebook = place.read_run()["function"].get("file", "")
    own = (place.environment, place.metrics, place.handed, place.log, place.ended)
    wanted = {path.name for path in own} | {notebook}
    sound = [name for name in names if ".." not in name.split("/")]
    yield from (name for name in sound if name in wanted or name.startswith(f"{place.mlflow.name}/"))
    yield from (name for name in names if name == place.result.name)
