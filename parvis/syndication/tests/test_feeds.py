"""Feeds are followed like people: found, read, dated as written, cleaned, never doubled, and polled while followed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from parvis.feeds.queries import timelines
from parvis.feeds.queries.pages import Cursor
from parvis.kernel import changes, outbox
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid
from parvis.kernel.tests.serving import Site, site
from parvis.media.tests import samples
from parvis.network.actions import follows
from parvis.network.models import Account, Card, Post
from parvis.network.queries import viewer
from parvis.syndication import actions, queries, writing
from parvis.syndication.models import Entry, Feed

pytestmark = pytest.mark.django_db

ITEM = """<item><guid isPermaLink="false">{n}</guid><title>Titre {n} &amp; suite</title><link>https://news.example/{n}</link>
<pubDate>Sat, 31 Jan 2026 12:{n:02d}:00 +0100</pubDate><description>&lt;p&gt;Corps {n} &lt;script&gt;alert(1)&lt;/script&gt;
&lt;a href="javascript:alert(1)" onclick="x()"&gt;mal&lt;/a&gt; &lt;a href="https://e.example/"&gt;bien&lt;/a&gt;
&lt;img src="https://tracker.example/pixel.gif"&gt;&lt;/p&gt;</description></item>"""


def rss(*numbers: int, title: str = "Le Journal — À la une", extra: str = "") -> str:
    items = "".join(ITEM.format(n=n) for n in numbers)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title><link>https://news.example/</link>'
        f"<description>Des nouvelles</description><language>fr-FR</language>{extra}{items}</channel></rss>"
    )


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site(monkeypatch) as found:
        yield found


@pytest.fixture
def ada() -> int:
    from parvis.config import wiring

    wiring.connect()
    return int(Account.objects.create(username="ada").id)


def home(account_id: int) -> list[str]:
    outbox.drain()
    changes.sync()
    rows = timelines.home(viewer(account_id), Cursor(limit=40))
    return [Post.objects.get(id=row[0]).url for row in rows]


def poll(feed_account: int) -> None:
    Feed.objects.filter(account_id=feed_account).update(next_at=now() - timedelta(seconds=1))
    assert actions.ask_due() == 1
    actions.poll.call([feed_account])


def test_a_feed_becomes_an_account_whose_entries_are_in_the_followers_home(web: Site, ada: int) -> None:
    web.page("/logo.png", samples.picture("PNG", (200, 200)), "image/png")
    extra = f"<image><url>{web.base}/logo.png</url><title>x</title><link>x</link></image>"
    feed_account = actions.follow_feed(ada, web.page("/rss", rss(1, 2, 3, extra=extra), "application/rss+xml"))
    account = Account.objects.get(id=feed_account)
    assert (account.kind, account.domain, account.username) == ("feed", "127.0.0.1", "le_journal_a_la_une")
    assert (account.display_name, account.note, account.url) == ("Le Journal — À la une", "Des nouvelles", "https://news.example/")
    assert account.avatar.startswith("avatars/")
    assert (account.posts_count, account.followers_count) == (3, 1)
    assert home(ada) == [f"https://news.example/{n}" for n in (3, 2, 1)]
    post = Post.objects.get(url="https://news.example/2")
    assert post.created_at == datetime(2026, 1, 31, 11, 2, tzinfo=timezone.utc)
    assert (post.id >> 16) == int(post.created_at.timestamp() * 1000)
    assert (post.language, post.is_local, post.listed) == ("fr", False, False)


def test_entries_are_reduced_to_the_small_set(web: Site, ada: int) -> None:
    actions.follow_feed(ada, web.page("/rss", rss(1), "application/rss+xml"))
    html = Post.objects.get().html
    assert "<strong>Titre 1 &amp; suite</strong>" in html
    assert "Corps 1" in html
    assert 'href="https://e.example/"' in html
    for hostile in ("script", "alert", "onclick", "javascript", "<img", "tracker"):
        assert hostile not in html
    card = Card.objects.get()
    assert (card.title, card.url, card.provider_name) == ("Titre 1 & suite", "https://news.example/1", "Le Journal — À la une")
    assert "Corps 1" in card.description
    assert [path for path, _ in web.asked] == ["/rss"], "the card is made of what the feed says"


@pytest.mark.parametrize(
    "hostile",
    ["<svg onload=alert(1)>", "<p style='position:fixed'>x", "<iframe src=//e></iframe>", "<a href=' javascript:alert(1)'>x</a>",
     "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>", "<a href='data:text/html,x'>y</a>", "<p><p><p onmouseover=alert(1)>",
     "<h1 onclick=alert(1)>t</h1>", "<div class=x onclick=alert(1)>t</div>",
     "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>"],
)  # fmt: skip
def test_no_markup_of_a_feed_runs(hostile: str) -> None:
    safe = writing.clean(hostile)
    for sign in ("alert", "onclick", "onload", "style", "<iframe", "<svg", "data:", "onerror", "onmouseover"):
        assert sign not in safe


def test_a_page_leads_to_the_feed_it_announces(web: Site, ada: int) -> None:
    web.page("/feed.xml", rss(1), "application/rss+xml")
    links = "".join(
        f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'
        for kind, title, href in (
            ("application/rss+xml", "Comments", "/comments.xml"),
            ("text/html", "x", "/x"),
            ("application/rss+xml", "News", "/feed.xml"),
        )
    )
    page = web.page("/", f"<html><head>{links}</head></html>")
    found = queries.resolve(page)
    assert found == queries.known(f"{web.base}/feed.xml") == actions.discover(f"{web.base}/feed.xml")
    assert Feed.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [("<html><p>no feed", "text/html"), ("", "application/rss+xml"), ("<rss", "application/rss+xml"), ("{}", "application/json"),
     ("\x00\x01", "application/octet-stream"), ('{"version":"https://jsonfeed.org/version/1.1","items":5}', "application/feed+json")],
)  # fmt: skip
def test_what_is_no_feed_is_refused(web: Site, ada: int, body: str, kind: str) -> None:
    with pytest.raises(Invalid):
        actions.follow_feed(ada, web.page("/x", body, kind))
    assert queries.resolve(f"{web.base}/x") is None
    assert not Account.objects.filter(kind="feed").exists()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/feed", "http://169.254.169.254/", "file:///etc/passwd", "nonsense", "", "http://[", "ada@example.org"]
)
def test_no_address_inside_is_read(ada: int, url: str) -> None:
    assert queries.resolve(url) is None
    with pytest.raises(Invalid):
        actions.discover(url)


def test_a_billion_laughs_and_outside_entities_end_in_the_child(web: Site, ada: int) -> None:
    laughs = (
        '<!DOCTYPE r [<!ENTITY a "ha">'
        + "".join(
            f'<!ENTITY {c} "&{p};&{p};&{p};&{p};&{p};&{p};&{p};&{p};&{p};&{p};">' for p, c in zip("abcdefghi", "bcdefghij", strict=True)
        )
        + "]>"
    )
    outside = '<!DOCTYPE r [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
    for head in (laughs, outside):
        body = rss(1, title="&j;").replace('encoding="utf-8"?>', f'encoding="utf-8"?>{head}')
        found = queries.resolve(web.page("/rss", body, "application/rss+xml"))
        if found is not None:
            account = Account.objects.get(id=found)
            assert "root:" not in account.display_name
            assert len(account.display_name) <= 120
            account.delete()


def test_atom_and_json_feeds_are_read_too(web: Site, ada: int) -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Notes</title><id>urn:x</id>
    <updated>2026-01-01T00:00:00Z</updated>
    <link href="https://notes.example/"/><entry><id>urn:1</id><title>First</title><link href="/1"/>
    <published>2026-01-01T10:00:00Z</published>
    <updated>2026-01-02T00:00:00Z</updated><content type="html">&lt;p&gt;Hello&lt;/p&gt;</content></entry></feed>"""
    actions.follow_feed(ada, web.page("/atom", atom, "application/atom+xml"))
    post = Post.objects.get()
    assert post.created_at == datetime(2026, 1, 1, 10, tzinfo=timezone.utc)
    assert (post.language, post.url) == ("en", f"{web.base}/1")
    assert "Hello" in post.html
    notes = """{"version":"https://jsonfeed.org/version/1.1","title":"J","home_page_url":"https://j.example/","items":[
    {"id":"1","url":"https://j.example/1","content_text":"Bare <b>text</b>","date_published":"2026-02-01T10:00:00+02:00"},{"id":2}, 5]}"""
    actions.follow_feed(ada, web.page("/json", notes, "application/feed+json"))
    second = Post.objects.exclude(id=post.id).get()
    assert "Bare &lt;b&gt;text&lt;/b&gt;" in second.html
    assert second.created_at == datetime(2026, 2, 1, 8, tzinfo=timezone.utc)


def test_news_come_once_and_what_was_seen_never_again(web: Site, ada: int) -> None:
    feed_account = actions.follow_feed(ada, web.page("/rss", rss(1, 2), "application/rss+xml"))
    assert len(home(ada)) == 2
    web.page("/rss", rss(1, 2, 3), "application/rss+xml")
    for _ in range(3):
        poll(feed_account)
    assert home(ada) == [f"https://news.example/{n}" for n in (3, 2, 1)]
    Post.objects.get(url="https://news.example/2").delete()
    poll(feed_account)
    assert Post.objects.count() == 2
    assert Entry.objects.count() == 3


def test_a_poll_takes_at_most_twenty_and_the_next_one_the_rest(web: Site, ada: int) -> None:
    feed_account = actions.follow_feed(ada, web.page("/rss", rss(0), "application/rss+xml"))
    web.page("/rss", rss(*range(31)), "application/rss+xml")
    poll(feed_account)
    assert Post.objects.count() == 21
    poll(feed_account)
    assert Post.objects.count() == 31


def test_a_first_look_takes_the_newest_and_leaves_the_old(web: Site, ada: int) -> None:
    feed_account = actions.follow_feed(ada, web.page("/rss", rss(*range(45)), "application/rss+xml"))
    assert Post.objects.count() == 20
    assert not Post.objects.filter(url="https://news.example/3").exists()
    poll(feed_account)
    assert Post.objects.count() == 20


def test_the_site_is_asked_only_for_what_changed(web: Site, ada: int) -> None:
    def reply(headers: object) -> tuple[int, dict[str, str], bytes]:
        if headers["If-None-Match"] == '"v1"':  # type: ignore[index]
            return 304, {}, b""
        return (
            200,
            {"Content-Type": "application/rss+xml", "ETag": '"v1"', "Last-Modified": "Sat, 31 Jan 2026 12:00:00 GMT"},
            rss(1).encode(),
        )

    web.pages["/rss"] = reply
    feed_account = actions.follow_feed(ada, f"{web.base}/rss")
    first = Feed.objects.get()
    poll(feed_account)
    after = Feed.objects.get()
    assert web.asked[-1][1]["if-none-match"] == '"v1"'
    assert web.asked[-1][1]["if-modified-since"] == "Sat, 31 Jan 2026 12:00:00 GMT"
    assert (after.etag, after.failures) == ('"v1"', 0)
    assert after.pause_s > first.pause_s


def test_failures_make_the_pause_longer_and_success_forgets_them(web: Site, ada: int) -> None:
    feed_account = actions.follow_feed(ada, web.page("/rss", rss(1), "application/rss+xml"))
    web.page("/rss", "down", "text/plain", 503)
    pauses = []
    for _ in range(3):
        poll(feed_account)
        feed = Feed.objects.get()
        pauses.append((feed.next_at - feed.checked_at).total_seconds())
    assert pauses == pytest.approx([900, 1800, 3600], abs=1)
    assert (feed.failures, feed.error) == (3, "http.503")
    web.page("/rss", "slow down", "text/plain", 429, Retry_After="40000")
    poll(feed_account)
    feed = Feed.objects.get()
    assert (feed.next_at - feed.checked_at).total_seconds() == pytest.approx(40_000, abs=1)
    web.page("/rss", rss(1), "application/rss+xml")
    poll(feed_account)
    assert (Feed.objects.get().failures, Feed.objects.get().error) == (0, "")


def test_nobody_follows_nobody_polls(web: Site, ada: int) -> None:
    feed_account = actions.follow_feed(ada, web.page("/rss", rss(1), "application/rss+xml"))
    Feed.objects.update(next_at=now() - timedelta(days=1))
    follows.unfollow(ada, feed_account)
    assert actions.ask_due() == 0
    assert home(ada) == []
    follows.follow(ada, feed_account)
    assert actions.ask_due() == 1
    assert actions.ask_due() == 0, "claimed"


def test_dates_that_cannot_be_are_brought_near(web: Site, ada: int) -> None:
    body = rss(1, 2, 3).replace("31 Jan 2026 12:01:00", "31 Jan 2199 12:00:00").replace("31 Jan 2026 12:02:00", "01 Jan 0099 00:00:00")
    body = body.replace("<pubDate>Sat, 31 Jan 2026 12:03:00 +0100</pubDate>", "")
    actions.follow_feed(ada, web.page("/rss", body, "application/rss+xml"))
    moments = list(Post.objects.values_list("created_at", flat=True))
    assert len(moments) == 3
    assert max(moments) <= now()
    assert min(moments) >= datetime(1990, 1, 1, tzinfo=timezone.utc)


def test_two_feeds_of_one_host_have_two_names(web: Site, ada: int) -> None:
    first = actions.follow_feed(ada, web.page("/a", rss(1), "application/rss+xml"))
    second = actions.follow_feed(ada, web.page("/b", rss(1), "application/rss+xml"))
    names = list(Account.objects.filter(id__in=(first, second)).order_by("id").values_list("username", flat=True))
    assert names == ["le_journal_a_la_une", "le_journal_a_la_une_2"]
