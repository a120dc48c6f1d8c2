"""The broker: wires catalogue, runs, executors and tracking; handlers reach all of them through it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from dh_kernel import plugins
from dh_kernel.errors import Conflict, DHError, Unavailable

from .access.asking import as_user
from .access.roles import Role
from .disks import explained, is_disk_fault
from .home import make_private, moved_from, note_place, other_broker, remove_address, write_address
from .leaving import LeavingThreads
from .personal import PersonalTokens
from .stores import Stores, StoreSettings
from .tickets import Tickets, Uploads
from .tokens import Tokens, login_name, server_user

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, EntityEvent

    from .access.audit import AuditLog
    from .access.members import Members
    from .catalogue import Catalogue
    from .catalogue.declaring import Holdings
    from .executors.base import Executor
    from .runs.manager import RunManager
    from .runs.plan import Planner
    from .secrets import Secrets
    from .sweeps.plan import SweepPlanner
    from .sweeps.sweeps import Sweeps
    from .tracking.tracker import Tracker
    from .triggers import Triggers

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 16  # requests that wait for the database or a disk at once
STORE_THREADS = 8  # and for an S3

log = logging.getLogger("dh_jupyter.broker")


@dataclass(frozen=True)
class Settings:
    """What the application was configured with. `catalogue_url` and `tracking_uri` empty: files in the home."""

    home: Path
    catalogue_url: str = ""
    tracking_uri: str = ""
    default_project: str = "default"
    audit_days: int = 365
    project_roles: bool = False
    project_admins: tuple[str, ...] = ()  # none: the account that runs the server
    secrets_write_only: bool = False
    secrets_key_file: Path | None = None  # .key in the home's folder of secrets
    profiles: Path | None = None  # profiles.yaml in the home
    executors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # what each is made with, beside the home
    keep_runs_days: int = 0  # 0: for ever
    core_url: str = ""  # a DigitalHub Core in place of a catalogue of ours; see remote.py
    core_profile: str = ""
    store: StoreSettings = field(default_factory=StoreSettings)


class Broker:
    """One for each server. `catalogue`, `runs`, `planner`, `secrets` and `tracker` are there once `ready` has returned."""

    catalogue: Catalogue
    holdings: Holdings
    runs: RunManager
    planner: Planner | SweepPlanner
    secrets: Secrets
    tracker: Tracker
    triggers: Triggers
    sweeps: Sweeps
    members: Members
    audit: AuditLog

    def __init__(
        self, settings: Settings, url: Callable[[], str], emit: Callable[[EntityEvent], object] = lambda event: None
    ) -> None:
        """`url` is the server's address, known when it listens. `emit` is called on the loop's thread for each change."""
        from .runs.offers import Offers
        from .runs.profiles import Profiles
        from .secrets import SecretValues

        self.settings = settings
        self.profiles = Profiles(settings.profiles or settings.home / "profiles.yaml")
        self.offers = Offers(self.profiles, self.executor)
        self.secret_values = SecretValues(settings.home, settings.secrets_key_file)
        self.stores = Stores(settings.home, settings.store, self.secret_values.read)
        self.tickets, self.uploads = Tickets(), Uploads(settings.home)
        self.tokens = Tokens()
        self.personal = PersonalTokens(settings.home, self.tokens)
        self.client_token = self.tokens.issue(server_user(), "a client outside Jupyter")
        self.url = url
        self._emit = emit
        self._events: deque[EntityEvent] = deque()
        self._emitting = False  # whether the loop will soon emit them
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dh-http")
        self._store_threads = LeavingThreads(STORE_THREADS, "dh-store")
        self._executors: dict[str, Executor] = {}
        self._executors_lock = threading.Lock()
        self._starting: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.settings.home

    @property
    def store(self) -> Path:
        """The home's own store; `stores` knows where new files go."""
        return self.stores.folder

    @property
    def is_open(self) -> bool:
        """Whether it has started, and does not stop."""
        started = self._starting is not None and self._starting.done() and not _has_failed(self._starting)
        return started and not self._closed

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that may block, in one of the broker's threads."""
        return await _in_thread(self._threads, functools.partial(function, *args, **kwargs))

    async def call_store(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for what may ask an S3: while that is slow, all else goes on."""
        return await _in_thread(self._store_threads, functools.partial(function, *args, **kwargs))

    # -- life ------------------------------------------------------------------------------------------------------

    async def ready(self) -> None:
        """Return when the broker has started; start it if nobody has. Raises Unavailable if it can't."""
        if self._closed:
            raise Unavailable("The broker is stopping.", "Try again when the server is back.")
        if self._starting is None or _has_failed(self._starting):
            self._starting = asyncio.ensure_future(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await self.call(self._open)
        except DHError:
            raise
        except Exception as error:
            if isinstance(error, OSError) and is_disk_fault(error):
                raise explained(error, f"The home folder {self.home}") from error
            log.exception("the broker can't start")
            raise Unavailable(
                f"The broker can't start: {type(error).__name__}.", "The server's log says why; then ask again."
            ) from error

    def _open(self) -> None:
        from .access.audit import AuditLog
        from .access.members import Members
        from .catalogue import Catalogue
        from .catalogue.declaring import Holdings
        from .runs.attempts import mlflow_folder
        from .runs.manager import RunManager
        from .runs.plan import Planner
        from .secrets import Secrets
        from .sweeps.plan import SweepPlanner
        from .sweeps.sweeps import Sweeps
        from .tracking.tracker import Tracker
        from .triggers import Triggers

        make_private(self.home)
        self.catalogue = Catalogue(self.settings.catalogue_url or f"sqlite:///{self.home / 'catalogue.sqlite'}")
        self.catalogue.migrate()
        self._find_moved_files()
        self.catalogue.on_change = self._changed
        self.holdings = Holdings(self.catalogue)
        settings = self.settings
        self.members = Members(
            self.catalogue, enabled=settings.project_roles, admins=settings.project_admins or (login_name(),)
        )
        self.audit = AuditLog(self.catalogue.audit, settings.audit_days)
        self.audit.start()
        self.catalogue.may_read = self.members.check_foreign
        self._make_default_project()
        folder_of = functools.partial(mlflow_folder, self.home)
        uri = self.settings.tracking_uri or None
        self.tracker = Tracker(self.catalogue, self.home, uri, folder_of, self.stores.local_path)
        self.tracker.start()
        self.runs = RunManager(
            self.catalogue,
            self.executor,
            self.home,
            self.stores,
            self.tracker,
            self.profiles.get,
            self.secret_values,
        )
        self.sweeps = Sweeps(self.catalogue, self.runs, self.home, self.tracker, self.profiles.get, self._check_run)
        of_runs = Planner(self.catalogue.resolve, self.executor, self.secret_values, self.profiles.get)
        self.planner = SweepPlanner(of_runs, self.catalogue.resolve, self.profiles.get)
        self.secrets = Secrets(self.catalogue, self.secret_values, readable=not self.settings.secrets_write_only)
        self.triggers = Triggers(self.catalogue, self._create_run)
        self.catalogue.on_entered = self.triggers.entered
        self.executor("local")  # what runs from before a restart is told of by it
        self.sweeps.start()
        self.runs.start()
        self.catalogue.others.listen(self._heard, self.runs.look_at_all)
        self.triggers.start()
        if other := other_broker(self.home):
            log.warning(
                "process %d serves the home %s, too: both share the work; clients are sent here now", other, self.home
            )
        write_address(self.home, self.url(), self.client_token)

    def _check_run(self, project: str, spec: Mapping[str, Any]) -> None:
        from .runs.checks import check_can_be_met

        check_can_be_met(project, spec, self.executor, self.secret_values, self.profiles.get)

    def _create_run(self, project: str, posted: Mapping[str, Any], user: str) -> Entity:
        """For somebody, who may read no more by it than they may by themselves."""
        with as_user(user):
            return self.runs.create(project, posted, user)

    def _find_moved_files(self) -> None:
        from .catalogue.reroot import reroot

        if old := moved_from(self.home):
            count = reroot(self.catalogue, f"{old}/store", str(self.store))
            log.warning(
                "the home was moved from %s to %s: %d entities have their files there now", old, self.home, count
            )
        note_place(self.home)

    def _make_default_project(self) -> None:
        name = self.settings.default_project
        document = {"kind": "project", "name": name, "id": name, "project": name, "metadata": {}, "spec": {}}
        try:
            self.catalogue.create("project", document, project=name, user=login_name())
        except Conflict:
            log.debug("the project '%s' is there", name)

    async def close(self) -> None:
        """Let go of everything; attempts run on."""
        self._closed = True
        if self._starting is not None:
            await asyncio.wait([self._starting])
            await self.call(self._close)
        for threads in (self._threads, self._store_threads):
            threads.shutdown(wait=False, cancel_futures=True)

    def _close(self) -> None:
        remove_address(self.home, self.client_token)
        for part in ("triggers", "sweeps", "runs", "tracker", "audit"):
            if hasattr(self, part):
                getattr(self, part).close()
        for executor in self._executors.values():
            executor.close()
        if hasattr(self, "catalogue"):
            self.catalogue.close()

    # -- parts -----------------------------------------------------------------------------------------------------

    def executor(self, name: str) -> Executor:
        """The started executor of a name. Raises NotInstalled. The plug-in is loaded when it is first asked for."""
        from .deliveries import Deliveries

        with self._executors_lock:
            if name not in self._executors:
                options = self.settings.executors.get(name, {})
                executor: Executor = plugins.load(plugins.EXECUTORS, name)(self.home, **options)
                if hasattr(executor, "deliver_by"):
                    executor.deliver_by(Deliveries(self.stores))
                executor.start(self.runs.changed)
                self._executors[name] = executor
            return self._executors[name]

    def variables(self, user: str) -> dict[str, str]:
        """Of the store, for the environment of a user's kernel."""
        return self.stores.variables(self.writable(user))

    def writable(self, user: str) -> frozenset[str] | None:
        """Projects in whose place of the store a user may write; None for all."""
        if not self.settings.project_roles:
            return None
        return self.members.visible(user, Role.MEMBER) if hasattr(self, "members") else frozenset()

    def registered(self, function: Entity) -> None:
        """A Python function was registered: it will probably run soon, so let its executor warm up."""
        executor = function["metadata"].get("run_defaults", {}).get("executor", "local")
        if function["kind"] == "python" and executor in plugins.names(plugins.EXECUTORS):
            spec = function["spec"]
            self.executor(executor).prepare(tuple(spec.get("requirements") or ()), tuple(spec.get("imports") or ()))

    def _changed(self, event: EntityEvent) -> None:
        """The catalogue's call, from any thread. Events that come close together wake the loop once."""
        if event["type"] in ("project", "share"):
            self.members.forget()
        if event["type"] == "run" and hasattr(self, "sweeps"):
            self.sweeps.changed(event)
        if event["type"] == "trigger" and hasattr(self, "triggers"):
            self.triggers.changed()
        if self._loop is None or self._loop.is_closed():
            return
        self._events.append(event)
        if not self._emitting:
            self._emitting = True
            self._loop.call_soon_threadsafe(self._emit_all)

    def _heard(self, event: EntityEvent) -> None:
        """Another broker's change: pages and streams see it as if it were ours. Triggers of it are that broker's."""
        self.runs.heard(event)
        self._changed(event)

    def _emit_all(self) -> None:
        self._emitting = False
        while self._events:
            self._emit(self._events.popleft())


async def _in_thread(threads: concurrent.futures.Executor, call: Callable[[], T]) -> T:
    context = contextvars.copy_context()  # for whom it is done
    return await asyncio.get_running_loop().run_in_executor(threads, functools.partial(context.run, call))


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
