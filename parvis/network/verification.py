"""rel="me": a profile link is verified when the page it leads to links back to the profile.

The pages are fetched by a long task, never by a reaction: a slow server may take seconds, and reactions share one queue.
"""

from __future__ import annotations

import html
import logging
import re
from itertools import islice
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


# Bounded on purpose: the standard library's HTML parser takes quadratic time on hostile pages.
_TAG = re.compile(r"<(?:a|link)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(rel|href)\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


def _without_comments(page: str) -> str:
    """Return a page without its comments; one that never ends takes the rest, as in browsers."""
    parts, at = [], 0
    while (start := page.find("<!--", at)) >= 0:
        parts.append(page[at:start])
        end = page.find("-->", start + 4)
        if end < 0:
            return "".join(parts)
        at = end + 3
    parts.append(page[at:])
    return "".join(parts)


def links_back(page: str, page_url: str, own: set[str]) -> bool:
    """Return whether a page has an <a> or <link> with rel="me" to one of these addresses (normalized by `normal`)."""
    for tag in islice(_TAG.finditer(_without_comments(page)), MAX_LINKS):
        values = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(tag[1])}
        if "me" in values.get("rel", "").lower().split() and normal(values.get("href", ""), page_url) in own:
            return True
    return False


def normal(url: str, base: str = "") -> str:
    """Return an address for comparing: lower case, without fragment, query or final slash; "" for none."""
    try:
        parts = urlsplit(urljoin(base, url.strip()))
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
