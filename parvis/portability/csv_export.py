"""One's relations as CSV files, in the formats of Mastodon, which reads them back as we do."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db.models import F

from parvis.kernel.errors import NotFound
from parvis.network.models import Block, Bookmark, DomainBlock, Follow, ListMember, Mute
from parvis.network.queries import accounts, posts
from parvis.network.queries.accounts import AccountData

Row = tuple[object, ...]
BATCH = 500


def address(account: AccountData) -> str:
    """Return name@domain, with the square's own domain for its own people."""
    return f"{account.username}@{account.domain or settings.DOMAIN}"


def _batched(rows: Iterable[tuple[object, ...]], place: int) -> Iterator[tuple[tuple[object, ...], AccountData]]:
    """Yield each row with the account whose id stands at `place`; accounts are loaded by batches."""
    batch: list[tuple[object, ...]] = []

    def flush() -> Iterator[tuple[tuple[object, ...], AccountData]]:
        known = accounts(int(row[place]) for row in batch)  # type: ignore[call-overload]
        yield from ((row, known[row[place]]) for row in batch if row[place] in known)  # type: ignore[index]
        batch.clear()

    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield from flush()
    yield from flush()


def following(account_id: int) -> Iterator[Row]:
    rows = Follow.objects.filter(follower_id=account_id).order_by("id").values_list("followee_id", "show_boosts", "notify", "languages")
    yield ("Account address", "Show boosts", "Notify on new posts", "Languages")
    for row, account in _batched(rows.iterator(), 0):
        yield (address(account), str(row[1]).lower(), str(row[2]).lower(), ", ".join(row[3] or ()))  # type: ignore[arg-type]


def blocks(account_id: int) -> Iterator[Row]:
    rows = Block.objects.filter(blocker_id=account_id).order_by("id").values_list("blocked_id")
    yield from ((address(account),) for _row, account in _batched(rows.iterator(), 0))


def mutes(account_id: int) -> Iterator[Row]:
    rows = Mute.objects.filter(muter_id=account_id).order_by("id").values_list("muted_id", "hide_notifications")
    yield ("Account address", "Hide notifications")
    yield from ((address(account), str(row[1]).lower()) for row, account in _batched(rows.iterator(), 0))


def domain_blocks(account_id: int) -> Iterator[Row]:
    yield from DomainBlock.objects.filter(account_id=account_id).order_by("id").values_list("domain").iterator()


def lists(account_id: int) -> Iterator[Row]:
    rows = ListMember.objects.filter(list__account_id=account_id).order_by("list_id", "id").annotate(title=F("list__title"))
    yield from ((row[0], address(account)) for row, account in _batched(rows.values_list("title", "account_id").iterator(), 1))


def bookmarks(account_id: int) -> Iterator[Row]:
    batch: list[int] = []
    for (post_id,) in Bookmark.objects.filter(account_id=account_id).order_by("id").values_list("post_id").iterator():
        batch.append(post_id)
        if len(batch) == BATCH:
            yield from ((found,) for found in post_addresses(batch))
            batch = []
    yield from ((found,) for found in post_addresses(batch))


def post_addresses(post_ids: list[int]) -> list[str]:
    """Return the ActivityPub ids of these posts, in this order."""
    found = posts(post_ids)
    people = accounts({post.author_id for post in found.values()})
    return [
        found[i].uri or f"{settings.BASE_URL}/users/{people[found[i].author_id].username}/statuses/{i}"
        for i in post_ids
        if i in found and found[i].author_id in people
    ]


FILES: dict[str, tuple[str, Callable[[int], Iterator[Row]]]] = {
    "following": ("following_accounts.csv", following),
    "blocks": ("blocked_accounts.csv", blocks),
    "mutes": ("muted_accounts.csv", mutes),
    "domain_blocks": ("blocked_domains.csv", domain_blocks),
    "lists": ("lists.csv", lists),
    "bookmarks": ("bookmarks.csv", bookmarks),
}


def counts(account_id: int) -> dict[str, int]:
    """Return how many lines each file would have, headings left out. Six short queries."""
    return {
        "following": Follow.objects.filter(follower_id=account_id).count(),
        "blocks": Block.objects.filter(blocker_id=account_id).count(),
        "mutes": Mute.objects.filter(muter_id=account_id).count(),
        "domain_blocks": DomainBlock.objects.filter(account_id=account_id).count(),
        "lists": ListMember.objects.filter(list__account_id=account_id).count(),
        "bookmarks": Bookmark.objects.filter(account_id=account_id).count(),
    }


def export(account_id: int, kind: str) -> tuple[str, bytes]:
    """Return the name and the content of one of an account's files. Raises NotFound for another kind."""
    if kind not in FILES:
        raise NotFound
    name, rows = FILES[kind]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows(account_id))
    return name, out.getvalue().encode()
