"""The news of a commit name its turns, or stand for all of them if these are too many."""

from __future__ import annotations

from streamproof.relay.log.news import MAX_BYTES, News, news_of


def test_news_are_read_as_they_were_written():
    assert News.read(news_of("relay", ["a", "b"])) == News("relay", ("a", "b"))


def test_too_many_turns_are_not_named():
    turn_ids = ["01a205c6-8fd5-76cc-8ce5-5f4c4a6a6dc3"] * 500
    text = news_of("relay", turn_ids)
    assert len(text) <= MAX_BYTES
    assert News.read(text) == News("relay", None)
