"""What a web address stands for: an account or a post that is known here."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from parvis.identity import standing
from parvis.network.models import Account, Post
from parvis.network.queries import Viewer, accounts, id_by_name, seen_posts


def find_address(viewer: Viewer | None, address: str) -> tuple[str, int] | None:
    """Return ("account", id) or ("post", id) that the viewer may see, or None. Nothing is fetched."""
    try:
        parts = urlsplit(address.strip())
        host = parts.netloc.lower()
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    here = settings.DOMAIN.lower()
    local = host in (here, here.split(":")[0])
    found = _here([s for s in parts.path.split("/") if s]) if local else _elsewhere(address.strip())
    if found is None:
        return None
    kind, number = found
    if kind == "post":
        return found if seen_posts(viewer, (number,)) else None
    person = accounts((number,)).get(number)
    shown = person is not None and not person.hidden and not standing.waiting((number,))
    return found if shown else None


def _here(steps: list[str]) -> tuple[str, int] | None:
    """Read /@name, /@name/ID, /users/name and /users/name/statuses/ID."""
    if steps and steps[0].startswith("@"):
        name, rest = steps[0][1:], steps[1:]
    elif len(steps) > 1 and steps[0] == "users":
        name, rest = steps[1], steps[3:] if len(steps) > 3 and steps[2] == "statuses" else steps[2:]
    else:
        return None
    username, _, domain = name.partition("@")
    if "\x00" in name:
        return None
    if not rest:
        known = id_by_name(username, domain)
        return ("account", known) if known else None
    if len(rest) == 1 and rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 20:
        return ("post", int(rest[0]))
    return None


def _elsewhere(address: str) -> tuple[str, int] | None:
    if "\x00" in address or len(address) > 2048:
        return None
    post = Post.objects.filter(uri=address).values_list("id", flat=True).first()
    if post is not None:
        return ("post", post)
    person = Account.objects.exclude(domain="").filter(Q(uri=address) | Q(url=address)).values_list("id", flat=True).first()
    return ("account", person) if person is not None else None
