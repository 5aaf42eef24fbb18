"""Write link previews: one card per address, shown under every post that links to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.network.models import Card, Post

FRESH_FOR = timedelta(days=14)
RETRY_AFTER = timedelta(hours=12)
DESCRIPTION_LENGTH = 160
_LENGTHS = {f.attname: f.max_length for f in Card._meta.concrete_fields}


@dataclass(frozen=True)
class CardFacts:
    """What a card says: a title and at most 160 characters, and where it comes from. image: a storage path."""

    title: str
    description: str = ""
    provider_name: str = ""
    author_name: str = ""
    author_url: str = ""
    language: str = ""
    image: str = ""
    image_description: str = ""
    width: int = 0
    height: int = 0
    blurhash: str = ""


def fresh(url: str, moment: datetime | None = None) -> int | None:
    """Return the id of the address's card unless it is to be fetched (again); a failed one too, for a while."""
    moment = moment or now()
    row = Card.objects.filter(url=url).values_list("id", "fetched_at", "failed").first()
    if row is None or row[1] is None or row[1] < moment - (RETRY_AFTER if row[2] else FRESH_FOR):
        return None
    return int(row[0])


def store(url: str, facts: CardFacts | None) -> tuple[int, str]:
    """The address has this card (None: it gave none); return its id, and the storage path of a picture it no longer shows.

    Lengths are cut to what a card may say.
    """
    columns: dict[str, object] = {"fetched_at": now(), "failed": facts is None}
    if facts is not None:
        columns |= {k: (v[: _LENGTHS[k]] if isinstance(v, str) else v) for k, v in asdict(facts).items()}
    with transaction.atomic():
        before = Card.objects.filter(url=url).values_list("image", flat=True).first() or ""
        card, _ = Card.objects.update_or_create(url=url, defaults=columns)
    return card.id, before if before and before != card.image else ""


def attach(post_id: int, card_id: int | None) -> None:
    """The post shows the card (None: no card). Doing it twice changes nothing."""
    with transaction.atomic():
        if Post.objects.filter(id=post_id).exclude(card_id=card_id).update(card_id=card_id):
            changes.touch(f"p:{post_id}")
