"""Figures of the catalogue at 100,000 entities. Run it: python tests/benchmarks/catalogue.py [--count N] [--url URL]"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dh_jupyter.catalogue import Catalogue, Query

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


def document(index: int, draw: random.Random) -> dict[str, Any]:
    """A dataset as a run makes it: 12 columns, a preview, labels; ten versions to a name."""
    fields = [{"name": f"{draw.choice(WORDS)}_{column}", "type": "number"} for column in range(12)]
    return {
        "kind": "table",
        "name": f"{draw.choice(WORDS)}-{index // 10}",
        "metadata": {"description": " ".join(draw.choices(WORDS, k=8)), "labels": draw.sample(WORDS, 2)},
        "spec": {"path": f"/store/{index}.parquet", "schema": {"fields": fields}},
        "status": {"state": "READY", "preview": {"cols": [{"name": f["name"], "value": [1, 2, 3]} for f in fields]}},
    }


def fill(catalogue: Catalogue, count: int) -> float:
    """Entities created a second, in batches."""
    draw = random.Random(7)
    documents = [document(index, draw) for index in range(count)]
    begun = time.perf_counter()
    for start in range(0, count, BATCH):
        catalogue.create_many("dataitem", documents[start : start + BATCH], project="bench", user="u")
    return count / (time.perf_counter() - begun)


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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(options.url or f"sqlite:///{Path(folder) / 'catalogue.sqlite'}")
        catalogue.migrate()
        catalogue.create("project", {"name": "bench"}, project="bench", user="u", on_duplicate="keep")
        print(f"{options.count:,} entities created at {fill(catalogue, options.count):,.0f}/s")
        for words, question in questions(catalogue).items():
            half, most = measure(question, options.times)
            print(f"{words:34} p50 {half:7.2f} ms   p95 {most:7.2f} ms")
        catalogue.close()


if __name__ == "__main__":
    main()
