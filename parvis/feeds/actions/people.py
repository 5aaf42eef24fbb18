"""People can be found by the words of their names."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from parvis.feeds.models import PersonWord
from parvis.feeds.words import MAX_WORD, fold, split
from parvis.network.models import Account

BATCH = 500


def words_of(username: str, domain: str, display_name: str) -> set[str]:
    """Return the words under which an account is found."""
    found = {*split(username), *split(display_name), fold(username)[:MAX_WORD]}
    if domain:
        found |= {*split(domain), fold(domain)[:MAX_WORD]}
    return found


def index_people(account_ids: Iterable[int]) -> int:
    """These accounts are found by their present names (deleted ones by none). Idempotent. Return how many there are."""
    rows = Account.objects.filter(id__in=list(account_ids))
    wanted = {a.id: set() if a.deleted_at else words_of(a.username, a.domain, a.display_name) for a in rows}
    with transaction.atomic():
        known: dict[int, set[str]] = {i: set() for i in wanted}
        for account_id, word in PersonWord.objects.filter(account_id__in=list(wanted)).values_list("account_id", "word"):
            known[account_id].add(word)
        for account_id, words in wanted.items():
            if gone := known[account_id] - words:
                PersonWord.objects.filter(account_id=account_id, word__in=gone).delete()
        new = [PersonWord(account_id=i, word=w) for i, words in wanted.items() for w in sorted(words - known[i])]
        PersonWord.objects.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    return len(wanted)


def index_new_people() -> int:
    """Accounts that no event announced (followed feeds, imports) are found too; return how many were added.

    Looks at accounts newer than the newest indexed one, a day back to be safe.
    """
    newest = PersonWord.objects.order_by("-account_id").values_list("account_id", flat=True).first() or 0
    since = max(0, newest - (24 * 3600 * 1000 << 16))
    ids = list(Account.objects.filter(id__gt=since, suspended_at=None, deleted_at=None).order_by("id").values_list("id", flat=True))
    known = set(PersonWord.objects.filter(account_id__gt=since).values_list("account_id", flat=True).distinct())
    missing = [i for i in ids if i not in known]
    for start in range(0, len(missing), BATCH):
        index_people(missing[start : start + BATCH])
    return len(missing)


def rebuild_people() -> int:
    """Every account is found by its present names; return how many there are."""
    total, last = 0, 0
    while True:
        ids = list(Account.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:BATCH])
        if not ids:
            return total
        total += index_people(ids)
        last = ids[-1]
