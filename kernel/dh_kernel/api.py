"""The verbs, as Python functions. `import dh_kernel as dh` gives them as `dh.run`, `dh.load`, …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import comparing, declaring, listing, profiles, publishing, secrets
from .comparing import Diff
from .datasets import DatasetHandle, save_dataset
from .display.show import shell
from .display.table import Table
from .entities import EntityHandle
from .errors import Invalid
from .finding import find_entity, find_function_or_run, find_run, named, run_handle
from .functions import FunctionHandle, register, split_settings
from .handles import RunHandle
from .launch import check_outside_a_run, left_plain
from .options import NAMES, words
from .paths import typed_path
from .refs import is_reference, parse
from .repeating import environment_table, repeat
from .reporting import run_folder
from .session import session
from .starting import start_run
from .sweeping.handle import SWEEP_NAME, Sweep, find_sweep

if TYPE_CHECKING:
    from .jobs.document import Job


def function(target: Any = None, **settings: Any) -> Any:
    """Make a function a version in the catalogue: `train = dh.function(train, gpu=1)`, or `@dh.function(gpu=1)`.

    Settings: cpu memory gpu disk timeout queue_timeout total_timeout retries nodes env secret on profile, requires, out, label.
    With a reference in place of a function: the handle of a registered one. In a run the function stays what it is.
    """
    if isinstance(target, str):
        return FunctionHandle(session(), session().resolve(target, "function"))
    if target is None:
        return lambda plain: function(plain, **settings)
    plain = getattr(target, "__wrapped__", target) if isinstance(target, FunctionHandle) else target
    if run_folder() is not None:
        return left_plain(plain)  # the code of a run, or of a notebook that runs as a job
    handle = register(session(), plain, _globals_of(plain), **split_settings(settings))
    handle.show()
    return handle


def _globals_of(target: Any) -> Mapping[str, Any]:
    """Where a function was defined, below its decorators."""
    from .capture.definitions import plain_function

    plain = plain_function(target)
    return getattr(target, "__globals__", {}) if plain is None else plain.__globals__


def run(target: Any = None, *args: Any, same_as: str | RunHandle = "", **params: Any) -> RunHandle:
    """Start a run of a function: `dh.run("train", lr=0.05)`. With a run's reference: the handle of that run.

    `dh.run(same_as="train-42")` repeats a run exactly: its code, inputs, parameters and packages; options may be given.
    """
    if same_as:
        return repeat(session(), same_as, params, getattr(target, "key", target))
    if isinstance(target, FunctionHandle):
        return target.run(*args, **params)
    if not isinstance(target, str):
        raise Invalid(
            "Only registered functions run.", f"Register it first: dh.function({getattr(target, '__name__', 'f')})."
        )
    if is_reference(target) and parse(target).entity == "run":
        return find_run(session(), target)
    entity = find_function_or_run(session(), target)
    if parse(entity["key"]).entity != "run":
        return FunctionHandle(session(), entity).run(*args, **params)
    if args or params:
        raise Invalid(f"'{target}' is a run, not a function.", f'Run it again with changes: dh.retry("{target}", …)')
    return run_handle(session(), entity)


def start(target: str, given: Mapping[str, Any], options: Mapping[str, Any]) -> RunHandle:
    """Start a run in one request: parameters and options come apart, as a `%dh run` line has them."""
    return start_run(session(), parse(target, "function"), given, options)


def sweep(target: str | FunctionHandle, *args: Any, **given: Any) -> Sweep:
    """Try many parameters of a function: `dh.sweep("train", lr=dh.space.log(1e-5, 1e-1), trials=100, maximize="auc")`;
    see `FunctionHandle.sweep`. With a sweep's name, id or key: its handle."""
    if isinstance(target, str) and not given and SWEEP_NAME.fullmatch(target):
        return find_sweep(session(), target)
    found: FunctionHandle = target if isinstance(target, FunctionHandle) else function(target)
    return found.sweep(*args, **given)


def job(target: Any = "", *, cells: Any = "", options: Mapping[str, Any] | None = None, **params: Any) -> RunHandle:
    """Run a whole notebook or script, on a copy of the file as it is saved now: `dh.job("analysis.ipynb", lr=0.1)`; or
    cells that were executed in this kernel, by their numbers: `dh.job(cells="3-7")`.

    `params` are its parameters, and options: cpu memory gpu disk timeout queue_timeout retries nodes env secret on profile
    requires label. A name that is both is the parameter; give that option in `options={…}`.
    """
    asked = {**({"requires": params.pop("requires")} if "requires" in params else {}), **(options or {})}
    made = _job_of(target, cells, params, asked)
    known = made.parameters["properties"]
    for name in [name for name in params if name in (*NAMES, "label") and name not in known]:
        asked[name] = params.pop(name)
    return _start_job(made, params, asked)


def start_job(path: str, cells: str, given: Mapping[str, Any], options: Mapping[str, Any]) -> RunHandle:
    """Start a job: parameters and options come apart, as a `%dh job` line has them."""
    asked = dict(options)
    return _start_job(_job_of(path, cells, given, asked), given, asked)


def _job_of(target: Any, cells: Any, given: Mapping[str, Any], asked: dict[str, Any]) -> Job:
    """A file's or some cells'. Takes `requires` out of `asked`."""
    requires = words("requires", asked.pop("requires", ()))
    has_file = target != "" if isinstance(target, str) else bool(typed_path(target))
    if has_file == bool(cells):
        raise Invalid("A job is a file, or cells.", "%dh job analysis.ipynb, or %dh job --cells 3-7")
    if cells:
        from .jobs.cells import job_of_cells

        check_outside_a_run()  # where cells have other numbers
        return job_of_cells(shell(), str(cells), given, requires)
    from .jobs.document import job_of_file

    return job_of_file(typed_path(target), requires)


def _start_job(made: Job, given: Mapping[str, Any], options: dict[str, Any]) -> RunHandle:
    from .jobs import start

    labels = words("label", options.pop("label", ()))
    return start.start_job(session(), made, given, options, labels)


def dataset(name: str, data: Any) -> DatasetHandle:
    """Save an immutable version: a DataFrame, an Arrow table, or parquet or csv files. Same content = same version."""
    saved = save_dataset(session(), name, data)
    saved.show()
    return saved


def load(ref: str | EntityHandle, as_: str | None = None) -> Any:
    """dataset → DataFrame (`as_="arrow"`, `"polars"`, `"path"`), model → its object, artifact → Path or what was saved,
    function → handle, run → what it returned."""
    entity = ref.entity if isinstance(ref, EntityHandle) else session().resolve(named(ref))
    kind = parse(entity["key"]).entity
    if kind == "function":
        return FunctionHandle(session(), entity)
    if kind == "run":
        return run_handle(session(), entity).result
    return EntityHandle(session(), entity).load(as_)


def diff(one: str | EntityHandle | RunHandle, other: str | EntityHandle | RunHandle = "") -> Diff | Table:
    """What changed from one version to another, of anything: `dh.diff("function/train@2", "@3")`. `@3` alone is of the
    same name; without a second, the version before. Of a file `dh.yaml` (or a folder): what `dh.apply` would do."""
    first, second = named(one), named(other)
    if not second and declaring.is_declaration(first):
        return declaring.apply(session(), first, do=False)
    return comparing.diff(session(), first, second)


def apply(file: str = declaring.DECLARATION, *, prune: bool = False, update: bool = False, project: str = "") -> Table:
    """Make what a declaration has and its project lacks, all of it or nothing: `dh.apply("dh.yaml")`. Nothing that is
    there is changed without `update`, or deleted without `prune`. `project`: into this one, whatever the file says."""
    return declaring.apply(session(), file, do=True, prune=prune, update=update, project=project)


def import_(path: str, *, project: str = "") -> Table:
    """Take in documents, of a file or of all files in a folder, as `dh.export` or the public SDK wrote them; what is
    there stays as it is. `project`: into this one, whatever the files say."""
    return declaring.apply(session(), path, do=True, project=project)


def publish(
    ref: str | EntityHandle, as_: str = "", alias: str = "", note: str = "", force: bool = False
) -> EntityHandle:
    """Promote a model: a name, an alias, a registry entry, and who, when and why."""
    entity = ref.entity if isinstance(ref, EntityHandle) else session().resolve(named(ref), "model")
    return publishing.publish(session(), entity, as_, alias, note, force)


def ls(
    kind: str | None = None,
    text: str = "",
    *,
    label: str | Sequence[str] = (),
    state: str = "",
    page: int = 1,
    versions: bool = False,
) -> Table:
    """The catalogue. A first word that is no type is text to search for."""
    if not isinstance(kind, (str, type(None))):
        raise Invalid(
            f"A {type(kind).__name__} is no type of the catalogue, and no text.", 'dh.ls("model"), dh.ls("flights")'
        )
    if kind is not None and not text and not listing.is_type(kind):
        text, kind = kind, None
    labels = [label] if isinstance(label, str) else list(label)
    of_type = listing.entity_type(kind) if kind else None
    return listing.list_entities(session(), of_type, text, labels, state, page, versions)


def show(
    ref: str | EntityHandle | RunHandle,
    *,
    code: bool = False,
    lineage: bool = False,
    files: bool = False,
    environment: bool = False,
) -> Any:
    """An entity's details; or its code, its lineage, its files, the packages that a run had."""
    found = find_entity(session(), named(ref))
    if environment:
        if not isinstance(found, RunHandle):
            raise Invalid(f"{ref} has no environment.", "Runs have: %dh show run/NAME-1 --environment")
        return environment_table(found.environment, found.name)
    if code:
        if not isinstance(found, EntityHandle) or found.type != "function":
            raise Invalid(f"{ref} has no code.", "Functions have: %dh show function/NAME --code")
        return Code(FunctionHandle(session(), found.entity).code)
    if lineage:
        return listing.lineage(session(), found.entity)
    return listing.files(session(), found.entity) if files else found


class Code(str):
    """Python source that shows as code."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        fence = "````" if "```" in self else "```"
        return f"{fence}python\n{self}\n{fence}"


def logs(ref: str | RunHandle, follow: bool = False, *, tail: int | None = None) -> Any:
    """A run's log as a string, or its last `tail` lines; with `follow` an iterator of lines, of those that are there by
    then the last."""
    return find_run(session(), named(ref)).logs(follow, tail=tail)


def stop(ref: str | RunHandle) -> RunHandle:
    """Ask a run to end."""
    return find_run(session(), named(ref)).stop()


def retry(ref: str | RunHandle, **changes: Any) -> RunHandle:
    """A new run like an old one, with changes."""
    return find_run(session(), named(ref)).retry(**changes)


def export(
    ref: str | EntityHandle | RunHandle, file: str | Path = "", force: bool = False, *, files: bool = False
) -> Path:
    """Write a thing of the catalogue as a file of its own, and give its path. By the file's ending: a function as a
    program (`.py`), a run as the command that repeats it (`.sh`), anything as a document (`.yaml`, or in a folder).
    `project`: all of it as documents in a folder. With `files` what datasets, models and artifacts hold goes into the
    folder, too. A file that is there stays, unless `force`."""
    from .exports import export as write
    from .exports import export_project

    target = file if isinstance(file, str) else str(typed_path(file))
    if isinstance(ref, str) and ref == "project":
        return export_project(session(), target, force, files)
    thing = ref if isinstance(ref, (EntityHandle, RunHandle)) else find_entity(session(), named(ref))
    return write(session(), thing.entity, target, force, files)


def form(ref: str | FunctionHandle | RunHandle) -> Any:
    """A form of ipywidgets for a function's parameters, or a run as it goes on; a bare name is a function's."""
    if isinstance(ref, (FunctionHandle, RunHandle)):
        return ref.form()
    if not isinstance(ref, str):
        raise Invalid(
            f"A {type(ref).__name__} has no form.", "Name a function or a run: %dh form train, %dh form run/train-42"
        )
    is_run = is_reference(ref) and parse(ref).entity == "run"
    found: FunctionHandle | RunHandle = find_run(session(), ref) if is_run else function(ref)
    return found.form()


def gc(*, yes: bool = False, store: bool = False, locks: bool = False) -> Table:
    """What nothing refers to: files of uploads that failed and of things that are gone, caches, runs that have expired.
    Shown only, unless `yes`. `store`: also files in an S3 that another catalogue might use, too. `locks`: also which
    versions were chosen for requirements that name none, so that they are chosen anew."""
    from .leftovers import leftovers

    return leftovers(session(), do=yes, store=store, locks=locks)


def doctor() -> Table:
    """Broker, executors, store, catalogue, versions: one row each."""
    return listing.doctor(session())


def secret(name: str = "", value: str | None = None, *, delete: bool = False) -> Any:
    """Keep a secret of this project: `dh.secret("TOKEN")` asks for its value and echoes nothing. Without a name: which
    there are. `value` is for values that a program has; typed in a cell it would stay in the notebook."""
    if delete and not name:
        raise Invalid("Which secret?", "%dh secret NAME --delete")
    if not name:
        return secrets.table(session())
    return secrets.remove(session(), name) if delete else secrets.keep(session(), name, value)


def profile(name: str = "") -> Table:
    """The administrator's profiles; with a name: all of one. A run takes one by `profile="NAME"`."""
    is_all = isinstance(name, str) and not name
    return profiles.table(session()) if is_all else profiles.details(session(), name)


def project(name: str = "") -> str:
    """Work in this project from now on; it is created if absent. Without a name: the current one."""
    if name:
        session().use(name)
    return session().project


def projects() -> Table:
    """All projects; the one that this kernel works in is marked."""
    return listing.list_projects(session())
