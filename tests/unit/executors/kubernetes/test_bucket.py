"""So many at once, and so many a second."""

from __future__ import annotations

from dh_jupyter.executors.kubernetes.bucket import Bucket


def test_a_burst_then_the_rate() -> None:
    bucket = Bucket(10.0, 3.0)
    start = bucket._at
    waits = [bucket.reserve(start) for _ in range(5)]
    assert [round(wait, 6) for wait in waits] == [0, 0, 0, 0.1, 0.2]
    assert bucket.reserve(start + 100) == 0.0
