"""All routes, in the order in which they are tried. Paths are below the server's base URL."""

from __future__ import annotations

from collections.abc import Iterator

from tornado.web import RequestHandler

from .anywhere import all_of, one_of_all
from .apply import ApplyHandler
from .audit import AuditHandler, WholeAuditHandler
from .auth import AuthHandler
from .describe import OpenapiHandler
from .doctor import DoctorHandler
from .entities import (
    SINGULAR,
    CatalogueHandler,
    EntitiesHandler,
    EntityHandler,
    LabelsHandler,
    ResolveHandler,
    RunsOfHandler,
    TasksHandler,
    TasksOfHandler,
)
from .extensions import ExtensionsHandler
from .files import (
    CompleteHandler,
    DownloadHandler,
    FilesInfoHandler,
    LinksHandler,
    PartHandler,
    RowsHandler,
    StartHandler,
    UploadHandler,
)
from .health import HealthHandler, PrometheusHandler, ReadyHandler
from .kernels import KernelHandler, KernelMoveHandler, KernelPlacesHandler
from .leftovers import LeftoversHandler
from .log_bytes import LogBytesHandler
from .logs import LogHandler, LogListHandler, LogsHandler
from .metrics import MetricHandler, MetricsHandler
from .missing import MissingHandler
from .personal import PersonalTokenHandler, PersonalTokensHandler
from .plans import PlanHandler
from .profiles import ProfileHandler, ProfilesHandler
from .project_files import (
    PlaceDeleteHandler,
    PlaceDownloadHandler,
    PlaceInfoHandler,
    PlaceStartHandler,
    PlaceUploadHandler,
    StoresHandler,
    TicketHandler,
)
from .projects import ProjectHandler, ProjectsHandler
from .publish import AliasesHandler, AliasHandler, PublishHandler
from .relationships import LineageHandler, ProjectRelationshipsHandler, RelationshipsHandler
from .runs import (
    EnvironmentHandler,
    EventHandler,
    RetryHandler,
    RunHandler,
    RunsHandler,
    RunsTogetherHandler,
    StopHandler,
)
from .schemas import SchemaHandler, SchemasHandler, TemplateHandler, TemplatesHandler
from .search import SearchGroupsHandler, SearchHandler
from .secrets import SecretDataHandler, SecretHandler, SecretsHandler
from .share import ShareHandler
from .stream import ManyStreamHandler, StreamHandler, StreamSocket
from .sweeps import (
    ChampionHandler,
    ImportanceHandler,
    StopTrialHandler,
    SweepHandler,
    TrialColumnsHandler,
    TrialsHandler,
)
from .token import TokenHandler
from .tools import ToolHandler
from .triggers import TriggerEventHandler, TriggerHandler, TriggersHandler
from .wellknown import ConfigurationHandler, OpenidHandler

API = "/dh/api/v1"
IN_PROJECT = rf"{API}/-/(?P<project>[^/]+)"
ID = r"(?P<ident>[^/]+)"
ENTITY, KIND = r"(?P<entity>[^/]+)", r"(?P<kind>[^/]+)"
RUN = rf"{IN_PROJECT}/runs/{ID}"


def _one_of(*plurals: str) -> str:
    return f"{IN_PROJECT}/(?P<plural>{'|'.join(plurals)})"


NAMED = ("artifacts", "dataitems", "models", "functions", "workflows", "containerimages", "extensions")
VERSIONED = _one_of(*NAMED)
MATERIAL = _one_of("artifacts", "dataitems", "models")
ANY = _one_of(*NAMED, "tasks")
RELATED = _one_of(*NAMED, "tasks", "runs", "triggers")

OF_TYPE: dict[str, tuple[type[CatalogueHandler], type[CatalogueHandler]]] = {
    "tasks": (TasksHandler, EntityHandler),
    "runs": (RunsHandler, RunHandler),
    "secrets": (SecretsHandler, SecretHandler),
    "triggers": (TriggersHandler, TriggerHandler),
}


def _without_project() -> Iterator[tuple[str, type[RequestHandler]]]:
    """`/artifacts`, `/artifacts/ID`, …"""
    for plural in SINGULAR:
        many, one = OF_TYPE.get(plural, (EntitiesHandler, EntityHandler))
        yield f"{API}/(?P<plural>{plural})", all_of(many)
        yield f"{API}/(?P<plural>{plural})/{ID}", one_of_all(one)


ROUTES: list[tuple[str, type[RequestHandler]]] = [
    ("/dh/api/auth", AuthHandler),
    ("/dh/api/doctor", DoctorHandler),
    ("/dh/api/leftovers", LeftoversHandler),
    ("/dh/health", HealthHandler),
    ("/dh/ready", ReadyHandler),
    ("/dh/metrics", PrometheusHandler),
    (r"/dh/\.well-known/configuration", ConfigurationHandler),
    (r"/dh/\.well-known/openid-configuration", OpenidHandler),
    ("/dh/auth/token", TokenHandler),
    (f"{API}/audit", WholeAuditHandler),
    (f"{API}/openapi.json", OpenapiHandler),
    (f"{API}/apply", ApplyHandler),
    (f"{API}/profiles", ProfilesHandler),
    (rf"{API}/profiles/(?P<name>[^/]+)", ProfileHandler),
    (f"{API}/projects", ProjectsHandler),
    (rf"{API}/projects/(?P<project>[^/]+)", ProjectHandler),
    (rf"{API}/projects/(?P<project>[^/]+)/relationships", ProjectRelationshipsHandler),
    (rf"{API}/projects/(?P<project>[^/]+)/share", ShareHandler),
    (f"{API}/tokens/personal", PersonalTokensHandler),
    (f"{API}/tokens/personal/{ID}", PersonalTokenHandler),
    (f"{API}/users/me/projects", ProjectsHandler),
    *_without_project(),
    (f"{API}/schemas/{ENTITY}", SchemasHandler),
    (f"{API}/schemas/{ENTITY}/{KIND}", SchemaHandler),
    (f"{IN_PROJECT}/schemas/{ENTITY}", SchemasHandler),
    (f"{IN_PROJECT}/schemas/{ENTITY}/{KIND}", SchemaHandler),
    (f"{API}/templates", TemplatesHandler),
    (f"{API}/templates/{ENTITY}", TemplatesHandler),
    (f"{API}/templates/{ENTITY}/{ID}", TemplateHandler),
    (f"{IN_PROJECT}/logs", LogListHandler),
    (f"{IN_PROJECT}/logs/{ID}", LogHandler),
    (f"{IN_PROJECT}/(?P<plural>tasks)", TasksHandler),
    (f"{IN_PROJECT}/audit", AuditHandler),
    (f"{IN_PROJECT}/resolve", ResolveHandler),
    (f"{IN_PROJECT}/labels", LabelsHandler),
    (f"{IN_PROJECT}/solr/search/item", SearchHandler),
    (f"{IN_PROJECT}/solr/search/group", SearchGroupsHandler),
    (f"{IN_PROJECT}/(?P<plural>runs)", RunsHandler),
    (f"{IN_PROJECT}/runs/plan", PlanHandler),
    (f"{IN_PROJECT}/runs/together", RunsTogetherHandler),
    (f"{IN_PROJECT}/runs/stream", ManyStreamHandler),
    (f"{IN_PROJECT}/(?P<plural>runs)/{ID}", RunHandler),
    (f"{RUN}/stop", StopHandler),
    (f"{RUN}/(?P<event>resume|build|run|delete)", EventHandler),
    (f"{RUN}/retry", RetryHandler),
    (f"{RUN}/environment", EnvironmentHandler),
    (f"{RUN}/trials", TrialsHandler),
    (f"{RUN}/trials/columns", TrialColumnsHandler),
    (f"{RUN}/trials/champion", ChampionHandler),
    (f"{RUN}/trials/importance", ImportanceHandler),
    (f"{RUN}/sweep/stop-trial", StopTrialHandler),
    (f"{RUN}/sweep/(?P<event>pause|resume|extend|enqueue)", SweepHandler),
    (f"{API}/kernel", KernelHandler),
    (f"{IN_PROJECT}/kernels", KernelPlacesHandler),
    (f"{IN_PROJECT}/kernels/{ID}/move", KernelMoveHandler),
    (rf"{IN_PROJECT}/tools/(?P<name>[^/]+)", ToolHandler),
    (f"{RUN}/logs", LogsHandler),
    (f"{RUN}/log", LogBytesHandler),
    (f"{RUN}/stream", StreamHandler),
    (f"{RUN}/stream/ws", StreamSocket),
    (f"{IN_PROJECT}/secrets/data", SecretDataHandler),
    (f"{IN_PROJECT}/(?P<plural>secrets)", SecretsHandler),
    (f"{IN_PROJECT}/(?P<plural>secrets)/{ID}", SecretHandler),
    (f"{IN_PROJECT}/(?P<plural>triggers)", TriggersHandler),
    (f"{IN_PROJECT}/(?P<plural>triggers)/{ID}", TriggerHandler),
    (f"{IN_PROJECT}/triggers/{ID}/(?P<event>run|stop)", TriggerEventHandler),
    (ANY, EntitiesHandler),
    (f"{ANY}/{ID}", EntityHandler),
    (f"{RELATED}/{ID}/relationships", RelationshipsHandler),
    (f"{RELATED}/{ID}/lineage", LineageHandler),
    (f"{_one_of('functions', 'workflows')}/{ID}/tasks", TasksOfHandler),
    (f"{IN_PROJECT}/tasks/{ID}/runs", RunsOfHandler),
    (f"{_one_of('runs', 'models')}/{ID}/metrics", MetricsHandler),
    (rf"{_one_of('runs', 'models')}/{ID}/metrics/(?P<name>[^/]+)", MetricHandler),
    (f"{MATERIAL}/{ID}/files/info", FilesInfoHandler),
    (f"{MATERIAL}/{ID}/files/links", LinksHandler),
    (f"{IN_PROJECT}/dataitems/{ID}/rows", RowsHandler),
    (f"{MATERIAL}/{ID}/files/upload", UploadHandler),
    (f"{MATERIAL}/{ID}/files/multipart/start", StartHandler),
    (f"{MATERIAL}/{ID}/files/multipart/part", PartHandler),
    (f"{MATERIAL}/{ID}/files/multipart/complete", CompleteHandler),
    (f"{IN_PROJECT}/files/stores", StoresHandler),
    (f"{IN_PROJECT}/files/info", PlaceInfoHandler),
    (f"{IN_PROJECT}/files/download", PlaceDownloadHandler),
    (f"{IN_PROJECT}/files/upload", PlaceUploadHandler),
    (f"{IN_PROJECT}/files/delete", PlaceDeleteHandler),
    (f"{IN_PROJECT}/files/multipart/start", PlaceStartHandler),
    (f"{IN_PROJECT}/files/multipart/part", PartHandler),
    (f"{IN_PROJECT}/files/multipart/complete", CompleteHandler),
    ("/dh/files/(?P<ticket>[^/]+)/(?P<name>[^/]+)", TicketHandler),
    (rf"{MATERIAL}/{ID}/files/download(?:/(?P<sub>.+))?", DownloadHandler),
    (f"{_one_of('artifacts', 'dataitems', 'models', 'runs')}/{ID}/extensions", ExtensionsHandler),
    (f"{VERSIONED}/{ID}/aliases", AliasesHandler),
    (rf"{VERSIONED}/{ID}/aliases/(?P<alias>[^/]+)", AliasHandler),
    (f"{IN_PROJECT}/models/{ID}/publish", PublishHandler),
    (r"/dh(?:/.*)?", MissingHandler),
]
