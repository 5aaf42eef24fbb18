"""Public posts can be shown elsewhere; nothing narrower can."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

URL = "/api/oembed?url="


def test_public_post_is_a_quotation_without_scripts(square: Any) -> None:
    post = square.post("ada", 'hello <script>alert("1")</script> https://example.org')
    found = square.ask("GET", f"{URL}{quote(post['url'])}&maxwidth=300").json
    assert (found["type"], found["version"], found["author_url"], found["width"]) == ("rich", "1.0", "http://localhost:8000/@ada", 300)
    assert "hello" in found["html"]
    assert "<script" not in found["html"]
    assert post["url"] in found["html"]


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_narrower_posts_are_not_there_even_for_their_author(square: Any, visibility: str) -> None:
    post = square.post("ada", "for few", visibility=visibility)
    assert square.ask("GET", URL + quote(post["url"]), "ada").status == 404
    assert square.ask("GET", URL + quote(square.post("ada", "x", visibility="unlisted")["url"])).status == 200


def test_warned_text_stays_behind_its_warning(square: Any) -> None:
    post = square.post("ada", "the murderer is the gardener", spoiler_text="<b>plot")
    html = square.ask("GET", URL + quote(post["url"])).json["html"]
    assert "gardener" not in html
    assert "&lt;b&gt;plot" in html


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?url=", 400),
        ("?url=https://elsewhere.example/@a/1", 404),
        ("?url=http://localhost:8000/@ada", 404),
        ("?url=x&format=xml", 501),
    ],
)
def test_what_is_no_post_of_ours(square: Any, query: str, status: int) -> None:
    assert square.ask("GET", f"/api/oembed{query}").status == status
