"""Search compares the same words whichever way they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.feeds.words import MAX_WORD, fold, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Été à Paris", ["ete", "a", "pari"]),
        ("posts, post; POSTS!", ["post", "post", "post"]),
        ("as is us", ["as", "is", "us"]),
        ("l'été d’Éric", ["l", "ete", "d", "eric"]),
        ("東京 tower", ["東", "京", "tower"]),
        ("ＡＢＣ ﬁn", ["abc", "fin"]),
        ("snake_case-words", ["snake", "case", "word"]),
        ("https://example.org/a?b=1", ["http", "example", "org", "a", "b", "1"]),
        ("Straße İstanbul", ["strasse", "istanbul"]),
        ("", []),
        ("... 😀", []),
    ],
)
def test_words_of_a_text(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(st.text())
def test_every_word_is_letters_and_digits_and_bounded(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= MAX_WORD
        assert word.isalnum()


@given(st.text())
def test_folding_twice_changes_nothing_that_search_sees(text: str) -> None:
    assert words(fold(text)) == words(text)
