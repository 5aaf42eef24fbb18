"""The square announces; people dismiss and react."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.feeds.events import AnnouncementPublished, AnnouncementReacted, AnnouncementWithdrawn
from parvis.feeds.models import Announcement, AnnouncementDismissal, AnnouncementReaction
from parvis.kernel import changes, clock
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.network.actions.posts import read_text
from parvis.network.models import CustomEmoji

MAX_LENGTH = 5000
MAX_REACTIONS = 8
CHANGE_KEY = "n:1"


def publish_announcement(
    text: str,
    *,
    by: int | None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    all_day: bool = False,
) -> int:
    """An announcement is shown to everyone; return its id. Raises Invalid. The caller has checked that the actor may."""
    return _store(Announcement(created_by_id=by, published_at=clock.now()), text, starts_at, ends_at, all_day)


def edit_announcement(
    announcement_id: int, text: str, *, starts_at: datetime | None = None, ends_at: datetime | None = None, all_day: bool = False
) -> None:
    """The announcement says this instead. Raises NotFound, Invalid."""
    one = Announcement.objects.filter(id=announcement_id).first()
    if one is None:
        raise NotFound
    _store(one, text, starts_at, ends_at, all_day)


def withdraw_announcement(announcement_id: int) -> None:
    """The announcement is gone, with its reactions. Raises NotFound."""
    with transaction.atomic():
        if not Announcement.objects.filter(id=announcement_id).delete()[0]:
            raise NotFound
        changes.touch(CHANGE_KEY)
        emit(AnnouncementWithdrawn(announcement_id))


def _store(one: Announcement, text: str, starts_at: datetime | None, ends_at: datetime | None, all_day: bool) -> int:
    text = text.strip()
    if not text:
        raise Invalid(_("Validation failed: Text can't be blank"), code="announcement.blank")
    if len(text) > MAX_LENGTH:
        raise Invalid(_("Validation failed: Text character limit of %(n)d exceeded") % {"n": MAX_LENGTH}, code="announcement.too_long")
    if ends_at and (starts_at is None or ends_at < starts_at):
        raise Invalid(_("The end needs a start before it."), code="announcement.dates")
    one.text, one.html = text, read_text(text).html
    one.starts_at, one.ends_at, one.all_day, one.updated_at = starts_at, ends_at, all_day, clock.now()
    with transaction.atomic():
        one.save()
        changes.touch(CHANGE_KEY)
        emit(AnnouncementPublished(int(one.id)))
    return int(one.id)


def dismiss(account_id: int, announcement_id: int) -> None:
    """The person has read the announcement. Repeating it changes nothing."""
    with transaction.atomic():
        AnnouncementDismissal.objects.get_or_create(account_id=account_id, announcement_id=announcement_id)


def react(account_id: int, announcement_id: int, name: str) -> None:
    """The person's reaction stands under the announcement. Repeating it changes nothing. Raises Invalid."""
    if not is_emoji(name) and not CustomEmoji.objects.filter(shortcode=name, domain="", disabled=False).exists():
        raise Invalid(_("Validation failed: Name is not a recognized emoji"), code="reaction.unknown")
    with transaction.atomic():
        there = AnnouncementReaction.objects.filter(announcement_id=announcement_id)
        names = set(there.values_list("name", flat=True).distinct())
        if name not in names and len(names) >= MAX_REACTIONS:
            raise Invalid(_("Validation failed: Limit of different reactions reached"), code="reaction.too_many")
        made = AnnouncementReaction.objects.get_or_create(account_id=account_id, announcement_id=announcement_id, name=name)[1]
        if made:
            changes.touch(CHANGE_KEY)
            emit(AnnouncementReacted(announcement_id, name))


def take_back(account_id: int, announcement_id: int, name: str) -> None:
    """The person's reaction is gone. Repeating it changes nothing."""
    with transaction.atomic():
        there = AnnouncementReaction.objects.filter(account_id=account_id, announcement_id=announcement_id, name=name)
        if there.delete()[0]:
            changes.touch(CHANGE_KEY)
            emit(AnnouncementReacted(announcement_id, name))


_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_EMOJI_SYMBOLS = frozenset("©®‼⁉™ℹ↔↕↖↗↘↙↩↪▪▫▶◀◻◼◽◾⤴⤵⬅⬆⬇〰〽㊗㊙")


def is_emoji(name: str) -> bool:
    """Return whether a text is one Unicode emoji: a symbol with its modifiers, a joined sequence, a flag, a keycap."""
    if not name or len(name) > 16:
        return False
    if _KEYCAP.fullmatch(name) or _FLAG.fullmatch(name):
        return True
    parts = name.split("\u200d")
    return all(_is_element(part.replace("\ufe0f", "")) for part in parts)


def _is_element(part: str) -> bool:
    """Return whether a part of a sequence is one symbol, perhaps with a skin tone or the tags of a regional flag."""
    if not part:
        return False
    first, rest = part[0], part[1:]
    known = first in _EMOJI_SYMBOLS or (ord(first) >= 0x2300 and unicodedata.category(first) == "So")
    modifiers = all("\U0001f3fb" <= c <= "\U0001f3ff" or "\U000e0020" <= c <= "\U000e007f" for c in rest)
    return known and modifiers and not "\U0001f1e6" <= first <= "\U0001f1ff"
