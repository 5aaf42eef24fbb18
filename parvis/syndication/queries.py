"""Which account stands for the feed at an address."""

from __future__ import annotations

from parvis.kernel import http
from parvis.kernel.errors import Invalid
from parvis.syndication import actions
from parvis.syndication.models import Feed


def known(url: str) -> int | None:
    """Return the account of a feed that is already here, None otherwise. Fetches nothing."""
    try:
        found: int | None = Feed.objects.filter(url=http.check(url)[:2048]).values_list("account_id", flat=True).first()
    except (http.Refused, ValueError):
        return None
    return found


def resolve(url: str) -> int | None:
    """Return the account of the feed at, or announced by, this address, made if it is new; None when there is none.

    Fetches unless the feed is known: call it for people with a token only, never inside a transaction.
    """
    if not url.lower().startswith(("http://", "https://")):
        return None
    try:
        return actions.discover(url)
    except Invalid:
        return None
