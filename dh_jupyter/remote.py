"""A broker in front of a DigitalHub Core: the same routes, the same clients; entities and runs are Core's.

It keeps no catalogue and executes nothing. `DhExtension.core_url` makes the server have this one in place of `Broker`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, NotFound

from .access.audit import AuditLog
from .access.members import Members
from .broker import Broker
from .catalogue.events import event_of
from .core.account import account
from .core.catalogue import CoreCatalogue
from .core.declaring import CoreHoldings
from .core.http import Core
from .core.runs import CoreRuns, at_core
from .home import make_private, remove_address, write_address
from .runs.plan import Planner

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

CONFIGURED = (
    *("dhcore_default_files_store", "aws_endpoint_url", "aws_region", "s3_bucket"),
    *("s3_path_style", "s3_signature_version", "k8s_resource_profiles"),
)

log = logging.getLogger("dh_jupyter.remote")


class RemoteBroker(Broker):
    """Its parts are there once `ready` has returned, under the names that handlers know."""

    core: Core

    def _open(self) -> None:
        settings = self.settings
        make_private(self.home)
        self.core = Core(account(settings.core_url, settings.core_profile, os.environ))
        self.stores = CoreStores(self.core)  # type: ignore[assignment]
        self.catalogue = CoreCatalogue(self.core)  # type: ignore[assignment]
        self.holdings = CoreHoldings(self.catalogue, self.changed)  # type: ignore[arg-type, assignment]
        self.members = Members(self.catalogue, enabled=False, admins=())
        self.audit = AuditLog(None, 0)  # type: ignore[arg-type]
        self.runs = CoreRuns(self.core, self.catalogue, self.changed)  # type: ignore[assignment, arg-type]
        self.planner = Planner(self.catalogue.resolve, _AtCore, NoSecrets(), at_core)  # type: ignore[arg-type]
        self._make_default_project()
        self.runs.start()
        write_address(self.home, self.url(), self.client_token)

    def _make_default_project(self) -> None:
        """Core may refuse it to this account; then its projects are those that are there."""
        name = self.settings.default_project
        document = {
            "kind": "project",
            "name": name,
            "id": name,
            "project": name,
            "metadata": {"name": name},
            "spec": {},
        }
        try:
            self.core.ask("GET", f"/projects/{name}")
        except NotFound:
            with contextlib.suppress(DHError):
                self.core.ask("POST", "/projects", body=document)
        except DHError as error:  # it may come; each request asks it anew
            log.warning("%s", error)

    def changed(self, entity: Entity) -> None:
        """Pages hear of it. Of what others do at Core nobody tells us."""
        self._changed(event_of("updated", entity))

    def _close(self) -> None:
        remove_address(self.home, self.client_token)
        if hasattr(self, "runs"):
            self.runs.close()

    def examined(self) -> list[dict[str, Any]]:
        """For the doctor."""
        where = self.core.account.endpoint
        try:
            answer = self.core.forward("GET", "/api/auth", None)
            found = json.loads(answer.content) if answer.status == 200 else {}
        except (DHError, ValueError) as error:
            return [{"what": "DigitalHub Core", "ok": False, "detail": str(error)}]
        well = answer.status == 200
        who = (
            f"{where}, as {found.get('username', 'somebody')}"
            if well
            else f"{where} answers {answer.status}: log in again"
        )
        return [
            {"what": "DigitalHub Core", "ok": well, "detail": who},
            {
                "what": "store",
                "ok": True,
                "detail": self.stores.configuration().get("dhcore_default_files_store", "Core's"),
            },
        ]


class CoreStores:
    """What clients may know of Core's store; its credentials are Core's to lend."""

    is_s3 = False

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def root(self) -> str:
        """Where projects' files go."""
        return str(self._said.get("dhcore_default_files_store", "")).rstrip("/")

    @functools.cached_property
    def _said(self) -> Mapping[str, Any]:
        answer = self._core.forward("GET", "/.well-known/configuration", None)
        found = json.loads(answer.content) if answer.status == 200 else {}
        return {name: found[name] for name in CONFIGURED if name in found}

    def configuration(self) -> dict[str, Any]:
        """Of Core's own."""
        return dict(self._said)

    def variables(self, projects: Any = None) -> dict[str, str]:
        """For kernels."""
        with contextlib.suppress(DHError, ValueError):
            store = self._said.get("dhcore_default_files_store")
            return {"DHCORE_DEFAULT_FILES_STORE": str(store)} if store else {}
        return {}

    def lent(self, projects: Any = None) -> tuple[None, str]:
        """None of ours."""
        return None, ""


class NoSecrets:
    """Core keeps them; a run that names one that is not there is refused by it."""

    def names(self, project: str) -> list[str]:
        """Not asked for."""
        return []


class _AtCore:
    """In the place of an executor, for plans: Core says what it can when it is asked."""

    honours: frozenset[str] = frozenset()

    def __init__(self, name: str) -> None:
        self.name = "DigitalHub Core"

    def check(self, *_: Any) -> None:
        """Core will."""

    def room(self, *_: Any) -> None:
        """Core's queue is its own."""
