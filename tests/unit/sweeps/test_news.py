"""Which trials a turn of a sweep looks at."""

from dh_jupyter.sweeps.news import News

PLACE = ("flights", "s1")


def test_a_turn_takes_what_came_since_the_last_one() -> None:
    news = News()
    news.expect(PLACE, ["a", "b"])
    assert news.take("s1") is None  # it has not been looked at as a whole
    assert news.take("s1") == set()
    assert news.come("a") == PLACE
    assert news.come("a") == PLACE
    assert news.take("s1") == {"a"}
    assert news.take("s1") == set()


def test_what_is_no_trial_is_nobodys_news() -> None:
    news = News()
    assert news.come("a") is None
    news.expect(PLACE, ["a"])
    news.forget(["a", "unknown"])
    assert news.come("a") is None
    assert news.place_of("a") is None


def test_news_that_come_while_the_whole_is_looked_at_are_kept() -> None:
    news = News()
    news.expect(PLACE, ["a"])
    assert news.take("s1") is None
    news.come("a")
    assert news.take("s1") == {"a"}


def test_a_look_that_failed_is_made_up_for_by_a_whole_one() -> None:
    news = News()
    news.expect(PLACE, ["a"])
    news.take("s1")
    news.come("a")
    news.take("s1")
    news.lose("s1")
    assert news.take("s1") is None


def test_the_safety_pass_looks_at_all_of_all_sweeps() -> None:
    news = News()
    news.expect(PLACE, ["a"])
    news.expect(("flights", "s2"), ["b"])
    news.take("s1")
    assert news.lose_all() == {PLACE, ("flights", "s2")}
    assert news.take("s1") is None
    news.leave("s1")
    assert news.lose_all() == {("flights", "s2")}
    assert news.come("a") is None
