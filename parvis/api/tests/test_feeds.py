"""A feed is found by its address in the search of any app, and followed as people are."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.kernel import outbox
from parvis.kernel.tests.serving import site

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Nouvelles</title><link>https://news.example/</link><language>fr</language>
<item><guid>1</guid><title>Bonjour</title><link>https://news.example/1</link><pubDate>Sat, 31 Jan 2026 12:00:00 +0000</pubDate>
<description>Le corps</description></item></channel></rss>"""


def test_a_feed_is_searched_followed_read_and_left(square: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.config import wiring

    wiring.connect()
    with site(monkeypatch) as web:
        web.page("/rss", RSS, "application/rss+xml")
        page = web.page("/", '<link rel="alternate" type="application/rss+xml" href="/rss">')
        assert square.ask("GET", f"/api/v2/search?resolve=true&q={page}").status == 401
        assert square.ask("GET", f"/api/v2/search?q={page}", "ada").json["accounts"] == []
        assert web.asked == []
        found = square.ask("GET", f"/api/v2/search?resolve=true&q={page}", "ada").json["accounts"]
        asked = len(web.asked)
        again = square.ask("GET", f"/api/v2/search?resolve=true&q={web.base}/rss", "bob").json["accounts"]
        assert len(web.asked) == asked, "known by then"
    account = found[0]
    assert again[0]["id"] == account["id"]
    assert (account["acct"], account["display_name"], account["bot"]) == ("nouvelles@127.0.0.1", "Nouvelles", True)
    assert (account["statuses_count"], account["last_status_at"]) == (1, "2026-01-31")
    assert square.ask("POST", f"/api/v1/accounts/{account['id']}/follow", "ada").json["following"] is True
    outbox.drain()
    status = square.ask("GET", "/api/v1/timelines/home", "ada").json[0]
    assert (status["created_at"], status["url"], status["language"]) == ("2026-01-31T12:00:00.000Z", "https://news.example/1", "fr")
    assert status["content"].startswith("<p><strong>Bonjour</strong></p><p>Le corps</p>")
    assert (status["card"]["title"], status["card"]["provider_name"]) == ("Bonjour", "Nouvelles")
    assert square.ask("GET", "/api/v1/timelines/public", "bob").json == []
    assert len(square.ask("GET", f"/api/v1/accounts/{account['id']}/statuses", "bob").json) == 1
    assert square.ask("POST", f"/api/v1/statuses/{status['id']}/favourite", "ada").json["favourited"] is True
    square.ask("POST", f"/api/v1/accounts/{account['id']}/unfollow", "ada")
    outbox.drain()
    assert square.ask("GET", "/api/v1/timelines/home", "ada").json == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://169.254.169.254/latest", "https://localhost/", "http://[::1]/"])
def test_search_cannot_be_made_to_look_inside(square: Any, url: str) -> None:
    answered = square.ask("GET", f"/api/v2/search?resolve=true&q={url}", "ada")
    assert (answered.status, answered.json["accounts"]) == (200, [])
