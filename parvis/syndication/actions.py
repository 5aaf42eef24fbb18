"""Write feeds: find one behind an address, follow it, ask it for news."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_tasks import task

from parvis.kernel import http, pages, storage
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid
from parvis.kernel.http import FetchFailed, Response
from parvis.media import fetched, isolation
from parvis.media.isolated.broken import Broken
from parvis.network.actions import cards, follows, syndicated
from parvis.network.actions.cards import CardFacts
from parvis.syndication import writing
from parvis.syndication.models import Entry, Feed
from parvis.syndication.writing import Written

MAX_BYTES = 5_000_000
TIMEOUT_S = 8
PER_POLL = 20
AT_ONCE = 12
PICTURES_S, FIRST_PICTURES_S = 15.0, 3.0  # a person waits for the first look
MIN_PAUSE_S, MAX_PAUSE_S, MAX_FAILED_PAUSE_S = 900, 6 * 3600, 24 * 3600
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.5"
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_EARLIEST = datetime(1990, 1, 1, tzinfo=timezone.utc)


def follow_feed(account_id: int, url: str) -> int:
    """The account follows the feed at, or announced by, this address; return the feed's account id.

    Raises Invalid when there is no feed or the address cannot be read.
    """
    feed_account_id = discover(url)
    follows.follow(account_id, feed_account_id)
    return feed_account_id


def discover(url: str) -> int:
    """Return the account of the feed at, or announced by the page at, this address, made if it is new. Raises Invalid.

    Fetches: never call it inside a transaction.
    """
    try:
        address = http.check(url)
        known = _known(address)
        if known is not None:
            return known
        found = _fetch(address)
        if _is_page(found):
            announced = _announced(found)
            if announced == "":
                raise Invalid(_("There is no feed at this address."), code="feed.none")
            known = _known(announced)
            if known is not None:
                return known
            found = _fetch(announced)
        known = _known(found.url)
        return known if known is not None else _open(found)
    except FetchFailed as problem:
        raise Invalid(_("This address could not be read: %(reason)s") % {"reason": problem.text}, code="feed.unreachable") from None
    except Broken:
        raise Invalid(_("There is no feed at this address."), code="feed.none") from None


def _known(url: str) -> int | None:
    found: int | None = Feed.objects.filter(url=url[:2048]).values_list("account_id", flat=True).first()
    return found


def _fetch(url: str, headers: dict[str, str] | None = None) -> Response:
    found = http.fetch(url, accept=ACCEPT, headers=headers, max_bytes=MAX_BYTES, timeout_s=TIMEOUT_S, redirects=3)
    if not found.ok and found.status != 304 and not headers:
        raise FetchFailed(_("it answered %(status)d") % {"status": found.status})
    return found


def _is_page(found: Response) -> bool:
    start = found.body[:512].lstrip().lower()
    return (found.content_type in ("text/html", "application/xhtml+xml") and not start.startswith((b"<?xml", b"<rss", b"<feed", b"{"))) or (
        start.startswith((b"<!doctype html", b"<html"))
    )


def _announced(found: Response) -> str:
    """Return the address of the feed that a page announces first (that of its comments last), "" for none."""
    page = pages.read(found.body, found.url, found.charset)
    offered = [
        (("comment" in given.get("title", "").lower()), place, given["href"])
        for place, (rels, given) in enumerate(page.links)
        if "alternate" in rels and given.get("type", "").lower().partition(";")[0] in _FEED_TYPES and given.get("href")
    ]
    return http.check(page.absolute(min(offered)[2])) if offered else ""


def _read(found: Response) -> dict[str, Any]:
    """Return what a feed says, read by the limited child. Raises Broken."""
    with isolation.workplace() as place:
        source = place / "feed"
        source.write_bytes(found.body)
        return isolation.run(
            "parvis.syndication.reading:read",
            source,
            place,
            cpu_s=10,
            wall_s=20,
            url=found.url,
            content_type=found.headers.get("content-type", ""),
        )


def _open(found: Response) -> int:
    """A new feed has an account and its latest entries; return the account's id."""
    said = _read(found)
    host = urlsplit(found.url).hostname or ""
    title = pages.shortened(pages.line(writing.plain(said["title"])), 120) or host
    written = _written(said)
    found_cards = _cards(written[:PER_POLL], title, pictures_s=FIRST_PICTURES_S)
    try:
        with transaction.atomic():
            account_id = syndicated.open_feed_account(names=_names(title, host), domain=host, uri=found.url[:2048])
            feed = Feed.objects.create(account_id=account_id, url=found.url[:2048])
            _store(feed, written[:PER_POLL], found_cards, announce=False)
            _note_seen(feed, written[PER_POLL:])
            _answered(feed, found, news=True, written=written)
    except IntegrityError:  # somebody else was first
        known = _known(found.url)
        if known is None:
            raise
        return known
    note = pages.shortened(writing.plain(said["description"]).replace("\n", " "), 500)
    syndicated.describe_feed_account(
        account_id,
        display_name=title,
        note=note,
        url=writing.web_link(said["link"]),
        avatar=fetched.face(account_id, writing.web_link(said["image"])),
    )
    return account_id


def _names(title: str, host: str) -> list[str]:
    """Return names for a feed's account, best first: its title, its host, then numbered."""
    flat = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", flat).strip("_")[:30].strip("_")
    labels = host.removeprefix("www.").split(".")
    base = base or re.sub(r"[^a-z0-9]+", "_", labels[-2] if len(labels) > 1 else labels[0]) or "feed"
    return [base, *(f"{base}_{n}" for n in range(2, 200))]


def _written(said: dict[str, Any]) -> list[Written]:
    """Return the posts that a feed's entries make, newest first, each key once."""
    found: dict[str, Written] = {}
    for entry in said["entries"]:
        one = writing.write(entry, language=said["language"])
        if one is not None:
            found.setdefault(_key(one), one)
    return sorted(found.values(), key=lambda one: -(one.published_s if one.published_s is not None else 1 << 40))


def _key(one: Written) -> str:
    return hashlib.sha256(one.key_text.encode()).hexdigest()


def _cards(written: Sequence[Written], provider: str, *, pictures_s: float = PICTURES_S) -> dict[str, int]:
    """Return the card of each entry's link, made from what the feed says; pictures as far as a few seconds allow."""
    found: dict[str, int] = {}
    until = time.monotonic() + pictures_s
    for one in written:
        if not one.link or one.link in found:
            continue
        card_id = cards.fresh(one.link)
        if card_id is None:
            picture = fetched.small_image(one.image) if one.image and time.monotonic() < until else {}
            facts = CardFacts(
                title=one.title, description=one.summary, provider_name=provider, author_name=one.author, language=one.language, **picture
            )
            card_id, replaced = cards.store(one.link, facts)
            storage.delete(replaced)
        found[one.link] = card_id
    return found


def _store(feed: Feed, written: Sequence[Written], found_cards: dict[str, int], *, announce: bool) -> int:
    """These entries stand as posts, unless they are known; return how many are new. The caller holds the transaction."""
    moment, count = now(), 0
    for place, one in enumerate(written):
        entry, is_new = Entry.objects.get_or_create(feed=feed, key=_key(one))
        if not is_new:
            continue
        try:
            dated = datetime.fromtimestamp(one.published_s, tz=timezone.utc) if one.published_s is not None else moment
        except (OverflowError, ValueError, OSError):
            dated = moment
        entry.post_id = syndicated.publish_entry(
            author_id=feed.account_id,
            published_at=min(max(dated, _EARLIEST), moment - timedelta(milliseconds=place)),
            text=one.text,
            html=one.html,
            uri=one.key_text if one.key_text.startswith("http") else "",
            url=one.link,
            language=one.language,
            card_id=found_cards.get(one.link),
            announce=announce,
        )
        entry.save(update_fields=["post_id"])
        count += 1
    return count


def _note_seen(feed: Feed, written: Sequence[Written]) -> None:
    Entry.objects.bulk_create([Entry(feed=feed, key=_key(one)) for one in written], ignore_conflicts=True)


def ask_due() -> int:
    """Feeds whose time has come, and that somebody follows, are asked for news by a task; return how many. Periodic."""
    moment = now()
    due = Feed.objects.filter(next_at__lte=moment, account__followers_count__gt=0, account__suspended_at=None, account__deleted_at=None)
    claimed = []
    for account_id, next_at in due.order_by("next_at").values_list("account_id", "next_at")[:AT_ONCE]:
        later = moment + timedelta(minutes=15)  # asked again then, should the task be lost
        if Feed.objects.filter(account_id=account_id, next_at=next_at).update(next_at=later):
            claimed.append(account_id)
    if claimed:
        poll.using(priority=-20).enqueue(claimed)
    return len(claimed)


@task()
def poll(feed_ids: list[int]) -> None:
    """Each of these feeds was asked once, and its new entries stand as posts. One that fails does not stop the others."""
    feeds = list(Feed.objects.filter(account_id__in=feed_ids))
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(_ask, feeds))
    for feed, answer in zip(feeds, answers, strict=True):
        _take(feed, answer)


def _ask(feed: Feed) -> Response | FetchFailed:
    """Return a feed's answer. Runs in a thread: no database here."""
    headers = {name: value for name, value in (("If-None-Match", feed.etag), ("If-Modified-Since", feed.modified)) if value}
    try:
        return _fetch(feed.url, headers or {"Cache-Control": "max-age=0"})
    except FetchFailed as problem:
        return problem


def _take(feed: Feed, answer: Response | FetchFailed) -> None:
    if isinstance(answer, FetchFailed):
        _failed(feed, answer.code)
        return
    if answer.status == 304:
        _answered(feed, answer, news=False)
        return
    if not answer.ok:
        _failed(feed, f"http.{answer.status}", after_s=_retry_after(answer), is_gone=answer.status == 410)
        return
    try:
        written = _written(_read(answer))
    except Broken as problem:
        _failed(feed, f"feed.{problem.code}")
        return
    known = set(Entry.objects.filter(feed=feed, key__in=[_key(one) for one in written]).values_list("key", flat=True))
    fresh = [one for one in reversed(written) if _key(one) not in known][:PER_POLL]
    found_cards = _cards(fresh, feed.account.display_name)
    with transaction.atomic():
        count = _store(feed, fresh, found_cards, announce=True)
        _answered(feed, answer, news=count > 0, written=written)


def _answered(feed: Feed, found: Response, *, news: bool, written: Sequence[Written] = ()) -> None:
    """Note what the answer said, and when to ask again: sooner where there is news, later where there is none."""
    if news:
        stamps = sorted((w.published_s for w in written if w.published_s is not None), reverse=True)[:10]
        gap = (stamps[0] - stamps[-1]) / (len(stamps) - 1) if len(stamps) > 1 else 3600
        pause_s = int(max(MIN_PAUSE_S, min(MAX_PAUSE_S, gap / 4)))
    else:
        pause_s = min(MAX_PAUSE_S, int(feed.pause_s * 1.5))
    columns: dict[str, Any] = {
        "checked_at": now(),
        "next_at": now() + timedelta(seconds=pause_s),
        "pause_s": pause_s,
        "failures": 0,
        "error": "",
    }
    if found.status != 304:
        columns["etag"] = found.headers.get("etag", "")[:500]
        columns["modified"] = found.headers.get("last-modified", "")[:100]
    Feed.objects.filter(account_id=feed.account_id).update(**columns)


def _failed(feed: Feed, error: str, *, after_s: int = 0, is_gone: bool = False) -> None:
    """Note a failure; each one doubles the pause, up to a day."""
    pause_s = 7 * 24 * 3600 if is_gone else max(after_s, min(MAX_FAILED_PAUSE_S, MIN_PAUSE_S * 2 ** min(feed.failures, 10)))
    columns = {"checked_at": now(), "next_at": now() + timedelta(seconds=pause_s), "failures": feed.failures + 1, "error": error[:200]}
    Feed.objects.filter(account_id=feed.account_id).update(**columns)


def _retry_after(answer: Response) -> int:
    given = answer.headers.get("retry-after", "")
    return min(int(given), 7 * 24 * 3600) if given.isdigit() and len(given) < 8 else 0
