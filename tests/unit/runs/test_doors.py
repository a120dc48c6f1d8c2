"""Who finds the store full is called when somebody leaves."""

from __future__ import annotations

from dh_jupyter.runs.doors import Door


def test_who_finds_it_full_is_called() -> None:
    called: list[tuple[str, str]] = []
    door = Door(lambda project, run: called.append((project, run)), most=2)
    with door.passed("p", "a") as first:
        with door.passed("p", "b") as second:
            for run in ("c", "d", "c", "e"):
                with door.passed("p", run) as other:
                    assert not other
        assert (first, second) == (True, True)
        assert called == [("p", "c"), ("p", "d")], "each once, as many as there is room for"
        with door.passed("p", "c") as third:
            assert third
        assert called[2:] == [("p", "e")]
    assert len(called) == 3


def test_it_is_left_by_what_fails() -> None:
    door = Door(lambda project, run: None, most=1)
    for _ in range(3):
        try:
            with door.passed("p", "a") as entered:
                assert entered
                raise OSError("the store is away")
        except OSError:
            pass
