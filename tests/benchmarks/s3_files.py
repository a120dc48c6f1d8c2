"""Files to and from a real S3 beside the bare client: wall and CPU seconds of this process for one big file.

python tests/benchmarks/s3_files.py [MiB]
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dh_kernel.stores.digests import sha256_of
from dh_kernel.stores.links import download, upload
from dh_kernel.stores.s3 import PART, S3Store
from dh_kernel.stores.s3_access import S3Access
from tests.fixtures.s3 import KEY, SECRET, s3_server


def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as place, s3_server(Path(place)) as s3:
        s3.client().create_bucket(Bucket="bench")
        store, folder = S3Store(S3Access(s3.url, "us-east-1", KEY, SECRET)), Path(place)
        source, got = folder / "source", folder / "got"
        with source.open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(1 << 20))
        bare = store.client
        bare.fput_object("bench", "warm", str(source))
        up = {
            "bare client": lambda: bare.fput_object("bench", "bare", str(source), part_size=PART),
            "store": lambda: store.write("s3://bench/store", source),
            "link": lambda: upload({"url": store.presigned("PUT", "s3://bench/link", 60)}, source, "s3://bench/link"),
        }
        down = {
            "bare client": lambda: bare.fget_object("bench", "bare", str(got)),
            "store": lambda: store._fetch("s3://bench/store", got),
            "link": lambda: download(dict(store.links("s3://bench/link", 60)[0]), got, "s3://bench/link"),  # type: ignore[arg-type]
        }
        for what, ways in (("up", up), ("down", down)):
            best = measured(ways)
            for name, (wall, cpu) in best.items():
                print(f"{what + ', ' + name:40} {size / wall:7.0f} MiB/s  {wall:6.2f} s  CPU {cpu:5.2f} s")
            peer = best["bare client"][0]
            fastest = max(peer / best[name][0] for name in ("store", "link"))
            print(
                json.dumps(
                    {
                        "figure": f"S3 {what}: {size} MiB",
                        "target": ">= 80 % of the bare client",
                        "ours": f"{fastest:.0%}",
                    }
                )
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"peak {peak:.0f} MiB; SHA-256 of {size} MiB alone: CPU {_hashed(source):.2f} s, which the bare client leaves out"
        )


def measured(ways: Mapping[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """The best wall and CPU seconds of five, in turns: what else the machine does is there for all."""
    best = dict.fromkeys(ways, (math.inf, math.inf))
    for _ in range(5):
        for name, way in ways.items():
            wall, cpu = _once(way)
            best[name] = (min(best[name][0], wall), min(best[name][1], cpu))
    return best


def _hashed(path: Path) -> float:
    return _once(lambda: sha256_of(path))[1]


def _once(way: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    way()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 128)
