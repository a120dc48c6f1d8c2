"""A run that is the same as another: real environments, and all that can't be repeated."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.local.interpreters import OURS
from dh_jupyter.executors.local.requirements import find_uv
from dh_jupyter.runs.attempts import folder_of
from dh_kernel.errors import Invalid, NotFound
from tests.fixtures.wheels import index, wheel

from .conftest import PROJECT, Plane

__all__ = ["index"]

pytestmark = pytest.mark.skipif(find_uv() is None, reason="uv is not installed")
CODE = """
    from pathlib import Path

    import dh_pebble

    def weigh(data: Path, factor: int = 1):
        return {"weight": float(dh_pebble.VERSION) * factor * 2 * data.exists()}
"""


def same(plane: Plane, reference: str, **spec: Any) -> Any:
    posted = {"kind": "python+job:run", "spec": {"same_as": reference, **spec}}
    return plane.runs.create(PROJECT, posted, "ada")


@pytest.fixture
def first(plane: Plane, index: Path) -> Any:
    """A run of 'weigh' with dh-pebble 1.0, which was the newest then; now 2.0 is."""
    later = index / "dh_pebble-2.0-py3-none-any.whl"
    later.rename(index.parent / later.name)
    plane.function("make", "import pandas as pd\n\ndef make():\n    return pd.DataFrame({'x': [1, 2]})")
    plane.wait(plane.run("make"))
    plane.function("weigh", CODE, requirements=["dh-pebble"])
    run = plane.wait(plane.run("weigh", parameters={"factor": 3}, inputs={"data": "dataset/make"}, timeout=600))
    assert run["status"]["results"] == {"weight": 6.0}, run["status"]
    (index.parent / later.name).rename(later)
    return run


def test_code_inputs_parameters_and_packages_are_the_same(plane: Plane, first: Any) -> None:
    shutil.rmtree(plane.home / "cache" / "environments")  # as on a day when nothing is left of it
    plane.function("weigh", CODE.replace("factor *", "factor * 100 *"), requirements=["dh-pebble"])
    retried = plane.wait(plane.runs.retry(PROJECT, first["id"], {}, "ada"))
    assert retried["status"]["results"] == {"weight": 12.0}, "a retry has today's packages"
    again = plane.wait(same(plane, "run/weigh-1", resources={"mem": "1Gi"}))
    assert again["status"]["results"] == {"weight": 6.0}
    assert "warnings" not in again["status"], "all is the same"
    spec = again["spec"]
    assert spec["same_as"] == first["key"]
    assert (spec["timeout"], spec["resources"]) == (600, {"mem": "1Gi"}), "options may be given"
    assert spec["inputs"] == first["spec"]["inputs"]
    recorded = plane.runs.observe.environment(plane.catalogue.get(PROJECT, "run", again["id"]))
    assert recorded == plane.runs.observe.environment(plane.catalogue.get(PROJECT, "run", first["id"]))
    assert (recorded["packages"], recorded["python"]) == (["dh-pebble==1.0"], OURS.version)
    third = plane.wait(same(plane, "run/weigh-3"))
    assert third["status"]["results"] == {"weight": 6.0}, "of one that repeats another"


def test_arguments_are_no_part_of_it(plane: Plane, first: Any) -> None:
    with pytest.raises(Invalid, match="has its arguments") as caught:
        same(plane, "weigh-1", parameters={"factor": 4})
    assert caught.value.hint == "To change some: %dh retry weigh-1 NAME=VALUE"
    with pytest.raises(Invalid, match="is a run of weigh, not of function/make"):
        same(plane, "run/weigh-1", function="function/make")
    with pytest.raises(NotFound):
        same(plane, "run/weigh-77")


def test_all_that_can_not_be_repeated_is_said_at_once(plane: Plane, first: Any) -> None:
    folder = folder_of(plane.home, PROJECT, first["id"], 1)
    recorded = (folder / "environment.json").read_text()
    (folder / "environment.json").unlink()
    (folder / "environment.json").write_text(recorded.replace(f'"{OURS.version}"', '"3.99.1"'))
    dataset = plane.catalogue.resolve("dataset/make", project=PROJECT)
    Path(dataset["spec"]["path"]).unlink()
    with pytest.raises(Invalid) as caught:
        same(plane, "run/weigh-1")
    assert "The file of its input 'data' (dataset/make@1) is gone" in caught.value.message
    assert any("needs Python 3.99" in line for line in caught.value.details)
    assert "%dh retry weigh-1" in caught.value.hint
    plane.catalogue.delete(PROJECT, "dataitem", dataset["id"], cascade=True)
    (folder / "environment.json").unlink()
    with pytest.raises(Invalid) as caught:
        same(plane, "run/weigh-1")
    said = [caught.value.message, *caught.value.details]
    assert "Its input 'data'" in said[0]
    assert "was deleted" in said[0]
    assert "has no recorded environment" in said[1]


def test_what_is_a_little_different_is_told(plane: Plane, first: Any, index: Path) -> None:
    folder = folder_of(plane.home, PROJECT, first["id"], 1)
    recorded = (folder / "environment.json").read_text()
    local = wheel(index.parent, "dh-local", "1.0")
    changed = recorded.replace(f'"{OURS.version}"', f'"{OURS.minor}.99"')
    changed = changed.replace('"dh-pebble==1.0"', f'"dh-local @ {local.as_uri()}", "dh-pebble==1.0"')
    (folder / "environment.json").unlink()
    (folder / "environment.json").write_text(changed)
    again = plane.wait(same(plane, "run/weigh-1"))
    assert again["status"]["results"] == {"weight": 6.0}
    told = again["status"]["warnings"]
    assert told[0] == f"Python was {OURS.minor}.99; here it is {OURS.version}."
    assert told[1].startswith("dh-local comes from /")
    local.unlink()
    with pytest.raises(Invalid, match="installed from this machine's files are gone: dh-local"):
        same(plane, "run/weigh-1")


def test_a_package_that_can_not_be_had_any_more(plane: Plane, first: Any, index: Path) -> None:
    shutil.rmtree(plane.home / "cache" / "environments")
    (index / "dh_pebble-1.0-py3-none-any.whl").unlink()
    found = plane.wait(same(plane, "run/weigh-1"))["status"]["diagnosis"]
    assert found["code"] == "dependencies"
    assert "dh-pebble==1.0" in found["summary"], found
    assert "with today's: %dh retry weigh-2" in found["cure"]
