"""A sweep, as verbs return it: a run whose trials are runs."""

from __future__ import annotations

import operator
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..asking import FIRST
from ..display.run import run_name
from ..display.sweep import sweep_bundle, sweep_text, trial_text
from ..entities import EntityHandle
from ..errors import Invalid, NotInstalled
from ..handles import RunHandle, run_failed
from ..publishing import publish
from ..refs import parse
from ..session import Session
from ..starting import apart, start_run
from .request import continued, extension

if TYPE_CHECKING:
    from .._contract import Entity, Progress

# train-7, an id, or a key: no function has such
SWEEP_NAME = re.compile(r"(?!store:)(?:run/)?.+-\d+|[0-9a-f]{32}|store://[^/]+/run/.+")


class Trial:
    """One trial: its parameters, what it reached, and its run."""

    def __init__(self, session: Session, row: Mapping[str, Any]):
        self._session = session
        self._row = row

    @property
    def number(self) -> int:
        return int(self._row["number"])

    @property
    def state(self) -> str:
        """waiting, running, finished, pruned or failed."""
        return str(self._row["state"])

    @property
    def values(self) -> dict[str, float]:
        """The objectives by name; empty until it has finished."""
        return dict(self._row.get("values") or {})

    @property
    def value(self) -> float | None:
        """The value of the first objective."""
        return next(iter(self.values.values()), None)

    @property
    def parameters(self) -> dict[str, Any]:
        """What was varied, by name."""
        return dict(self._row.get("parameters") or {})

    @property
    def message(self) -> str:
        """Why it failed or was pruned."""
        return str(self._row.get("message") or "")

    @property
    def run(self) -> RunHandle:
        """The trial's run: `.outputs`, `.logs()`, `.result`."""
        run_id = self._row.get("run")
        if not run_id:
            raise Invalid(f"Trial {self.number} has no run yet.", "It waits for a free worker.")
        return RunHandle(self._session, self._session.get("runs", run_id))

    def __repr__(self) -> str:
        return trial_text(self._row)


class Sweep(RunHandle):
    """A sweep. Reading a property asks the broker unless the sweep has ended; nothing polls."""

    @property
    def counts(self) -> dict[str, int]:
        """How many trials there are of each state."""
        return dict(self._status.get("counts") or {})

    @property
    def best(self) -> Any:
        """The best Trial so far, None if none has finished; of several objectives the list of those that no other
        beats in all (the Pareto front)."""
        found = [Trial(self._session, row) for row in self._status.get("best") or []]
        if len(self._objectives) > 1:
            return found
        return found[0] if found else None

    @property
    def trials(self) -> Any:
        """All trials as a pandas DataFrame, one row each: number, state, objectives, parameters, seconds that it took.

        A name that two of these have gets a mark the second time: beside an objective `seconds` stands `seconds_`.
        """
        try:
            import pandas
        except ImportError:
            raise NotInstalled("A table of trials needs pandas.", "pip install pandas") from None
        columns = self._session.get("runs", self.id, "trials", "columns")
        parts = {"number": columns["number"], "state": columns["state"]}
        for name in ("values", "parameters"):
            parts.update({_unused(one, parts): column for one, column in columns[name].items()})
        parts[_unused("seconds", parts)] = columns["seconds"]
        return pandas.DataFrame(parts)

    def trial(self, number: int) -> Trial:
        """The trial of that number."""
        rows = self._session.get("runs", self.id, "trials", after=number, size=1, sort="number")["trials"]
        if not rows or rows[0]["number"] != number:
            raise Invalid(f"{self.name} has no trial {number}.", "Numbers begin at 0; s.trials lists them.")
        return Trial(self._session, rows[0])

    @property
    def importance(self) -> dict[str, float]:
        """Each parameter's share in how the first objective varies."""
        return dict(self._session.get("runs", self.id, "trials", "importance"))

    @property
    def study(self) -> Any:
        """A real `optuna.Study` with all trials, for its plots and analyses. It is a copy: nothing goes back."""
        from .study import study_of

        return study_of(self.entity, self._session.get("runs", self.id, "trials", "columns", details="true"))

    @property
    def result(self) -> Any:
        """What the best trial returned; waits for the sweep's end. Raises RunFailed if the sweep did not succeed."""
        self.wait()
        if self.state == "failed":
            raise run_failed(self._run)
        return self._best_one().run.result

    # -- what a person can do ------------------------------------------------------------------------------------------

    def pause(self) -> Sweep:
        """Start no more trials for now; those that run go on."""
        return self._do("pause", {})

    def resume(self) -> Sweep:
        """Go on after a pause."""
        return self._do("resume", {})

    def extend(self, trials: Any = None, timeout: Any = None) -> Sweep:
        """So many trials, or so much time, more than before. One that has ended is gone on with by a new one, which knows
        its trials: that one's handle comes back."""
        more = extension({"trials": trials, "timeout": timeout})
        if not more:
            raise Invalid("How much more?", 's.extend(trials=50), or s.extend(timeout="1h")')
        if self.state not in ("succeeded", "failed", "stopped"):
            return self._do("extend", more)
        run = self._session.post("runs", body=continued(self._run, more))
        return Sweep(self._session, run, f"{self.name} has ended; {run_name(run)} goes on from its trials")

    def enqueue(self, **parameters: Any) -> Sweep:
        """Try these values next; what is not given, the sampler chooses."""
        from ..arguments import plain

        return self._do("enqueue", {"parameters": {name: plain(name, value) for name, value in parameters.items()}})

    def stop_trial(self, number: int) -> Sweep:
        """End one running trial."""
        try:
            body = {"number": operator.index(number)}  # also one out of a table
        except TypeError:
            raise Invalid(f"{number!r} is not a trial's number.", f"{self.name}.trials has them.") from None
        self._session.post("runs", self.id, "sweep", "stop-trial", body=body)
        self.see(self._session.get("runs", self.id))
        return self

    def publish(self, as_: str = "", alias: str = "", note: str = "", force: bool = False, output: str = "") -> Any:
        """Promote the model of the best trial; see `dh.publish`. `output` names it where a trial makes several."""
        return publish(self._session, self._model(output).entity, as_, alias, note, force)

    def retrain(self, **changes: Any) -> RunHandle:
        """A run of the function with the best values, e.g. on all data: `s.retrain(flights=all_flights)`. `changes` are
        parameters and options, as of `train.run(…)`."""
        spec = self.entity["spec"]
        function: Any = self._session.resolve(spec["function"], "function")
        schema = function["spec"].get("parameters") or {}
        same = {**(spec.get("parameters") or {}), **(spec.get("inputs") or {})}
        known = schema.get("properties", {})
        given, options = apart({**same, **best_arguments(self._best_one().parameters, known), **changes}, known)
        return start_run(self._session, function["key"], given, options, schema)

    def _do(self, verb: str, body: Mapping[str, Any]) -> Sweep:
        self.see(self._session.post("runs", self.id, "sweep", verb, body=body))
        return self

    def _best_one(self) -> Trial:
        best = self.best
        if isinstance(best, list) and len(best) > 1:
            numbers = ", ".join(str(one.number) for one in best)
            raise Invalid(
                f"{self.name} has {len(best)} best trials, each for another balance of its objectives: {numbers}.",
                f"Choose one: s.trial({best[0].number}).run",
            )
        found = best[0] if isinstance(best, list) and best else best
        if not isinstance(found, Trial):
            raise Invalid(f"No trial of {self.name} has finished.", f"%dh logs {self.name}, or wait: s.wait()")
        return found

    def _model(self, output: str) -> EntityHandle:
        best = self._best_one()
        outputs = best.run.outputs
        models = [name for name in outputs if parse(outputs.key_of(name)).entity == "model"]
        if output and output not in models:
            raise Invalid(f"Trial {best.number} has no model '{output}'.", f"There is: {', '.join(models) or 'none'}.")
        if not models:
            raise Invalid(
                f"Trial {best.number} returned no model.", "Return it from the function, beside the objective."
            )
        if len(models) > 1 and not output:
            raise Invalid(f"Trial {best.number} returned several models.", f's.publish(output="{models[0]}")')
        return outputs[output or models[0]]

    @property
    def _status(self) -> dict[str, Any]:
        status: Any = self.entity["status"]
        return dict(status.get("sweep") or {})

    @property
    def _objectives(self) -> list[Any]:
        spec: Any = self._run["spec"]
        return list(spec["sweep"].get("objectives") or [])

    # -- the card --------------------------------------------------------------------------------------------------

    def _bundle(self, progress: Progress | None = None) -> dict[str, Any]:
        return sweep_bundle(self._run, self._note)

    def __repr__(self) -> str:
        return sweep_text(self._run, self._note)


def best_arguments(parameters: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """What a trial had, as arguments of its function: what it asked for is its `trial`."""
    asked = {name: value for name, value in parameters.items() if name not in known}
    return {**{name: value for name, value in parameters.items() if name in known}, **({FIRST: asked} if asked else {})}


def is_sweep(run: Entity) -> bool:
    """Whether a run's document is a sweep's."""
    return "+sweep" in run["kind"]


def find_sweep(session: Session, reference: str) -> Sweep:
    """The handle of a sweep by its name, id or key. Raises Invalid for another run."""
    run = session.resolve(reference, "run")
    if not is_sweep(run):
        raise Invalid(f"{reference} is no sweep.", "%dh sweep FUNCTION name=RANGE … begins one.")
    return Sweep(session, run)


def _unused(name: str, parts: Mapping[str, Any]) -> str:
    """A column's name; one that is taken gets a mark."""
    return name if name not in parts else _unused(f"{name}_", parts)
