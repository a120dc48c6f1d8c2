"""Figures of the catalogue at 100,000 entities, on SQLite and, where there is one, on PostgreSQL.

Run it: python tests/benchmarks/catalogue.py [--count N] [--times N]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from dh_jupyter.catalogue import Catalogue, Query, Search
from tests.fixtures.postgres import USER, PostgreSQL, programs

WORDS = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "flights",
    "delay",
    "carrier",
    "weather",
    "airport",
    "origin",
    "churn",
    "price",
)
BATCH = 500
WRITERS, EACH = 8, 500
WRITER = Path(__file__).parents[1] / "integration" / "catalogue" / "writer.py"
MIB = 2**20


def document(index: int, draw: random.Random) -> dict[str, Any]:
    """A dataset as a run makes it: 12 columns, a preview, labels; ten versions to a name."""
    fields = [{"name": f"{draw.choice(WORDS)}_{column}", "type": "number"} for column in range(12)]
    links = [{"type": "produced_by", "dest": f"store://bench/run/python+job:run/run-{index // 100}:r{index // 100}"}]
    described = {"description": " ".join(draw.choices(WORDS, k=8)), "labels": draw.sample(WORDS, 2)}
    return {
        "kind": "table",
        "name": f"{draw.choice(WORDS)}-{index // 10}",
        "metadata": {**described, "relationships": links},
        "spec": {"path": f"/store/{index}.parquet", "schema": {"fields": fields}},
        "status": {"state": "READY", "preview": {"cols": [{"name": f["name"], "value": [1, 2, 3]} for f in fields]}},
    }


def fill(catalogue: Catalogue, count: int) -> float:
    """Entities created a second, in batches."""
    draw, spent = random.Random(7), 0.0
    for start in range(0, count, BATCH):
        documents = [document(index, draw) for index in range(start, min(start + BATCH, count))]
        begun = time.perf_counter()
        catalogue.create_many("dataitem", documents, project="bench", user="u")
        spent += time.perf_counter() - begun
    return count / spent


def write_at_once(url: str) -> tuple[int, float]:
    """(entities that are missing afterwards, created a second) of processes that create new versions of one name."""
    catalogue = Catalogue(url)
    catalogue.create("project", {"name": "demo"}, project="demo", user="u")
    begun = time.perf_counter()
    command = [sys.executable, str(WRITER), url]
    writers = [
        subprocess.Popen([*command, f"w{index}", str(EACH)], stdout=subprocess.DEVNULL) for index in range(WRITERS)
    ]
    codes = [each.wait() for each in writers]
    spent = time.perf_counter() - begun
    assert codes == [0] * WRITERS, codes
    numbers = {
        each["metadata"]["version_number"]
        for page in range(-(-WRITERS * EACH // 1000))
        for each in catalogue.list("dataitem", project="demo", query=Query(versions="all"), page=page, size=1000)[
            "content"
        ]
    }
    catalogue.close()
    return len(set(range(1, WRITERS * EACH + 1)) - numbers), WRITERS * EACH / spent


def measure(question: Callable[[], Any], times: int) -> tuple[float, float]:
    """(p50, p95) in milliseconds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        question()
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def questions(catalogue: Catalogue) -> dict[str, Callable[[], Any]]:
    """What is asked, by the words of the table that is printed."""
    pages = random.Random(3)
    names = [row["name"] for row in catalogue.list("dataitem", project="bench", size=1000)["content"]]
    ident = catalogue.list("dataitem", project="bench", query=Query(versions="all"), page=700)["content"][0]["id"]

    key = catalogue.get("bench", "dataitem", ident)["key"]

    def listed(page: int = 0, **fields: Any) -> Any:
        return catalogue.list("dataitem", project="bench", query=Query(**fields), page=page)

    return {
        "list, latest, first page": listed,
        "list, all versions, first page": lambda: listed(versions="all"),
        "list, all versions, any page": lambda: listed(pages.randrange(1000), versions="all"),
        "latest by name": lambda: catalogue.resolve(f"dataset/{pages.choice(names)}", project="bench"),
        "latest by name, as the SDK asks": lambda: listed(name=pages.choice(names)),
        "get by id": lambda: catalogue.get("bench", "dataitem", ident),
        "text, common word, latest": lambda: listed(text="churn"),
        "text, common word, all": lambda: listed(text="churn", versions="all"),
        "text, two words, all": lambda: listed(text="churn weather", versions="all"),
        "text, rare word, all": lambda: listed(text=pages.choice(names), versions="all"),
        "text, no such word, all": lambda: listed(text="zzzzzz", versions="all"),
        "search, common word": lambda: catalogue.search("bench", Search("churn")),
        "search, two words": lambda: catalogue.search("bench", Search("churn weather")),
        "search, rare word": lambda: catalogue.search("bench", Search(pages.choice(names))),
        "relationships of one": lambda: catalogue.relations("bench", key),
        "relationships of 100": lambda: catalogue.relations("bench", "store://bench/run/python+job:run/run-7:r7"),
        "q, all": lambda: listed(q="flights-99", versions="all"),
        "label, all": lambda: listed(labels=("churn",), versions="all"),
        "state, all": lambda: listed(state="ERROR", versions="all"),
        "sort by name, all": lambda: catalogue.list(
            "dataitem", project="bench", query=Query(versions="all"), sort=[("name", "ASC")]
        ),
        "sort by updated, all": lambda: catalogue.list(
            "dataitem", project="bench", query=Query(versions="all"), sort=[("updated", "DESC")]
        ),
        "create one": lambda: catalogue.create("dataitem", document(1, pages), project="bench", user="u"),
    }


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Addresses of empty databases, by what they are."""
    folder = Path(tempfile.mkdtemp(prefix="dh-bench-"))
    found = {"SQLite": f"sqlite:///{folder / 'catalogue.sqlite'}"}
    server = None
    if bin := programs():
        (folder / "postgres").mkdir()
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder / "postgres", USER, USER)
        server = PostgreSQL(bin, folder / "postgres")
        server.start()
        found["PostgreSQL"] = server.url(server.new_database())
    try:
        yield found
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def figures(name: str, url: str, count: int, times: int) -> Iterator[dict[str, str]]:
    """Rows of the table; each question's own figures are printed as notes."""
    catalogue = Catalogue(url)
    catalogue.migrate()
    catalogue.create("project", {"name": "bench"}, project="bench", user="u")
    yield row(f"{name}: {count:,} entities created in batches", ">= 1,000/s", f"{fill(catalogue, count):,.0f}/s")
    asked = questions(catalogue)
    for question in asked.values():
        question()
    before = psutil.Process().memory_info().rss
    slowest = {words: measure(question, times) for words, question in asked.items()}
    grown = (psutil.Process().memory_info().rss - before) / MIB
    for words, (half, most) in slowest.items():
        print(f"{name}: {words:34} p50 {half:7.2f} ms   p95 {most:7.2f} ms")
    for what in ("list", "latest", "search", "relationships"):
        words, (_, most) = max(((w, t) for w, t in slowest.items() if w.startswith(what)), key=lambda one: one[1][1])
        yield row(f"{name}: {what}, the slowest ({words})", "p95 <= 20 ms", f"{most:.1f} ms")
    yield row(f"{name}: memory after {times * len(asked):,} questions", "flat", f"{grown:+.1f} MiB")
    catalogue.close()
    missing, rate = write_at_once(url)
    yield row(
        f"{name}: {WRITERS} processes x {EACH} entities of one name", "none lost", f"{missing} lost, {rate:,.0f}/s"
    )


def row(figure: str, target: str, ours: str) -> dict[str, str]:
    """A line of `make bench`."""
    return {"figure": figure, "target": target, "ours": ours}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args()
    with databases() as found:
        for name, url in found.items():
            for each in figures(name, url, options.count, options.times):
                print(json.dumps(each), flush=True)


if __name__ == "__main__":
    main()
