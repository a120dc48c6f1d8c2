"""What this kernel works with: one client, one project."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ._version import __version__
from .broker import Address
from .client import Answer, Client
from .errors import NotFound
from .launch import find_broker
from .refs import Reference, parse

if TYPE_CHECKING:
    from ._contract import Entity, Page

PROJECT_VARIABLE = "DH_PROJECT"
DEFAULT_PROJECT = "default"
PLURAL = {
    "function": "functions",
    "dataitem": "dataitems",
    "artifact": "artifacts",
    "model": "models",
    "workflow": "workflows",
    "run": "runs",
    "task": "tasks",
}


class Session:
    """Requests of the entity routes, within a project. The project is created when it is first used and absent."""

    def __init__(self, locate: Callable[[], Address] = find_broker, project: str | None = None):
        self.client = Client(locate)
        self._project = project or os.environ.get(PROJECT_VARIABLE) or DEFAULT_PROJECT
        self._known: set[str] = set()

    @property
    def project(self) -> str:
        """The project's name; it exists when this returns."""
        if self._project not in self._known:
            self._ensure(self._project)
        return self._project

    def use(self, name: str) -> bool:
        """Work in this project from now on; whether it was created by this."""
        created = self._ensure(name)
        self._project = name
        return created

    def projects(self) -> list[str]:
        """Names of projects, as many as one page has."""
        return [one["name"] for one in self.client.get("/api/v1/projects", {"size": 200})["content"]]

    def within(self, project: str) -> Session:
        """The same broker, and that project whatever is worked in later."""
        pinned = Session.__new__(Session)
        pinned.client, pinned._project, pinned._known = self.client, project, {project}
        return pinned

    def work_in(self, name: str) -> None:
        """Work in this project from now on, as if DH_PROJECT named it; nothing is asked now."""
        self._project = name

    def _ensure(self, name: str) -> bool:
        created = False
        try:
            self.client.get(f"/api/v1/projects/{quote(name, safe='')}")
        except NotFound:
            document = {
                "kind": "project",
                "name": name,
                "id": name,
                "project": name,
                "metadata": {"name": name},
                "spec": {},
            }
            self.client.post("/api/v1/projects", document)
            created = True
        if not self._known:
            self._shake_hands()
        self._known.add(name)
        return created

    def _shake_hands(self) -> None:
        theirs = self.client.server_version
        if not fits(theirs):
            warnings.warn(
                f"This kernel has dh_kernel {__version__}, the server {theirs}. pip install dh-kernel=={theirs} here, "
                "or let the server's own copy be used.",
                stacklevel=2,
            )

    def configuration(self) -> dict[str, Any]:
        """What the server says about itself."""
        return dict(self.client.get("/.well-known/configuration"))

    def path(self, *parts: str, project: str | None = None) -> str:
        """A path below the project."""
        scope = [project or self.project, *parts]
        return "/api/v1/-/" + "/".join(quote(part, safe="") for part in scope)

    def get(self, *parts: str, **query: Any) -> Any:
        """GET below the project."""
        return self.client.get(self.path(*parts), query)

    def post(self, *parts: str, body: Any, project: str | None = None) -> Any:
        """POST below the project."""
        return self.client.post(self.path(*parts, project=project), body)

    def delete(self, *parts: str, **query: Any) -> None:
        """Delete below this kernel's project, e.g. `delete("dataitems", ID, cascade=True)`."""
        self.client.request(
            "DELETE", self.path(*parts), query={name: str(value).lower() for name, value in query.items()}
        )

    def register(self, entity: str, document: Mapping[str, Any]) -> Answer:
        """Create an entity whose id derives from its content, or find it made. Sending it twice is harmless."""
        path = self.path(PLURAL[entity])
        return self.client.request("POST", path, document, {"on_duplicate": "keep"}, again=True)

    def resolve(self, reference: str | Reference, expect: str | None = None) -> Entity:
        """The entity that a reference, a key or (with `expect`) a bare name stands for. Raises NotFound with the nearest."""
        found = parse(reference, expect) if isinstance(reference, str) else reference
        text = str(reference) if "/" in str(reference) else str(found)
        query = {"ref": text, "type": expect or found.entity}
        return self.client.get(self.path("resolve", project=found.project), query)  # type: ignore[no-any-return]

    def list(self, entity: str, **query: Any) -> Page:
        """A page of entities."""
        return self.get(PLURAL[entity], **query)  # type: ignore[no-any-return]


def fits(theirs: str) -> bool:
    """Whether a server of that version and this package speak the same: equal up to the second number."""
    return not theirs or theirs.split(".")[:2] == __version__.split(".")[:2]


_lock = threading.Lock()
_session: Session | None = None


def session() -> Session:
    """This kernel's session."""
    global _session
    with _lock:
        if _session is None:
            _session = Session()
        return _session


def set_session(new: Session | None) -> None:
    """Replace it, e.g. in a test; None: a fresh one at the next use."""
    global _session
    with _lock:
        _session = new
