"""The server extension, and `jupyter dh`, the same as a server of its own. The only place of configuration."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Dict, Enum, Float, Int, List, Unicode, default

from .broker import Broker, Settings
from .elsewhere import Elsewhere
from .executors.kubernetes.settings import KubernetesSettings
from .handlers.job_script import JOB_SCRIPT
from .handlers.routes import ROUTES
from .home import home_folder
from .kernels import watch_kernels
from .previews import Reader
from .stores import CONFIGURED, NONE, SCOPED, StoreSettings
from .tools import Place, Tool, Tools
from .tools.table import ADDRESS, STUDIES

if TYPE_CHECKING:
    from jupyter_events import EventLogger
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
    from tornado.web import RequestHandler

    from dh_kernel._contract import EntityEvent

EVENTS = "https://schema.jupyter.org/dh_jupyter/entities/v1"
EVENT_SCHEMA = Path(__file__).parent / "event_schemas" / "entities" / "v1.yaml"


class DhExtension(ExtensionApp):
    """Catalogue and runs for JupyterLab; `jupyter dh` serves them without it."""

    name = "dh_jupyter"
    description = __doc__
    extension_url = "/dh/api/auth"
    load_other_extensions = False
    open_browser = Bool(False, help="Whether to open a browser: there is nothing to see without JupyterLab.").tag(
        config=True
    )
    # of `jupyter dh` only: any free port, this user's own (also in a container, as root)
    serverapp_config: dict[str, Any] = {"port": 0, "allow_root": True, "open_browser": False}  # noqa: RUF012

    home = Unicode("", help="The home folder. Default: DH_HOME, else .dh in the server's root folder.").tag(config=True)
    catalogue_url = Unicode(
        "", help="SQLAlchemy's URL of the catalogue, e.g. postgresql+psycopg://host/name. Default: SQLite in the home."
    ).tag(config=True)
    store = Unicode(
        "", help="Where files of entities go: s3://bucket or s3://bucket/prefix. Default: the folder store in the home."
    ).tag(config=True)
    store_endpoint = Unicode("", help="The S3's address. Default: AWS_ENDPOINT_URL, else Amazon's.").tag(config=True)
    store_region = Unicode("", help="The S3's region. Default: AWS_REGION.").tag(config=True)
    store_key = Unicode(
        "",
        help="The S3's access key, or secret:PROJECT/NAME. Default: AWS_ACCESS_KEY_ID, else as AWS's clients find it.",
    ).tag(config=True)
    store_secret = Unicode(
        "", help="The secret of store_key, or secret:PROJECT/NAME. Default: AWS_SECRET_ACCESS_KEY."
    ).tag(config=True)
    store_credentials = Enum(
        [SCOPED, CONFIGURED, NONE],
        SCOPED,
        help="What kernels and the public SDK get of the S3: scoped (temporary ones for the store's place, if the S3 has "
        "a token service, else none), configured (the broker's own, for the whole that they open), none.",
    ).tag(config=True)
    tracking_uri = Unicode(
        help="MLflow's tracking URI. Default: MLFLOW_TRACKING_URI (http), else SQLite in the home."
    ).tag(config=True)
    default_project = Unicode("default", help="The project that is there from the start.").tag(config=True)
    local_cpu = Int(
        None, allow_none=True, help="Cores that the local executor may use. Default: all of this machine."
    ).tag(config=True)

    profiles = Unicode("", help="The administrator's file of profiles. Default: profiles.yaml in the home.").tag(
        config=True
    )
    audit_days = Int(
        365,
        min=0,
        help="For how many days it is kept who changed what over the API, when and from where. 0: not at all.",
    ).tag(config=True)
    project_roles = Bool(
        False,
        help="Whether the roles of a project (viewer, member, admin) are enforced. Who made it is its admin; others get "
        "theirs when it is shared with them.",
    ).tag(config=True)
    project_admins = List(
        Unicode(), help="Users who may do everything in every project. Default: the account that runs the server."
    ).tag(config=True)
    secrets_write_only = Bool(
        False,
        help="Whether nobody can read a secret's value over the API: only runs get it. Default: who may use a project "
        "can, as the public SDK expects it.",
    ).tag(config=True)
    secrets_key_file = Unicode(
        "", help="The file with the key that seals secrets, made by you. Default: made in the home, beside them."
    ).tag(config=True)
    local_processes = Int(
        None, allow_none=True, help="The most processes that one run may have at once, on this machine. Default: 2048."
    ).tag(config=True)

    kubernetes_kubeconfig = Unicode(
        "",
        help="The file that says where the cluster is. Default: KUBECONFIG, else ~/.kube/config, else the broker's pod.",
    ).tag(config=True)
    kubernetes_context = Unicode("", help="The context in it. Default: the current one.").tag(config=True)
    kubernetes_namespace = Unicode("", help="Where Jobs are made. Default: the context's, or the broker's own.").tag(
        config=True
    )
    kubernetes_project_namespaces = Unicode(
        "", help="A namespace for each project, e.g. dh-{project}; they must be there. Default: one for all."
    ).tag(config=True)
    kubernetes_impersonate = Unicode(
        "",
        help="Whose rights in the cluster count when a run starts, e.g. {user}, or oidc:{user}. Default: this server's own.",
    ).tag(config=True)
    kubernetes_image = Unicode(
        "", help="Image of pods, any with Python 3.9 or newer. Default: python:X.Y-slim, X.Y being the broker's."
    ).tag(config=True)
    kubernetes_volume = Unicode(
        "",
        help="CLAIM or CLAIM:PATH: a claim that holds the home; PATH is where this server sees its root. Default PATH: "
        "the home.",
    ).tag(config=True)
    kubernetes_s3_endpoint = Unicode(
        "",
        help="Where pods reach the store, if that is not store_endpoint: without kubernetes_volume they hand over there.",
    ).tag(config=True)
    kubernetes_queue = Unicode("", help="Kueue's LocalQueue for runs whose profile names none.").tag(config=True)
    kubernetes_priorities = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Priority classes by what a run is for: interactive, sweep, schedule. With a queue the names are of Kueue's "
        "WorkloadPriorityClasses, else of PriorityClasses. A profile's own comes first.",
    ).tag(config=True)
    kubernetes_service_account = Unicode("", help="Of pods; its token is never mounted.").tag(config=True)
    kubernetes_user = Int(
        None,
        allow_none=True,
        help="Numeric user of pods. Default: this server's own where the home is shared (but never root), else 65532.",
    ).tag(config=True)

    kernel_idle_minutes = Float(
        60.0,
        min=0.0,
        help="After how long without execution a kernel that was moved elsewhere (%dh kernel) is ended. 0: never.",
    ).tag(config=True)

    keep_runs_days = Int(
        0,
        help="How long %dh gc keeps runs that have ended and whose outputs are not there (any more). 0: for ever.",
    ).tag(config=True)

    core_url = Unicode(
        "",
        help="A DigitalHub Core whose entities and runs are shown and used here, in place of a catalogue and executors of "
        "ours; its credentials as the public SDK finds them (DHCORE_*, ~/.dhcore.ini).",
    ).tag(config=True)
    core_profile = Unicode("", help="Profile of ~/.dhcore.ini. Default: DH_NAME, else the file's current one.").tag(
        config=True
    )

    broker: Broker
    _tools: Tools
    _reader: Reader
    _elsewhere: Elsewhere
    _events: EventLogger

    @default("tracking_uri")
    def _default_tracking_uri(self) -> str:
        """A file or a database there is a notebook's own: mlflow.set_tracking_uri sets the variable too."""
        uri = os.environ.get("MLFLOW_TRACKING_URI", "")
        return uri if uri.startswith(("http://", "https://")) else ""

    def initialize_settings(self) -> None:
        """Make the broker; it starts when the server runs, or with the first request."""
        server = self._server
        assert server.event_logger is not None
        self._events = server.event_logger
        self._events.register_event_schema(EVENT_SCHEMA)
        settings = Settings(
            home=home_folder(self.home, Path(server.root_dir)),
            catalogue_url=self.catalogue_url,
            tracking_uri=self.tracking_uri,
            default_project=self.default_project,
            audit_days=self.audit_days,
            project_roles=self.project_roles,
            project_admins=tuple(self.project_admins),
            secrets_write_only=self.secrets_write_only,
            secrets_key_file=_path(self.secrets_key_file),
            profiles=_path(self.profiles),
            executors={"local": self._of_local(), "kubernetes": {"settings": self._of_kubernetes()}},
            keep_runs_days=self.keep_runs_days,
            core_url=self.core_url,
            core_profile=self.core_profile,
            store=StoreSettings(
                uri=self.store,
                endpoint=self.store_endpoint,
                region=self.store_region,
                key=self.store_key,
                secret=self.store_secret,
                credentials=self.store_credentials,
            ),
        )
        self.broker = _broker_of(settings)(settings, lambda: server_url(server), self._emit)
        self.settings["dh_broker"] = self.broker
        self.settings["dh_tools"] = self._tools = self._make_tools(settings.home)
        self.settings["dh_reader"] = self._reader = Reader()
        self.settings["dh_routes"] = self._routes
        kernels = cast("AsyncMappingKernelManager", server.kernel_manager)
        self._elsewhere = Elsewhere(kernels, self.broker, 60 * self.kernel_idle_minutes)
        self.settings["dh_elsewhere"] = self._elsewhere
        watch_kernels(kernels, self.broker, self._elsewhere.removed)

    def _of_local(self) -> dict[str, int]:
        given = {"cpu": self.local_cpu, "processes": self.local_processes}
        return {name: value for name, value in given.items() if value is not None}

    def _of_kubernetes(self) -> KubernetesSettings:
        return KubernetesSettings(
            kubeconfig=str(_path(self.kubernetes_kubeconfig) or ""),
            context=self.kubernetes_context,
            namespace=self.kubernetes_namespace,
            project_namespaces=self.kubernetes_project_namespaces,
            impersonate=self.kubernetes_impersonate,
            image=self.kubernetes_image,
            volume=self.kubernetes_volume,
            s3_endpoint=self.kubernetes_s3_endpoint,
            queue=self.kubernetes_queue,
            priorities=self.kubernetes_priorities,
            service_account=self.kubernetes_service_account,
            user=self.kubernetes_user,
        )

    def initialize_handlers(self) -> None:
        """All routes."""
        self.handlers.extend([*self._routes, *JOB_SCRIPT])

    @property
    def _routes(self) -> list[tuple[str, type[RequestHandler]]]:
        if not self.core_url:
            return ROUTES
        from .handlers.core import core_routes

        return core_routes()

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """The server's loop runs: begin, and let the server go on meanwhile."""
        self._start = asyncio.ensure_future(self.broker.ready())
        self._start.add_done_callback(self._started)

    def _started(self, task: asyncio.Future[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.log.error("%s", error)

    async def stop_extension(self) -> None:
        """The server stops."""
        await self._elsewhere.close()
        await self._tools.close()
        await self._reader.close()
        await self.broker.close()

    def _make_tools(self, home: Path) -> Tools:
        """Nothing of them is started."""

        def folder() -> Path:
            from .executors.local.runtime import runtime_folder

            return runtime_folder(home)

        def place(tool: Tool) -> Place:
            prefix = url_path_join(self._server.base_url, ADDRESS, tool.name)
            tracker = self.broker.tracker
            return Place(prefix, tracker.uri, tracker.artifacts, home / STUDIES)

        return Tools(folder, home, place)

    @property
    def _server(self) -> ServerApp:
        assert isinstance(self.serverapp, ServerApp)
        return self.serverapp

    def _emit(self, event: EntityEvent) -> None:
        self._events.emit(schema_id=EVENTS, data=dict(event))


def _path(given: str) -> Path | None:
    return Path(given).expanduser().absolute() if given else None


def _broker_of(settings: Settings) -> type[Broker]:
    if not settings.core_url:
        return Broker
    from .remote import RemoteBroker

    return RemoteBroker


def server_url(server: ServerApp) -> str:
    """Where processes of this machine reach the server."""
    everywhere = server.ip in ("", "*", "0.0.0.0", "::")
    return str(server.local_url if everywhere else server.connection_url).rstrip("/") + "/"


def main() -> None:
    """`jupyter dh`. The class is taken from its package: as `__main__` Jupyter would not know it again."""
    from dh_jupyter.app import DhExtension as Extension

    Extension.launch_instance()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
