"""A log that is opened again and again, and its position on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dh_jupyter.executors.kubernetes.hand import Hand, log_of_hand
from dh_jupyter.executors.kubernetes.logs import Position, Reading, position


def stamped(*lines: tuple[int, str]) -> list[bytes]:
    return [f"2026-11-28T05:00:{time:02}.000000000Z {text}".encode() for time, text in lines]


def test_what_comes_again_is_left_out() -> None:
    place = Position()
    first = stamped((1, "a"), (2, "b"), (2, "c"))
    assert Reading(place).news(first) == [b"a", b"b", b"c"]
    again = stamped((2, "b"), (2, "c"), (2, "d"), (3, "b"))
    assert Reading(place).news(again) == [b"d", b"b"]


def test_within_one_reading_nothing_is_left_out() -> None:
    assert Reading(Position()).news(stamped((1, "a"), (1, "a"), (1, "a"))) == [b"a"] * 3


def test_a_clock_that_goes_back_loses_nothing_while_we_read() -> None:
    reading = Reading(Position())
    assert reading.news(stamped((5, "a"))) + reading.news(stamped((3, "b"))) == [b"a", b"b"]


@given(st.lists(st.integers(0, 20), max_size=30), st.lists(st.integers(0, 30), max_size=4))
def test_wherever_it_breaks_each_line_is_there_once(times: list[int], breaks: list[int]) -> None:
    log = stamped(*[(time, f"line {number}") for number, time in enumerate(sorted(times))])
    place, read = Position(), []
    for end in [*sorted(breaks), len(log)]:
        since = place.time[:19]
        read += Reading(place).news([line for line in log[:end] if line[:19].decode() >= since])
    assert read == [line.partition(b" ")[2] for line in log]


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    assert Reading(Position()).news([b"2026-11-28T05:00:00Z \xff\xfe x"]) == [b"\xff\xfe x"]


def test_a_log_goes_on_where_it_was_and_what_was_not_noted_is_cut_off(tmp_path: Path) -> None:
    with position(tmp_path) as file:
        assert file is not None
        file.take([b"one\n"])
        file.position.time = "2026"
        file.take([b"two\n"])
    with (tmp_path / "log.txt").open("ab") as log:
        log.write(b"half a li")
    with position(tmp_path) as file:
        assert file is not None
        assert (file.position.time, file.position.size) == ("2026", 8)
        file.take([b"three\n"])
    assert (tmp_path / "log.txt").read_bytes() == b"one\ntwo\nthree\n"


def test_one_process_at_a_time_follows(tmp_path: Path) -> None:
    with position(tmp_path) as first, position(tmp_path) as second:
        assert first is not None
        assert second is None


def test_a_position_that_is_broken_reads_all_again(tmp_path: Path) -> None:
    (tmp_path / "log.at").write_text('{"time": "20')
    (tmp_path / "log.txt").write_text("what was there\n")
    with position(tmp_path) as file:
        assert file is not None
        assert file.position == Position()
    assert (tmp_path / "log.txt").read_bytes() == b""


def test_where_pods_write_the_log_themselves_it_is_left_to_them(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("theirs\n")
    with position(tmp_path, keep=False) as file:
        assert file is not None
        file.take([b"theirs, as we heard of it\n"])
    assert (tmp_path / "log.txt").read_bytes() == b"theirs\n"


def a_hand(tmp_path: Path) -> Hand:
    """Three attempts; the last one's folder is another broker's."""
    for name in ("one", "two"):
        (tmp_path / name / "1").mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "1" / "run.json").write_text("{}")
    return Hand(("one-1", "two-1", "three-1"), tmp_path, "dh-f-1")


def logs_of(tmp_path: Path) -> list[str]:
    return [(tmp_path / name / "1" / "log.txt").read_text() for name in ("one", "two")]


def test_the_log_of_a_hand_goes_to_whom_it_is_of_and_after_a_crash_it_is_there_once(tmp_path: Path) -> None:
    heard: list[tuple[str, Any]] = []
    hand = a_hand(tmp_path)

    def hear(handle: str, frame: Any) -> None:
        heard.append((handle, frame))

    with log_of_hand(hand, hear, keep=True) as log, log_of_hand(hand, hear, keep=True) as of_another:
        assert log is not None
        assert of_another is None
        log.take([b"a\n", {"phase": "done"}, b"", {"attempt": "two-1"}, b"b\n"])
        assert logs_of(tmp_path) == ["a\n", "b\n"]
    assert heard == [("one-1", {"phase": "done"}), ("two-1", {"attempt": "two-1"})]
    (tmp_path / "two" / "1" / "log.txt").write_text("b\nwritten, and not noted")
    again = a_hand(tmp_path)
    with log_of_hand(again, hear, keep=True) as log:
        assert log is not None
        assert again.current == "two-1"
        log.take([b"c\n", {"attempt": "three-1"}, b"not ours\n", {"attempt": "nobody-1"}])
    assert logs_of(tmp_path) == ["a\n", "b\nc\n"]
    assert heard[-1] == ("three-1", {"attempt": "nobody-1"})
    assert not (tmp_path / "three").exists()


def test_a_position_of_a_hand_that_is_broken_reads_all_again(tmp_path: Path) -> None:
    hand = a_hand(tmp_path)
    (tmp_path / "one" / "1" / "log.at").write_text('{"position": {')
    (tmp_path / "one" / "1" / "log.txt").write_text("what was there\n")
    with log_of_hand(hand, lambda handle, frame: None, keep=True) as log:
        assert log is not None
        log.take([b"a\n"])
    assert (tmp_path / "one" / "1" / "log.txt").read_text() == "a\n"
