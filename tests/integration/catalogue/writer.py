"""A process that writes into a catalogue: `python catalogue_writers.py URL LABEL COUNT`. Prints each id after its commit."""

from __future__ import annotations

import sys

from dh_jupyter.catalogue import Catalogue


def main(url: str, label: str, count: int) -> None:
    catalogue = Catalogue(url)
    for index in range(count):
        made, _ = catalogue.create(
            "dataitem",
            {"kind": "table", "name": "shared", "id": f"{label}-{index}", "metadata": {"labels": [label]}},
            project="demo",
            user=label,
        )
        print(made["id"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
