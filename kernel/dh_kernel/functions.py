"""A registered function: callable as before, and runnable elsewhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .display import show
from .display.function import function_bundle, function_line
from .entities import EntityHandle
from .errors import DHError, Invalid
from .handles import RunHandle
from .options import NAMES, run_options, words
from .starting import apart, start_run, start_some

if TYPE_CHECKING:
    from ._contract import Entity
    from .capture import Captured
    from .fanout import Results
    from .forms.function import FunctionForm
    from .session import Session
    from .sweeping.handle import Sweep


class FunctionHandle(EntityHandle):
    """`train(…)` calls the plain function here, `train.run(…)` runs it where runs run."""

    def __init__(self, session: Session, entity: Entity, function: Callable[..., Any] | None = None, line: str = ""):
        super().__init__(session, entity)
        self.line = line
        self._shown_in: int | None = None
        if function is not None:
            functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function = self.__dict__.get("__wrapped__")
        if function is None:
            raise Invalid(
                f"{self.reference} comes from the catalogue; its code is not in this kernel.",
                f"Run it: %dh run {self.name} …, or see its code: %dh show {self.reference} --code",
            )
        return function(*args, **kwargs)

    @property
    def code(self) -> str:
        """The module or script that a run executes; of a notebook its cells, below each other."""
        text = base64.b64decode(self.spec["source"].get("base64", "")).decode()
        if self.kind != "notebook":
            return text
        from .notebooks.document import as_script

        return as_script(text)

    def run(self, *args: Any, **params: Any) -> RunHandle:
        """Start a run. `params` are the function's parameters, and options: cpu memory gpu disk timeout queue_timeout
        total_timeout retries nodes env secret on profile. A name that is both is the parameter; give that option in
        `options={…}`.
        """
        schema = self.spec.get("parameters") or {}
        known = schema.get("properties", {})
        params, options = apart(params, known)
        given = {**self._positional(args, list(known)), **params}
        if len(given) < len(args) + len(params):
            raise Invalid(f"{self.name}: a parameter is given twice, by place and by name.")
        return start_run(self._session, self.key, given, options, schema)

    def run_some(self, given: Sequence[Mapping[str, Any]]) -> tuple[list[RunHandle], int]:
        """Start as many of several runs, from the first on, as begin together where they run, and have the same options; and
        of how many that was asked. See `run`, of which these are keywords."""
        schema = self.spec.get("parameters") or {}
        known = schema.get("properties", {})
        parted = [apart(one, known) for one in given]
        options = parted[0][1]
        alike = list(itertools.takewhile(lambda one: one[1] == options, parted))
        return start_some(self._session, self.key, [params for params, _ in alike], options, schema)

    def start(self, given: Mapping[str, Any], options: Mapping[str, Any]) -> RunHandle:
        """Start a run; parameters and options come apart."""
        return start_run(self._session, self.key, given, options, self.spec.get("parameters") or {})

    def map(self, items: Iterable[Any], at_once: int | None = None, **fixed: Any) -> Results:
        """A run for each item, in order; blocks until all have ended. An item is a dict of parameters, or the value of
        the first one; `fixed` are parameters and options of every run. At most `at_once` are unfinished at a time (two
        for each core; a hundred in a cluster), and of what has no length (a generator, an open file) one item more than
        that is read, so that it may be endless: Ctrl-C ends it. Failures are kept in place of results:
        `results.raise_first()`, `results.failed`, `results.runs`.
        """
        from .fanout import map_runs

        return map_runs(self, items, at_once, fixed)

    def _positional(self, args: Sequence[Any], names: list[str]) -> dict[str, Any]:
        if len(args) > len(names):
            raise Invalid(f"{self.name} takes at most {len(names)} arguments, and got {len(args)}.")
        return dict(zip(names, args))

    def sweep(self, space: Mapping[str, Any] | None = None, /, **given: Any) -> Sweep:
        """Try many parameters: `train.sweep(lr=dh.space.log(1e-5, 1e-1), opt=["adam", "sgd"], trials=100, maximize="auc")`.

        A parameter's value is a range or choices (`dh.space.…`, a list, `range(2, 9)`, "1e-5..1e-1:log", a distribution
        of Optuna), or the same for all trials. Options: trials workers maximize minimize sampler seed prune timeout cost
        target plateau failures reuse constraint warm_start, and those of a run, `trial_timeout` for its timeout. A name that
        is both is the parameter; give that option in `options={…}`. `space` is a dict of the same.
        """
        from .sweeping.start import sweep

        if space is not None and not isinstance(space, Mapping):
            raise Invalid(f"A space is a dict, and this is a {type(space).__name__}.", 'train.sweep({"lr": "0..1"}, …)')
        return sweep(self._session, self.entity, {**(space or {}), **given})

    def form(self) -> FunctionForm:
        """A form of ipywidgets for the parameters, with *Run*: `.value`, `.run`, and a part of your own widgets."""
        from .forms import function_form

        return function_form(self)

    def show(self) -> None:
        """Show the line in the running cell; it is not shown there a second time as the cell's value."""
        self._shown_in = show.cell_number()
        show.show(function_bundle(self.entity, self.line or self.reference))

    def _ipython_display_(self) -> None:
        if self._shown_in is None or self._shown_in != show.cell_number():
            show.show(function_bundle(self.entity, self.line or self.reference))


def register(
    session: Session,
    target: str | Callable[..., Any],
    namespace: Mapping[str, Any],
    *,
    requires: Sequence[str] = (),
    out: Sequence[str] = (),
    label: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> FunctionHandle:
    """Capture a function, and make it a version in the catalogue (or find it made). Raises NotCaptured."""
    from .capture import CellHistory, capture

    defaults = run_options(options or {})
    cells = CellHistory.from_shell(show.shell())
    captured = capture(target, namespace, cells, requires=tuple(requires), folder=Path.cwd())
    metadata = {"labels": list(label)} if label else {}
    document = _document(captured, session.project, out, {**metadata, "run_defaults": defaults})
    answer = session.register("function", document)
    existing = answer.headers.get("x-dh-existing", "") == "true"
    needs = [re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] for requirement in captured.requirements]
    line = function_line(answer.body, existing, captured.helpers, captured.constants, needs)
    function = namespace.get(target) if isinstance(target, str) else target
    return FunctionHandle(session, answer.body, function, line)


def _document(captured: Captured, project: str, out: Sequence[str], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The entity that is posted."""
    described = {"description": captured.description} if captured.description else {}
    return {
        "kind": "python",
        "project": project,
        "name": captured.name,
        "id": _version_id(captured.id, out),
        "metadata": {"name": captured.name, **described, "cells": list(captured.cells), **metadata},
        "spec": {**captured.spec(), **({"output_names": list(out)} if out else {})},
    }


def _version_id(captured: str, out: Sequence[str]) -> str:
    """Names of outputs change what a run makes, so they are part of the version where they are given."""
    return hashlib.sha256(f"{captured}\0{','.join(out)}".encode()).hexdigest()[:32] if out else captured


def split_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords of `dh.function` as `register` takes them. Raises Invalid for an unknown one."""
    lists = {name: words(name, settings[name]) for name in ("requires", "out", "label") if settings.get(name)}
    options = {name: value for name, value in settings.items() if name not in ("requires", "out", "label")}
    try:
        run_options(options)
    except Invalid as error:
        raise _with_all_names(error) from None
    return {**lists, "options": options}


def _with_all_names(error: DHError) -> DHError:
    also = "" if error.hint else f"There is: {', '.join((*NAMES, 'requires', 'out', 'label'))}."
    return type(error)(error.message, error.hint or also, error.details)
