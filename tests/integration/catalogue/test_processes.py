"""Several processes and threads on one catalogue; a killed writer loses nothing that it had committed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dh_jupyter.catalogue import Query
from dh_kernel.errors import NotFound

ROOT = Path(__file__).parents[3]
WRITER = Path(__file__).with_name("writer.py")


def writer(url: str, label: str, count: int) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "kernel"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(WRITER), url, label, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})


def numbers(catalogue) -> list[int]:
    page = catalogue.list("dataitem", project="demo", query=Query(versions="all"), size=1000)
    return sorted(entity["metadata"]["version_number"] for entity in page["content"])


def test_eight_processes_lose_nothing(catalogue, catalogue_url):
    writers = [writer(catalogue_url, f"w{index}", 25) for index in range(8)]
    for each in writers:
        each.communicate()
        assert each.returncode == 0
    assert numbers(catalogue) == list(range(1, 201))
    assert catalogue.list("dataitem", project="demo")["totalElements"] == 1


def test_eight_threads_lose_nothing(catalogue):
    def create(index: int) -> int:
        made, _ = catalogue.create("dataitem", {"kind": "table", "name": "shared"}, project="demo", user=f"w{index}")
        return made["metadata"]["version_number"]

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(create, range(200)))
    assert sorted(given) == numbers(catalogue) == list(range(1, 201))


def test_one_of_many_compare_and_sets_wins(catalogue):
    catalogue.create("run", {"kind": "python+job:run", "id": "r1"}, project="demo", user="ada")

    def attempt(index: int) -> bool:
        status = {"state": "PENDING", "by": index}
        return catalogue.compare_and_set_status("demo", "r1", expect=1, status=status) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == 1


def test_a_killed_writer_loses_nothing_committed(catalogue, catalogue_url):
    said: list[str] = []
    for round_number in range(5):
        process = writer(catalogue_url, f"k{round_number}", 100_000)
        said += [process.stdout.readline().strip() for _ in range(10 + 7 * round_number)]
        process.send_signal(signal.SIGKILL)
        said += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
    page = catalogue.list("dataitem", project="demo", query=Query(versions="all"), size=1000)
    there = {entity["id"] for entity in page["content"]}
    assert page["totalPages"] == 1
    assert set(said) <= there
    assert numbers(catalogue) == list(range(1, len(there) + 1))


def test_those_who_touch_the_same_names_in_other_orders_all_get_through(catalogue):
    """On a database of many writers, each pair of these waits for the other unless all take names in one order."""

    def posted(ident: str, name: str) -> dict[str, str]:
        return {"kind": "python", "name": name, "id": ident}

    def work(index: int) -> None:
        one, other = [posted(f"{name}{index % 2}", name) for name in ("a", "b")][:: 1 if index % 3 else -1]
        options = {"project": "demo", "user": f"w{index}", "on_duplicate": "keep"}
        catalogue.create_many("function", [one, other], **options)
        catalogue.create("function", other, **options)
        run = catalogue.create("run", {"kind": "python+job:run"}, project="demo", user="w")[0]
        outputs = [("dataitem", {**each, "kind": "table"}) for each in (one, other)]
        assert catalogue.commit_run("demo", run["id"], expect=1, status={"state": "COMPLETED"}, outputs=outputs)
        if index % 5 == 0:
            with contextlib.suppress(NotFound):  # others delete it too
                catalogue.delete("demo", "function", one["id"], cascade=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(48)))
    for entity in ("function", "dataitem"):
        page = catalogue.list(entity, project="demo", query=Query(versions="all"))
        latest = catalogue.list(entity, project="demo")
        assert {each["name"] for each in page["content"]} == {each["name"] for each in latest["content"]}
        assert latest["totalElements"] == len({each["name"] for each in latest["content"]})
