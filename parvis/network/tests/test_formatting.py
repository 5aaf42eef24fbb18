"""What a person types never becomes markup, nothing of it is lost, and no text takes long to read."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parvis.network import formatting
from parvis.network.formatting import MentionTarget
from parvis.network.tests import backtracking

ALLOWED = {
    "p": set(),
    "br": set(),
    "a": {"href", "class", "rel", "target", "translate"},
    "span": {"class", "translate"},
}
BASE = "https://square.example"
ADA = MentionTarget(1, "ada", f"{BASE}/@ada")
TRICKY = st.sampled_from(
    ["@", "@ada", "@ada@square.example", "#", "#tag", "#été", "http://", "https://a.example/", "javascript:", "httpſ://x", "<", ">", "&",
     '"',      "'", "&amp;", "<script>", "</p>", "<img src=x onerror=alert(1)>", ":smile:", "\n", "\n\n", "\r\n", "\r", "\t", "\u202e",
     "\u200b", "\ufeff",      "\u2028", ")", "(", "]", ".", "…", "a", "1", "_", "-", "/", "=", "é", "😀", "K", "\x01",
     "\x7f", "\x85", "data:text/html,"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(TRICKY, max_size=25).map("".join),
    st.lists(st.one_of(TRICKY, st.text(max_size=4)), max_size=15).map("".join),
).filter(lambda text: "\x00" not in text and not re.search("[\ud800-\udfff]", text))


class Reader(HTMLParser):
    """Reads HTML as a browser's parser would, and keeps its tags and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len({name for name, _ in attrs}) == len(attrs)

    def handle_data(self, found: str) -> None:
        self.text += found

    def handle_comment(self, found: str) -> None:
        raise AssertionError(found)

    handle_decl = handle_pi = unknown_decl = handle_comment  # type: ignore[assignment]


@given(TEXTS)
@settings(max_examples=400, deadline=None)
@example("httpſ://evil.example")
@example('https://a.example/"onmouseover="alert(1)')
@example("@ada" * 3)
def test_only_our_own_tags_come_out(text: str) -> None:
    html = formatting.to_html(text, mentions={("ada", ""): ADA, ("ada", "square.example"): ADA}, base_url=BASE)
    for tag, attributes in Reader(html).tags:
        assert tag in ALLOWED
        assert set(attributes) <= ALLOWED[tag]
        if tag == "a":
            assert re.match(r"[hH][tT][tT][pP][sS]?://\w", attributes["href"] or "")
            assert not re.search(r"[\s\u202a-\u202e\u200b\x00-\x20]", attributes["href"] or "")


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_nothing_that_was_typed_is_lost(text: str) -> None:
    html = formatting.to_html(text, mentions={}, base_url=BASE)
    written = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert Reader(html).text.replace("\n", "") == written.replace("\n", "")


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_reading_a_text_is_consistent(text: str) -> None:
    assert formatting.length(text) <= len(text) + formatting.URL_LENGTH * text.lower().count("http")
    assert all(link in text for link in formatting.links(text))
    html = formatting.to_html(text, mentions={}, base_url=BASE)
    shown = [a["href"] for tag, a in Reader(html).tags if tag == "a" and a.get("target")]
    assert shown == formatting.links(text)


def test_profile_address_that_is_not_of_the_web_is_no_link() -> None:
    mallory = MentionTarget(2, "mallory", "javascript:alert(1)")
    assert formatting.to_html("hi @mallory", mentions={("mallory", ""): mallory}, base_url=BASE) == "<p>hi @mallory</p>"


def test_right_to_left_and_zero_width_characters_survive() -> None:
    text = "שלום \u202eabc\u202c \u200dx\u200b مرحبا 👩‍👩‍👧"
    assert Reader(formatting.to_html(text, mentions={}, base_url=BASE)).text == text


def test_mentions_and_tags_are_capped() -> None:
    many = " ".join(f"@user{n} #tag{n}" for n in range(10_000))
    assert len(formatting.mentioned_names(many)) == formatting.MAX_MENTIONS
    assert len(formatting.hashtags(many)) == formatting.MAX_TAGS


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("(https://a.example/b_(c))", "https://a.example/b_(c)"),
        ("see https://a.example/b.", "https://a.example/b"),
        ("https://a.example/b)))", "https://a.example/b"),
        ("https://a.example/?q=1&r=2#x…", "https://a.example/?q=1&r=2#x"),
        ("HTTPS://A.EXAMPLE/", "HTTPS://A.EXAMPLE/"),
        ("http://:::", None),
        ("http://²", None),
        ("http://①.example/ #a", None),
        ("http://été.example/", "http://été.example/"),
        ("http://१.example/", "http://१.example/"),
    ],
)
def test_addresses_end_where_the_sentence_goes_on(written: str, address: str | None) -> None:
    assert formatting.links(written) == ([address] if address else [])
    assert ("<a href=\"http" in formatting.to_html(written, mentions={}, base_url="").lower()) == bool(address)


sys.setrecursionlimit(20_000)  # the counter calls itself for each character
PATTERNS = {name: getattr(formatting, name).pattern for name in ("URL", "MENTION", "HASHTAG", "SHORTCODE")}
UNIT = st.lists(
    st.sampled_from(["@", "a", "é", "1", "_", ".", "-", "/", "#", ":", "http://", "(", ")", " ", "=", "😀"]), min_size=1, max_size=4
)


@given(head=UNIT, unit=UNIT, tail=UNIT)
@settings(max_examples=150, deadline=None)
@example(head=["@"], unit=["a", "."], tail=["@"])
@example(head=["@", "a"], unit=["."], tail=[" "])
@example(head=["@", "a", "@", "a"], unit=["-", "."], tail=[":"])
@example(head=["#"], unit=["1"], tail=[" "])
@example(head=[":"], unit=["a"], tail=[" "])
@example(head=["@"], unit=["@", "a"], tail=["."])
def test_patterns_take_steps_in_proportion_to_the_text(head: list[str], unit: list[str], tail: list[str]) -> None:
    for name, pattern in PATTERNS.items():
        texts = ["".join(head) + "".join(unit) * times + "".join(tail) for times in (20, 40)]
        short, long = (backtracking.Steps(pattern, text).count for text in texts)
        assert long <= 2.3 * short + 200, (name, short, long)
        assert short <= 140 * len(texts[0]), (name, short)


def test_counter_notices_a_pattern_that_is_not_linear() -> None:
    counts = [backtracking.Steps(r"(a+)+b", "a" * n).count for n in (6, 12)]
    assert counts[1] > 20 * counts[0]


@pytest.mark.parametrize("text", ["@a.-" * 4, "#1a#b", "http://a b", "x@y.z @a@b.c:80", ":ab: ::c:", "#é1_"])
@pytest.mark.parametrize("name", list(PATTERNS))
def test_counter_reads_patterns_as_re_does(name: str, text: str) -> None:
    ends = []

    class Noting(backtracking.Steps):
        def _note(self, at: int) -> bool:
            ends.append(at)
            return bool(super()._note(at))

    Noting(PATTERNS[name], text)
    assert ends == [match.end() for match in re.finditer(PATTERNS[name], text)]
