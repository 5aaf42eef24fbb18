"""The first link of a public post gets a card: a title, at most 160 characters, a small picture kept here.

Fetching takes seconds, so the reaction only asks for a task. A page is asked once for all posts that link to it,
and what it says about being shown is honoured (nosnippet, max-snippet, max-image-preview, noimageindex).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django_tasks import task

from parvis.kernel import changes, http, pages, storage
from parvis.media.fetched import small_image
from parvis.network import formatting
from parvis.network.actions import cards
from parvis.network.actions.cards import CardFacts
from parvis.network.events import PostEdited, PostPublished
from parvis.network.models import Visibility
from parvis.network.queries import PostData, posts

PAGE_BYTES = 600_000
TIMEOUT_S = 6
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_LANGUAGE = re.compile(r"^[a-z]{2,3}")


def ask_for_cards(events: Sequence[PostPublished | PostEdited]) -> None:
    """Posts whose link has a card show it; for the others a task will fetch one. May run twice."""
    changes.sync()
    for post in posts(event.post_id for event in events).values():
        url = link_of(post)
        if not url:
            if post.card_id and post.is_local:
                cards.attach(post.id, None)
            continue
        known = cards.fresh(url)
        if known is not None:
            cards.attach(post.id, known)
        else:
            make_card.using(priority=-10).enqueue(post.id)


def link_of(post: PostData) -> str:
    """Return the address that a post previews, "" for none: the first link to elsewhere of a post that all may read."""
    if post.boost_of_id or post.visibility > Visibility.UNLISTED or post.media_count or post.quote_of_id or not post.is_local:
        return ""
    for url in formatting.links(post.text):
        try:
            if (urlsplit(url).netloc.lower() or settings.DOMAIN) != settings.DOMAIN.lower():
                return http.check(url)[:2048]
        except (ValueError, http.Refused):
            continue
    return ""


@task()
def make_card(post_id: int) -> None:
    """The post shows the card of its link, or none where the page gives none."""
    changes.sync()
    post = posts((post_id,)).get(post_id)
    url = link_of(post) if post is not None else ""
    if not url:
        return
    card_id = cards.fresh(url)
    if card_id is None:
        card_id, replaced = cards.store(url, facts_of(url))
        storage.delete(replaced)
    changes.sync()
    post = posts((post_id,)).get(post_id)  # it may have been edited meanwhile
    if post is not None and link_of(post) == url:
        cards.attach(post_id, card_id)


def facts_of(url: str) -> CardFacts | None:
    """Fetch a page and return what its card says; None when it cannot be had, says nothing, or wants no card."""
    try:
        found = http.fetch(url, accept="text/html, application/xhtml+xml;q=0.9", max_bytes=PAGE_BYTES, timeout_s=TIMEOUT_S, partial=True)
    except http.FetchFailed:
        return None
    if not found.ok or found.content_type not in _PAGE_TYPES:
        return None
    page = pages.read(found.body, found.url, found.charset)
    rules = ",".join((page.meta.get("robots", ""), page.meta.get("parvis", ""), found.headers.get("x-robots-tag", "")))
    snippet, wants_image = allowed(rules)
    title = page.first("og:title", "twitter:title") or page.title
    if not title:
        return None
    description = page.first("og:description", "twitter:description", "description")
    author = page.first("author", "article:author", "og:article:author")
    language = _LANGUAGE.match((page.language or page.first("og:locale")).lower())
    return CardFacts(
        title=pages.shortened(title, 300),
        description=pages.shortened(description, snippet) if snippet > 1 else "",
        provider_name=pages.shortened(page.first("og:site_name", "application-name") or provider(found.url), 120),
        author_name="" if author.startswith("http") else pages.shortened(author, 120),
        author_url=web_address(page, page.first("article:author")),
        language=language.group() if language else "",
        image_description=page.first("og:image:alt", "twitter:image:alt")[:1500],
        **(small_image(web_address(page, page.first("og:image:secure_url", "og:image", "twitter:image"))) if wants_image else {}),
    )


def allowed(rules: str) -> tuple[int, bool]:
    """Return how many characters of a description a page's robots rules allow (at most 160), and whether a picture."""
    given = [rule.strip().lower() for rule in rules.split(",")]
    most, image = cards.DESCRIPTION_LENGTH, True
    for rule in given:
        rule = rule.rpartition(" ")[2] if rule.endswith(("nosnippet", "noimageindex")) else rule
        name, _, value = rule.partition(":")
        if name == "nosnippet":
            most = 0
        elif name == "max-snippet" and value.strip().isdigit():
            most = min(most, int(value))
        elif name == "noimageindex" or (name == "max-image-preview" and value.strip() == "none"):
            image = False
    return most, image


def provider(url: str) -> str:
    """Return the host as people say it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def web_address(page: pages.Page, given: str) -> str:
    """Return an address that a page names in full, "" unless it is one of the web."""
    if not given:
        return ""
    try:
        return http.check(page.absolute(given))[:2048]
    except (ValueError, http.Refused):
        return ""
