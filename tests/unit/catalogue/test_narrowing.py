"""Which trigrams are asked for: so few that they are read quickly, and of every character of a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dh_jupyter.catalogue.narrowing import by_names, by_words, trigrams_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ""),
        (["ab"], ""),
        (["abc"], '"abc"'),
        (["abcd"], '"abc" AND "bcd"'),
        (["abcdef", "ab"], '"abc" AND "def"'),
        (["abcdefg"], '"abc" AND "def" AND "efg"'),
        (["aaaa"], '"aaa"'),
        (['a"b'], '"a""b"'),
    ],
)
def test_they_cover_each_word(words: list[str], expected: str) -> None:
    assert trigrams_of(words) == expected


@given(st.text("abcxyz-1", min_size=3, max_size=20))
def test_each_is_a_part_and_none_is_left_out(word: str) -> None:
    parts = [part.strip('"') for part in trigrams_of([word]).split(" AND ")]
    assert all(part in word and len(part) == 3 for part in parts)
    assert len(parts) <= -(-len(word) // 3)
    assert set("".join(parts)) == set(word)


def test_what_has_no_index() -> None:
    assert by_words("postgresql", ["flights"]) is None, "its planner takes the column's by itself"
    assert by_words("sqlite", ["fl"]) is None
    assert by_names("postgresql", ["fl"]) is None
    assert by_names("postgresql", ["flights"]) is not None
