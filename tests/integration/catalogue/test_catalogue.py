"""The catalogue's behaviour on a real database; every backend of the `catalogue_url` fixture runs all of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dh_jupyter.catalogue import Query
from dh_kernel.errors import Conflict, Invalid, NotFound
from tests.fixtures.catalogue import dataset, function, ids, run_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(), json_values.filter(lambda value: value is not None), max_size=6)


class CatalogueSuite:
    """Entities, versions, lists, aliases, relations, runs, metrics, events."""

    # -- entities ----------------------------------------------------------------------------------------------------

    def test_what_is_created_can_be_read_and_listed_at_once(self, catalogue):
        made = dataset(catalogue)
        assert made["metadata"]["version_number"] == 1
        assert made["metadata"]["reference"] == "dataset/flights@1"
        assert catalogue.get("demo", "dataitem", made["id"]) == made
        assert catalogue.list("dataitem", project="demo")["content"] == [made]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(spec=json_objects, extra=json_values, status=json_objects)
    def test_any_document_of_an_unknown_kind_comes_back(self, catalogue, spec, extra, status):
        status.pop("state", None)
        posted = {"kind": "their.kind", "name": "n", "spec": spec, "status": status, "theirs": [extra]}
        made, _ = catalogue.create("artifact", posted, project="demo", user="ada")
        read = catalogue.get("demo", "artifact", made["id"])
        assert (read["spec"], read["theirs"]) == (spec, [extra])
        assert read["status"] == {**status, "state": "CREATED"}
        again = catalogue.update("demo", "artifact", made["id"], read, user="ada")
        assert (again["spec"], again["theirs"], again["status"]) == (spec, [extra], read["status"])

    def test_the_texts_that_the_sdk_looks_for(self, catalogue):
        made = dataset(catalogue, id="d1")
        with pytest.raises(Conflict, match=r"^Duplicated entity dataitem:d1\."):
            dataset(catalogue, id="d1")
        with pytest.raises(NotFound, match=r"^No such EntityName\.DATAITEM\."):
            catalogue.get("demo", "dataitem", "missing")
        with pytest.raises(NotFound, match=r"^No such EntityName\.PROJECT\."):
            catalogue.get("nowhere", "project", "nowhere")
        with pytest.raises(Invalid, match=r"^invalid or missing project"):
            catalogue.create("dataitem", {"kind": "table", "name": "x"}, project="nowhere", user="ada")
        with pytest.raises(NotFound):
            catalogue.update("demo", "dataitem", "missing", made, user="ada")

    def test_ids_may_repeat_across_projects(self, catalogue):
        catalogue.create("project", {"name": "other"}, project="other", user="ada")
        function(catalogue, "f1")
        posted = {"kind": "python", "name": "train", "id": "f1"}
        made, existing = catalogue.create("function", posted, project="other", user="ada")
        assert (made["project"], existing) == ("other", False)

    def test_a_batch_is_all_or_nothing(self, catalogue):
        documents = [{"kind": "table", "name": "x", "id": ident} for ident in ("a", "b", "a")]
        with pytest.raises(Conflict):
            catalogue.create_many("dataitem", documents, project="demo", user="ada")
        assert catalogue.list("dataitem", project="demo")["totalElements"] == 0

    # -- versions ----------------------------------------------------------------------------------------------------

    def test_the_same_content_again_becomes_the_latest_without_a_new_number(self, catalogue):
        function(catalogue, "f1")
        function(catalogue, "f2")
        made, existing = function(catalogue, "f1", description="back", cells=[{"first": 1}])
        assert existing
        assert made["metadata"]["version_number"] == 1
        assert made["metadata"]["description"] == "back"
        assert made["metadata"]["cells"] == [{"first": 1}]
        assert ids(catalogue.list("function", project="demo")) == ["f1"]
        assert function(catalogue, "f3")[0]["metadata"]["version_number"] == 3

    def test_deleting_the_latest_leaves_the_one_touched_before_it(self, catalogue):
        for ident in ("f1", "f2", "f1", "f3"):
            function(catalogue, ident)
        catalogue.delete("demo", "function", "f3", cascade=True)
        assert ids(catalogue.list("function", project="demo")) == ["f1"]
        assert function(catalogue, "f4")[0]["metadata"]["version_number"] == 4

    # -- lists -------------------------------------------------------------------------------------------------------

    def test_versions_latest_is_applied_before_other_filters(self, catalogue):
        dataset(catalogue, id="d1", metadata={"labels": ["old"]})
        dataset(catalogue, id="d2")
        assert ids(catalogue.list("dataitem", project="demo", query=Query(labels=("old",)))) == []
        assert ids(catalogue.list("dataitem", project="demo", query=Query(labels=("old",), versions="all"))) == ["d1"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (Query(), ["d3", "d2", "d1"]),
            (Query(name="b_c"), ["d2"]),
            (Query(q="_"), ["d2"]),
            (Query(q="d1"), ["d1"]),
            (Query(kind="dataitem"), ["d3"]),
            (Query(kind="ours"), ["d4"]),
            (Query(kinds_all=True), ["d4", "d3", "d2", "d1"]),
            (Query(state="READY"), ["d1"]),
            (Query(state="READY,ERROR"), ["d2", "d1"]),
            (Query(user="eve"), []),
            (Query(labels=("x", "y")), ["d1"]),
            (Query(text="carrier"), ["d1"]),
            (Query(text="DELAYS by"), ["d2"]),
            (Query(text="100%"), ["d2"]),
            (Query(text="%"), ["d2"]),
            (Query(text='"carrier" OR'), []),
            (Query(text="\ud800\0"), []),
            (Query(created="2020-01-01T00:00:00Z"), ["d3", "d2", "d1"]),
            (Query(created="2020-01-01,2021-01-01"), []),
            (Query(created="not a time"), ["d3", "d2", "d1"]),
            (Query(q="'; DROP TABLE entities; --"), []),
        ],
    )
    def test_filters(self, catalogue, query, expected):
        fields = {"schema": {"fields": [{"name": "Carrier", "type": "string"}]}}
        dataset(catalogue, "a", id="d1", metadata={"labels": ["x", "y"]}, spec=fields, status={"state": "READY"})
        dataset(catalogue, "b_c", id="d2", metadata={"description": "Delays by 100%"}, status={"state": "ERROR"})
        dataset(catalogue, "bxc", id="d3", kind="dataitem", metadata={"labels": ["x"]})
        dataset(catalogue, "ours", id="d4", kind="ours")
        assert ids(catalogue.list("dataitem", project="demo", query=query)) == expected

    def test_text_search_follows_changes(self, catalogue):
        made = dataset(catalogue, metadata={"description": "winter"})
        catalogue.update("demo", "dataitem", made["id"], {"metadata": {"description": "summer"}}, user="ada")
        found = {
            word: catalogue.list("dataitem", query=Query(text=word))["totalElements"] for word in ("winter", "summer")
        }
        assert found == {"winter": 0, "summer": 1}
        catalogue.delete_project("demo")
        assert catalogue.list("dataitem", query=Query(text="summer"))["empty"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (Query(function="python://demo/train:f1"), ["r1"]),
            (Query(function="train"), ["r2", "r1"]),
            (Query(q="test"), ["r3"]),
            (Query(action="job"), ["r3", "r2", "r1"]),
            (Query(action="serve"), []),
            (Query(action="run"), []),
            (Query(task="python+job://demo/t1"), ["r3"]),
        ],
    )
    def test_filters_of_runs(self, catalogue, query, expected):
        for ident, (of, task) in {"r1": ("train:f1", "t"), "r2": ("train:f2", "t"), "r3": ("test:f1", "t1")}.items():
            spec = {"function": f"python://demo/{of}", "task": f"python+job://demo/{task}"}
            posted = {"kind": "python+job:run", "id": ident, "spec": spec}
            catalogue.create("run", posted, project="demo", user="ada")
        assert ids(catalogue.list("run", project="demo", query=query)) == expected

    def test_pages_are_stable_and_whole(self, catalogue):
        posted = [{"kind": "table", "name": f"n{index}", "id": f"d{index:02}"} for index in range(25)]
        catalogue.create_many("dataitem", posted, project="demo", user="ada")  # all in one millisecond
        pages = [catalogue.list("dataitem", project="demo", page=page, size=10) for page in range(4)]
        assert [ident for page in pages for ident in ids(page)] == [f"d{index:02}" for index in reversed(range(25))]
        assert [page["last"] for page in pages] == [False, False, True, True]
        assert [page["numberOfElements"] for page in pages] == [10, 10, 5, 0]
        assert {(page["totalElements"], page["totalPages"]) for page in pages} == {(25, 3)}
        by_name = catalogue.list("dataitem", project="demo", sort=[("name", "ASC")], size=3)
        assert ids(by_name) == ["d00", "d01", "d10"]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"size": 1001}, "max page size exceeded"),
            ({"size": 0}, "page"),
            ({"page": -1}, "page"),
            ({"sort": [("spec", "ASC")]}, "unknown sort property"),
        ],
    )
    def test_a_list_that_cannot_be(self, catalogue, options, message):
        with pytest.raises(Invalid, match=message):
            catalogue.list("dataitem", project="demo", **options)

    def test_a_project_comes_with_its_lists(self, catalogue):
        dataset(catalogue, id="d1", metadata={"embedded": True})
        function(catalogue, "f1")
        dataset(catalogue, "hidden", kind="ours")
        spec = catalogue.get("demo", "project", "demo")["spec"]
        assert [entry["spec"]["path"] for entry in spec["dataitems"]] == ["/x.parquet"]
        assert [sorted(entry) for entry in spec["functions"]] == [
            ["id", "key", "kind", "metadata", "name", "project", "user"]
        ]
        assert (spec["models"], spec["workflows"], spec["artifacts"]) == ([], [], [])
        assert ids(catalogue.list("project")) == ["demo"]

    # -- delete ------------------------------------------------------------------------------------------------------

    def test_cascade_takes_tasks_and_runs(self, catalogue):
        made, _ = function(catalogue, "f1")
        task = {"kind": "python+job", "id": "t1", "spec": {"function": "python://demo/train:f1"}}
        catalogue.create("task", task, project="demo", user="ada")
        run_of(catalogue, made, id="r1")
        spec = {"task": "python+job://demo/t1"}
        catalogue.create("run", {"kind": "python+job:run", "id": "r2", "spec": spec}, project="demo", user="ada")
        gone = catalogue.delete("demo", "function", "f1", cascade=True)
        assert sorted(entity["id"] for entity in gone) == ["f1", "r1", "r2", "t1"]

    def test_without_cascade_only_the_entity_goes(self, catalogue):
        made, _ = function(catalogue, "f1")
        run_of(catalogue, made, id="r1")
        assert len(catalogue.delete("demo", "function", "f1", cascade=False)) == 1
        assert catalogue.get("demo", "run", "r1")

    def test_a_deleted_project_leaves_nothing(self, catalogue):
        dataset(catalogue)
        assert len(catalogue.delete_project("demo")) == 2
        assert catalogue.delete_project("demo") == []
        catalogue.create("project", {"name": "demo"}, project="demo", user="ada")
        assert dataset(catalogue)["metadata"]["version_number"] == 1

    def test_all_versions_of_a_name(self, catalogue):
        dataset(catalogue)
        dataset(catalogue)
        dataset(catalogue, "other")
        assert len(catalogue.delete_name("demo", "dataitem", "flights", cascade=True)) == 2
        assert catalogue.delete_name("demo", "dataitem", "flights", cascade=True) == []

    # -- runs --------------------------------------------------------------------------------------------------------

    def test_runs_count_per_function(self, catalogue):
        made, other = function(catalogue, "f1")[0], function(catalogue, "g1", "test")[0]
        runs = [run_of(catalogue, each) for each in (made, other, made)]
        assert [run["metadata"]["reference"] for run in runs] == ["run/train-1", "run/test-1", "run/train-2"]

    def test_the_slower_of_two_changes_nothing(self, catalogue):
        made = run_of(catalogue, function(catalogue, "f1")[0])
        _, revision = catalogue.get_run("demo", made["id"])
        first = catalogue.compare_and_set_status("demo", made["id"], expect=revision, status={"state": "PENDING"})
        assert first["status"] == {"state": "PENDING"}
        assert catalogue.compare_and_set_status("demo", made["id"], expect=revision, status={"state": "ERROR"}) is None
        assert catalogue.get("demo", "run", made["id"]) == first

    def test_unfinished_runs_oldest_first(self, catalogue):
        made, _ = function(catalogue, "f1")
        for ident in ("r1", "r2", "r3"):
            run_of(catalogue, made, id=ident)
        _, revision = catalogue.get_run("demo", "r2")
        catalogue.commit_run("demo", "r2", expect=revision, status={"state": "COMPLETED"})
        assert [run["id"] for run, _ in catalogue.unfinished_runs()] == ["r1", "r3"]

    def test_a_commit_is_one_transaction_and_once(self, catalogue):
        made = run_of(catalogue, function(catalogue, "f1")[0], id="r1")
        _, revision = catalogue.get_run("demo", "r1")
        links = {"relationships": [{"type": "produced_by", "dest": f"{made['key']}:r1"}]}
        output = {"kind": "table", "name": "out", "id": "d1", "metadata": links, "status": {"state": "READY"}}
        end: dict[str, Any] = {"status": {"state": "COMPLETED"}, "metrics": {"auc": [(None, 1.0, 0.9)]}}
        bad = [("dataitem", output), ("dataitem", {"kind": "table", "name": "a/b"})]
        with pytest.raises(Invalid):
            catalogue.commit_run("demo", "r1", expect=revision, outputs=bad, **end)
        assert catalogue.list("dataitem", project="demo")["empty"]
        assert catalogue.commit_run("demo", "r1", expect=revision, outputs=[("dataitem", output)], **end)
        assert catalogue.commit_run("demo", "r1", expect=revision, outputs=[("dataitem", output)], **end) is None
        key = "store://demo/dataitem/table/out:d1"
        assert {"type": "produced_by", "source": key, "dest": made["key"]} in catalogue.relations("demo", key)
        assert catalogue.metrics("demo", "run", "r1") == {"auc": 0.9}

    def test_the_same_output_of_two_runs_is_one_version_with_two_makers(self, catalogue):
        made = function(catalogue, "f1")[0]
        for ident in ("r1", "r2"):
            run = run_of(catalogue, made, id=ident)
            links = [{"type": "produced_by", "dest": run["key"]}]
            output = {"kind": "table", "name": "out", "id": "d1", "metadata": {"relationships": links, "labels": []}}
            catalogue.commit_run("demo", ident, expect=1, status={"state": "COMPLETED"}, outputs=[("dataitem", output)])
        assert len(catalogue.relations("demo", "store://demo/dataitem/table/out:d1")) == 2

    # -- aliases, labels, relations, metrics, events -----------------------------------------------------------------

    def test_an_alias_moves_and_goes_with_its_version(self, catalogue):
        first, second = dataset(catalogue), dataset(catalogue)
        for made in (first, second):
            catalogue.set_alias("demo", "dataitem", "flights", "gold", made["id"], "ada", "checked")
        assert catalogue.get("demo", "dataitem", second["id"])["metadata"]["aliases"] == ["gold"]
        assert "aliases" not in catalogue.get("demo", "dataitem", first["id"])["metadata"]
        (row,) = catalogue.aliases("demo", "dataitem", second["id"])
        assert (row["alias"], row["user"], row["note"]) == ("gold", "ada", "checked")
        catalogue.delete("demo", "dataitem", second["id"], cascade=True)
        with pytest.raises(NotFound):
            catalogue.delete_alias("demo", "dataitem", "flights", "gold")

    @pytest.mark.parametrize("alias", ["3", "latest", "a/b", ""])
    def test_words_that_cannot_be_aliases(self, catalogue, alias):
        with pytest.raises(Invalid):
            catalogue.set_alias("demo", "dataitem", "flights", alias, dataset(catalogue)["id"], "ada")

    def test_labels_by_prefix(self, catalogue):
        dataset(catalogue, metadata={"labels": ["gold", "good_", "x"]})
        assert [row["label"] for row in catalogue.labels("demo", "go")["content"]] == ["gold", "good_"]
        assert catalogue.labels("demo", "_")["content"] == []

    def test_forms_of_one_key_are_one_node(self, catalogue):
        links = [
            {"type": "consumes", "dest": "python://demo/train:f1"},
            {"type": "produced_by", "dest": "store://demo/run/python+job:run/r1:r1"},
        ]
        made = dataset(catalogue, metadata={"relationships": links})
        assert len(catalogue.relations("demo", "store://demo/function/python/train:f1")) == 1
        assert len(catalogue.relations("demo", "store://demo/run/python+job:run/r1")) == 1
        catalogue.update("demo", "dataitem", made["id"], {"metadata": {}}, user="ada")
        assert catalogue.relations("demo") == []

    def test_metrics_are_numbers_or_series(self, catalogue):
        run_of(catalogue, function(catalogue, "f1")[0], id="r1")
        of = ("demo", "run", "r1")
        assert catalogue.metrics(*of) == {}
        catalogue.put_metric(*of, "auc", 0.9)
        catalogue.put_metric(*of, "one", [1.0])
        catalogue.append_metrics(*of, [("loss", 1, 1.0, 0.5), ("once", None, 1.0, 2.5)])
        catalogue.append_metrics(*of, [("loss", 2, 2.0, float("nan")), ("loss", 3, 3.0, float("inf"))])
        assert catalogue.metrics(*of) == {"auc": 0.9, "one": [1], "loss": [0.5, "NaN", "Infinity"], "once": 2.5}
        assert catalogue.metric(*of, "one") == [1]
        with pytest.raises(NotFound, match="There is no metric 'los'"):
            catalogue.metric(*of, "los")

    @pytest.mark.parametrize("value", ["1", True, None, {}, [[1]], [True], 10**400])
    def test_what_is_no_metric(self, catalogue, value):
        run_of(catalogue, function(catalogue, "f1")[0], id="r1")
        with pytest.raises(Invalid):
            catalogue.put_metric("demo", "run", "r1", "auc", value)

    def test_changes_are_told_after_they_are_stored(self, catalogue):
        told = []
        catalogue.on_change = lambda event: told.append((event["action"], event["type"], event["id"]))
        dataset(catalogue, id="d1")
        catalogue.update("demo", "dataitem", "d1", {}, user="ada")
        catalogue.delete("demo", "dataitem", "d1", cascade=True)
        assert told == [(action, "dataitem", "d1") for action in ("created", "updated", "deleted")]


class TestCatalogue(CatalogueSuite):
    pass
