"""Every form of a reference, in every place that takes one, against a real broker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.cli.verbs import do
from dh_kernel.session import Session, session, set_session
from tests.fixtures.server import BrokerProcess


def rows(table: pd.DataFrame, by: float = 1.0):  # type: ignore[no-untyped-def]
    print("counting")
    return {"rows": len(table) * by}


def things():  # type: ignore[no-untyped-def]
    from sklearn.linear_model import LinearRegression

    return {"line": LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), "blob": b"bytes"}


@dataclass
class Thing:
    """One thing of each type: its second version where it has versions."""

    type: str
    name: str
    id: str
    key: str


def alias(thing: Any, word: str) -> None:
    plural = {"function": "functions", "dataset": "dataitems", "model": "models", "artifact": "artifacts"}[thing.type]
    session().client.request("PUT", session().path(plural, thing.id, "aliases", word))


@pytest.fixture(scope="module")
def made(shared_broker: BrokerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Thing]]:
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("work"))
    address = Address(routes_url(shared_broker.url), shared_broker.token)
    set_session(Session(lambda: address, project="default"))
    first, second = (dh.dataset("flights", pd.DataFrame({"a": range(n)})) for n in (1, 2))
    dh.function(rows)
    counting = dh.function(rows, out=["rows"])
    run = counting.run(table=second).wait()
    outputs = dh.function(things).run().wait().outputs
    found = {"dataset": second, "function": counting, "model": outputs["line"], "artifact": outputs["blob"]}
    for thing in found.values():
        alias(thing, "champion")
    assert first.id != second.id
    yield {
        **{word: Thing(word, thing.name, thing.id, thing.key) for word, thing in found.items()},
        "run": Thing("run", run.name, run.id, run.key),
    }
    set_session(None)
    os.chdir(before)


def forms(thing: Thing, version: int) -> list[str]:
    """All ways to name it."""
    if thing.type == "run":
        short = [f"run/{thing.name}", f"run/{thing.name.replace('-', '@')}", f"run/{thing.id}", f"run/{thing.id[:8]}"]
        return [*short, *(f"default:{one}" for one in short), thing.key]
    plain = f"{thing.type}/{thing.name}"
    chosen = [plain, *(f"{plain}@{one}" for one in (version, "champion", thing.id, thing.id[:8], "latest"))]
    return [*chosen, *(f"default:{one}" for one in chosen), thing.key]


VERSIONS = {"dataset": 2, "function": 2, "model": 1, "artifact": 1, "run": 1}


def said(*words: str) -> Any:
    return do(list(words))[1]


@pytest.mark.parametrize("place", ["here", "another project"])
@pytest.mark.parametrize("word", list(VERSIONS))
def test_every_form_in_every_place(made: dict[str, Thing], word: str, place: str) -> None:
    thing = made[word]
    here = place == "here"
    session().use("default" if here else "elsewhere")
    for ref in forms(thing, VERSIONS[word]):
        if not here and not ref.startswith(("default:", "store:")):
            with pytest.raises(dh.DHError, match="elsewhere"):
                said("show", ref)
            continue
        assert said("show", ref).id == thing.id, ref
        said("show", ref, "--lineage")
        said("export", ref, "out.yaml", "--force")
        PLACES[word](ref, thing)


def _dataset(ref: str, thing: Thing) -> None:
    assert len(said("load", ref)) == 2
    assert len(said("show", ref, "--files")) == 1
    assert dh.load(ref, as_="path").exists()


def _function(ref: str, thing: Thing) -> None:
    assert "rows" in said("show", ref, "--code")
    assert dh.function(ref).id == thing.id
    assert said("load", ref).id == thing.id


def _model(ref: str, thing: Thing) -> None:
    assert said("load", ref).coef_.round(6).tolist() == [1.0]


def _artifact(ref: str, thing: Thing) -> None:
    assert said("load", ref) == b"bytes"


def _run(ref: str, thing: Thing) -> None:
    assert said("logs", ref) == "counting\n"
    assert said("stop", ref).state == "succeeded"
    assert dh.run(ref).result == {"rows": 2}
    assert [run.id for run in dh.wait_all([ref])] == [thing.id]
    said("export", ref, "out.sh", "--force")


PLACES = {"dataset": _dataset, "function": _function, "model": _model, "artifact": _artifact, "run": _run}


def test_what_starts_a_run_takes_every_form(made: dict[str, Thing]) -> None:
    """Functions by every form, the bare ones too; inputs by every form; from here and from another project."""
    function, dataset, run = made["function"], made["dataset"], made["run"]
    bare = [f"{function.name}{tail}" for tail in ("", "@2", "@champion", f"@{function.id[:8]}")]
    names = [*bare, *(f"default:{one}" for one in bare), *forms(function, 2), function.key]
    inputs = forms(dataset, 2)
    started = []
    for place in ("default", "elsewhere"):
        session().use(place)
        for index in range(max(len(names), len(inputs))):
            name, given = names[index % len(names)], inputs[index % len(inputs)]
            if place == "default" or all(one.startswith(("default:", "store:")) for one in (name, given)):
                started.append(said("run", name, f"table={given}"))
        started.append(said("retry", f"default:run/{run.name}", "by=2"))
        started.append(said("retry", run.key))
    for one in dh.wait_all(started):
        assert one.state == "succeeded", (one, one.diagnosis)
        assert one.entity["spec"]["function"].endswith(function.id)
        assert dataset.id in one.entity["spec"]["inputs"]["table"]


def test_a_model_is_published_by_every_form(made: dict[str, Thing]) -> None:
    session().use("default")
    model = made["model"]
    for ref in (model.name, f"{model.name}@champion", *forms(model, 1)):
        assert said("publish", ref, "--alias", "best").id == model.id
    session().use("elsewhere")
    assert said("publish", f"default:{model.type}/{model.name}@best", "--alias", "best").id == model.id


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("show flights", "'flights' names no type."),
        ("show dataset/flihgts", "Did you mean 'flights'?"),
        ("show dataset/flights@9", "There is: @2, @1, @champion."),
        ("show datset/flights", "Did you mean 'dataset'?"),
        ("logs dataset/flights", "names a dataset; a run is needed here."),
        ("run model/line", "names a model; a function is needed here."),
        ("publish dataset/flights", "names a dataset; a model is needed here."),
        ("show none:dataset/flights", "none"),
    ],
)
def test_a_miss_says_what_there_is(made: dict[str, Thing], words: str, message: str) -> None:
    session().use("default")
    with pytest.raises(dh.DHError) as caught:
        said(*words.split())
    assert message in str(caught.value)
