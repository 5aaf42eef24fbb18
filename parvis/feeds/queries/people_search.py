"""People found by the words of their names: whom one asks for exactly first, then whom one follows."""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own
from __future__ import annotations

import re

from django.conf import settings

from parvis.feeds.words import fold, split
from parvis.kernel.sql import Query
from parvis.network.queries import Viewer, accounts, following, id_by_name

MOST = 400
_ACCT = re.compile(r"@?([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_]+)?)(?:@([\w.:-]*))?", re.I)

_BEGINS = {
    True: "SELECT account_id FROM feeds_personword WHERE word >= ? AND word < ?",
    False: "SELECT account_id FROM feeds_personword WHERE word ~>=~ ? AND word ~<~ ?",
}
_ALIVE = (
    "a.suspended_at IS NULL AND a.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM identity_user u WHERE u.account_id = a.id"
    " AND (u.approved_at IS NULL OR u.confirmed_at IS NULL))"
)
_FOLLOWED = "EXISTS (SELECT 1 FROM network_follow f WHERE f.follower_id = ? AND f.followee_id = a.id)"


def find_people(viewer: Viewer | None, text: str, *, limit: int = 20, offset: int = 0, only_followed: bool = False) -> list[int]:
    """Return ids of accounts whose name, display name or address begins with these words.

    Accounts limited by moderators are found by their exact address, and by their followers.
    """
    text = text.strip().lstrip("#")[:200]
    exact = _exact(text)
    found = _by_words(viewer, text, only_followed=only_followed)
    if exact is not None and exact not in found:
        found.insert(0, exact)
    people = accounts(found)
    me = viewer.account_id if viewer else 0
    follows = following(viewer, found) if viewer and found else {}
    kept = []
    for i in found:
        person = people.get(i)
        if person is None or person.hidden or (only_followed and not follows.get(i)):
            continue
        if person.limited and i != exact and i != me and not follows.get(i):
            continue
        kept.append(i)
    name = fold(text.lstrip("@"))

    def rank(i: int) -> tuple[bool, bool, bool, int, int]:
        person = people[i]
        begins = fold(person.acct).startswith(name)
        return (i != exact, not follows.get(i), not begins, -person.followers_count, i)

    return sorted(kept, key=rank)[offset : offset + limit]


def _exact(text: str) -> int | None:
    """Return the account whose address the text is, if nothing keeps it from being found."""
    match = _ACCT.fullmatch(text)
    if match is None:
        return None
    found = id_by_name(match.group(1), _domain(match.group(2) or ""))
    if found is None or Query(f"SELECT a.id FROM network_account a WHERE a.id = ? AND {_ALIVE}").row(found) is None:
        return None
    return found


def _domain(domain: str) -> str:
    here = settings.DOMAIN.lower()
    return "" if domain.lower() in (here, here.split(":")[0]) else domain.lower()


def _by_words(viewer: Viewer | None, text: str, *, only_followed: bool) -> list[int]:
    from parvis.feeds.search import is_lite

    match = _ACCT.fullmatch(text) if "@" in text.strip("@") else None
    if match is not None and match.group(2) and not _domain(match.group(2)):
        text = match.group(1)  # name@here
    said = split(text)[:8]
    if not said:
        return []
    begins = _BEGINS[is_lite()]
    where = " AND ".join([f"a.id IN ({begins})"] * len(said))
    bounds = [value for word in said for value in (word, word + "\U0010ffff")]
    me = viewer.account_id if viewer else 0
    followed = f" AND {_FOLLOWED}" if only_followed else ""
    query = Query(
        f"SELECT a.id FROM network_account a WHERE {where} AND {_ALIVE}{followed}"
        f" ORDER BY CASE WHEN {_FOLLOWED} THEN 0 ELSE 1 END, a.followers_count DESC, a.id LIMIT ?"
    )
    return [int(row[0]) for row in query.rows(*bounds, *([me] if only_followed else []), me, MOST)]
