"""A sweep's trials as an `optuna.Study` of this kernel. Optuna is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ..errors import NotInstalled

_STATES = {"waiting": "WAITING", "running": "RUNNING", "finished": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}


def study_of(run: Mapping[str, Any], columns: Mapping[str, Any]) -> Any:
    """The study, in memory: a copy with all trials, to which nobody tells anything any more."""
    try:
        import optuna
    except ImportError:
        raise NotInstalled("A study needs Optuna.", "pip install optuna") from None
    sweep = run["spec"]["sweep"]
    directions = [one["direction"] for one in sweep["objectives"]]
    space = {**(columns.get("space") or {}), **(sweep.get("space") or {})}
    distributions = {name: _distribution(optuna, one) for name, one in space.items()}
    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # that it was made is nothing to tell
    try:
        study = optuna.create_study(directions=directions, study_name=run["metadata"].get("reference", run["id"]))
    finally:
        optuna.logging.set_verbosity(told)
    names = [one["name"] for one in sweep["objectives"]]
    study.add_trials([_trial(optuna, row, names, distributions) for row in rows_of(columns, sweep.get("space") or {})])
    return study


def rows_of(columns: Mapping[str, Any], given: Collection[str] = ()) -> list[dict[str, Any]]:
    """Trials one by one, by their numbers; what a column has no value for is left out, but for the parameters that all were
    `given`, which may be None."""
    rows = []
    for place in sorted(range(len(columns["number"])), key=columns["number"].__getitem__):
        row: dict[str, Any] = {"number": columns["number"][place], "state": columns["state"][place]}
        for part in ("values", "parameters"):
            cells = {name: column[place] for name, column in columns[part].items()}
            row[part] = {name: value for name, value in cells.items() if value is not None or name in given}
        for part in ("points", "attributes", "violations", "started", "ended"):
            row[part] = (columns.get(part) or {place: ()})[place]
        rows.append(row)
    return rows


def _distribution(optuna: Any, one: Mapping[str, Any]) -> Any:
    kinds = optuna.distributions
    if one["type"] == "choice":
        return kinds.CategoricalDistribution(one["choices"])
    kind = kinds.IntDistribution if one["type"] == "int" else kinds.FloatDistribution
    step = {"step": one["step"]} if one.get("step") is not None else {}
    return kind(one["low"], one["high"], log=bool(one.get("log")), **step)


def _trial(optuna: Any, row: Mapping[str, Any], names: list[str], distributions: Mapping[str, Any]) -> Any:
    state = optuna.trial.TrialState[_STATES[row["state"]]]
    values = [row["values"].get(name) for name in names]
    parameters = {name: value for name, value in row["parameters"].items() if name in distributions}
    made = optuna.trial.create_trial(
        state=state,
        values=values if state.name == "COMPLETE" else None,
        params=parameters,
        distributions={name: distributions[name] for name in parameters},
        intermediate_values=dict(row["points"]),
        user_attrs=dict(row["attributes"]),
        system_attrs={"constraints": list(row["violations"])} if row["violations"] else None,  # of study.best_trials
    )
    for name, text in (("datetime_start", row["started"]), ("datetime_complete", row["ended"])):
        if text:
            setattr(made, name, _moment(text))
    return made


def _moment(text: str) -> datetime:
    """Local and without a zone, as Optuna has its times."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone().replace(tzinfo=None)
