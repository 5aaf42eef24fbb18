"""Every text is a question; operators are taken where they are whole, and looked for as words where they are not."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.feeds.search import Phrase
from parvis.feeds.search_operators import Condition, PostQuery, read


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("two words", PostQuery((Phrase(("two",)), Phrase(("word",))))),
        ('"two words" -no', PostQuery((Phrase(("two", "word")), Phrase(("no",), negated=True)))),
        ("from:@Ada@Here.example -has:poll", PostQuery((), (Condition("from", "@ada@here.example"), Condition("has", "poll", True)))),
        ("language:pt-BR IS:Reply", PostQuery((), (Condition("language", "pt-br"), Condition("is", "reply")))),
        ("after:2024-02-28", PostQuery(since=_day(2024, 2, 29))),
        ("before:2024-02-28", PostQuery(until=_day(2024, 2, 28))),
        ('during:"2024-02-28"', PostQuery(since=_day(2024, 2, 28), until=_day(2024, 2, 29))),
        ("after:2024-01-01 after:2024-03-01 before:2025-01-01", PostQuery(since=_day(2024, 3, 2), until=_day(2025, 1, 1))),
        ("in:library cat", PostQuery((Phrase(("cat",)),), scope="library")),
        ("has:feathers", PostQuery((Phrase(("has", "feather")),))),
        ("before:2024-02-30", PostQuery((Phrase(("before", "2024", "02", "30")),))),
        ("example.org", PostQuery((Phrase(("example", "org")),))),
        ("", PostQuery()),
        ('-"" "" - --', PostQuery()),
    ],
)
def test_what_a_text_asks(text: str, asked: PostQuery) -> None:
    assert read(text) == asked


def test_a_question_that_narrows_nothing_is_empty() -> None:
    assert all(read(text).is_empty for text in ("", "-cat", "in:public", "in:all", "😀"))
    assert not any(read(text).is_empty for text in ("cat", "in:library", "has:media", "after:2024-01-01", "-from:me"))


@given(st.text() | st.from_regex(r"(-?[a-z]{2,6}:)?[\"\w:@.-]{0,12}( |$)", fullmatch=False))
def test_no_text_raises(text: str) -> None:
    asked = read(text)
    assert len(asked.phrases) <= 32
    assert all(p.words for p in asked.phrases)
