"""The model that a sweep has to beat: the one called `champion` which a run of the same function made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import NotFound

from ..catalogue import Query
from . import objective

if TYPE_CHECKING:
    from dh_kernel._contract import Champion, Entity

    from ..catalogue import Catalogue

ALIAS = "champion"
MOST = 100  # models of that alias that are looked at, the newest first


def champion(catalogue: Catalogue, sweep: Entity) -> Champion:
    """Nothing if there is none, or if nothing says how good it was."""
    query = Query(versions="all", alias=ALIAS)
    models = catalogue.list("model", project=sweep["project"], query=query, size=MOST)["content"]
    for model in models:
        run = _maker(catalogue, model)
        value = _reached(catalogue, sweep, run) if run is not None and _is_of(sweep, run) else None
        if run is not None and value is not None:
            return {
                "reference": str(model["metadata"].get("reference") or model["key"]),
                "key": model["key"],
                "run": run["id"],
                "value": value,
                "same_inputs": _inputs(run) == _inputs(sweep),
            }
    return {}


def _maker(catalogue: Catalogue, model: Mapping[str, Any]) -> Entity | None:
    """The run that made it, if that is still there."""
    made_by = [one for one in model["metadata"].get("relationships") or () if one["type"] == "produced_by"]
    for one in made_by:
        try:
            return catalogue.resolve(one["dest"], project=model["project"], expect="run")
        except NotFound:
            continue
    return None


def _is_of(sweep: Entity, run: Entity) -> bool:
    """Any version of the function will do."""
    return bool(_function(sweep) == _function(run) != "")


def _function(run: Entity) -> str:
    """`python://PROJECT/NAME:ID` without its version."""
    spec: Mapping[str, Any] = run["spec"]
    return str(spec.get("function") or "").rpartition(":")[0]


def _inputs(run: Entity) -> Any:
    spec: Mapping[str, Any] = run["spec"]
    return spec.get("inputs") or {}


def _reached(catalogue: Catalogue, sweep: Entity, run: Entity) -> float | None:
    """The first objective, as a trial of the sweep would have reached it."""
    spec: Any = sweep["spec"]
    first = spec["sweep"]["objectives"][0]
    status: Mapping[str, Any] = run["status"]
    asked = {"objectives": [first]}
    results = {**objective.unnamed(asked, status.get("value") or {}), **(status.get("results") or {})}
    metrics = catalogue.metric_points(run["project"], "run", run["id"])
    last = {name: series[-1][2] for name, series in metrics.items() if series}
    return (objective.read(asked, results, last).values or {}).get(first["name"])
