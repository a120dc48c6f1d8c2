"""Many runs of a project at once."""

from __future__ import annotations

from dh_jupyter.catalogue import Catalogue
from dh_jupyter.catalogue.committing import Step
from tests.fixtures.catalogue import function, run_of


def test_the_next_steps_of_many_runs(catalogue: Catalogue) -> None:
    """Those of the status alone, one with a metric, one that somebody has changed, one that is gone."""
    of = function(catalogue, "f1")[0]
    made = [run_of(catalogue, of) for _ in range(6)]
    known = {one["id"]: catalogue.get_run("demo", one["id"])[1] for one in made}
    changed, gone, measured = made[1]["id"], made[3]["id"], made[4]["id"]
    catalogue.compare_and_set_status("demo", changed, expect=known[changed], status={"state": "STOP"})
    catalogue.delete("demo", "run", gone, cascade=True)
    more = {measured: {"metrics": {"loss": [0.5]}}}
    steps = [(one["id"], known[one["id"]], Step({"state": "PENDING"}, **more.get(one["id"], {}))) for one in made]
    told = []
    catalogue.on_change = told.append
    done = catalogue.many_runs.take_steps("demo", steps)
    went = [one["id"] for one in made if one["id"] not in (changed, gone)]
    assert [one and one["id"] for one in done] == [one["id"] if one["id"] in went else None for one in made]
    assert sorted(event["id"] for event in told) == sorted(went)
    for ident, after in zip(went, (one for one in done if one), strict=True):
        assert after == catalogue.get("demo", "run", ident)
        assert after["status"]["state"] == "PENDING"
        assert catalogue.get_run("demo", ident)[1] == known[ident] + 1
    assert catalogue.metrics("demo", "run", measured) == {"loss": 0.5}
    assert catalogue.get("demo", "run", changed)["status"]["state"] == "STOP"
