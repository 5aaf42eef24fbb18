"""rel="me": a profile link is verified when the page it leads to links back to the profile.

The pages are fetched by a long task, never by a reaction: a slow server may take seconds, and reactions share one queue.
"""

from __future__ import annotations

import logging
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django_tasks import task

from parvis.kernel import changes, clock, http
from parvis.kernel.errors import ParvisError
from parvis.network.actions.profile import mark_verified
from parvis.network.policies import verifiable
from parvis.network.queries import accounts

log = logging.getLogger("parvis.verification")

MAX_PAGE_BYTES = 1_000_000
TIMEOUT_S = 8
MAX_LINKS = 2_000


class _Links(HTMLParser):
    """Collects the addresses of <a> and <link> elements whose rel contains "me"."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("a", "link") and len(self.found) < MAX_LINKS:
            values = dict(attrs)
            if "me" in (values.get("rel") or "").lower().split() and values.get("href"):
                self.found.append(str(values["href"]))


def links_back(page: str, page_url: str, own: set[str]) -> bool:
    """Return whether a page has a rel="me" link to one of these addresses (normalized by `normal`)."""
    parser = _Links()
    parser.feed(page)
    return any(normal(urljoin(page_url, href.strip())) in own for href in parser.found)


def normal(url: str) -> str:
    """Return an address for comparing: lower case, without fragment, query or final slash."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}".lower()


def own_addresses(username: str) -> set[str]:
    """Return the addresses of a local profile, normalized."""
    return {normal(f"{settings.BASE_URL}/@{username}"), normal(f"{settings.BASE_URL}/users/{username}")}


@task()
def verify_links(account_id: int) -> int:
    """Every unverified link of a local profile was asked for once; return how many link back and are verified now."""
    changes.sync()
    account = accounts((account_id,)).get(account_id)
    if account is None or account.hidden or not account.is_local:
        return 0
    own = own_addresses(account.username)
    confirmed = []
    for value in dict.fromkeys(str(f["value"]) for f in account.fields if verifiable(f)):
        try:
            page = http.fetch(value, max_bytes=MAX_PAGE_BYTES, timeout_s=TIMEOUT_S, accept="text/html", partial=True)
        except ParvisError as refusal:
            log.info("%s was not verified: %s", value[:200], refusal)
            continue
        if page.ok and links_back(_text(page), page.url, own):
            confirmed.append(value)
    return mark_verified(account_id, confirmed, str(clock.iso(clock.now()))) if confirmed else 0


def _text(page: http.Response) -> str:
    try:
        return page.body.decode(page.charset or "utf-8", "replace")
    except LookupError:
        return page.body.decode("utf-8", "replace")
