"""Block, mute, hide a server; private notes; endorsements. Every one may be repeated without effect."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.outbox import emit
from parvis.network.actions import follows
from parvis.network.events import AccountBlocked, AccountMuted
from parvis.network.models import (
    Account,
    Block,
    DismissedSuggestion,
    DomainBlock,
    Endorsement,
    Follow,
    FollowRequest,
    Mute,
    Notification,
    NotificationPermission,
    NotificationRequest,
    PrivateNote,
)

MAX_NOTE = 2_000
MAX_MUTE_S = 100 * 365 * 24 * 3600
_HOST = re.compile(r"(?=.{1,253}(?::\d{1,5})?$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})(?::\d{1,5})?")


def block(blocker_id: int, blocked_id: int) -> None:
    """Neither sees the other's acts: follows, requests, places in lists, endorsements, notifications between them are gone.

    Blocking oneself changes nothing. Raises NotFound.
    """
    if blocker_id == blocked_id:
        return
    with transaction.atomic():
        follows.hold(blocker_id, blocked_id)
        if not Account.objects.filter(id=blocked_id, deleted_at=None).exists():
            raise NotFound
        for one, other in ((blocker_id, blocked_id), (blocked_id, blocker_id)):
            follows.withdraw_request(one, other)
            follows.disconnect(one, other)
            forget_notifications(one, other)
        if Block.objects.get_or_create(blocker_id=blocker_id, blocked_id=blocked_id)[1]:
            emit(AccountBlocked(blocker_id, blocked_id))
        changes.touch(f"v:{blocker_id}", f"v:{blocked_id}")


def unblock(blocker_id: int, blocked_id: int) -> None:
    """The blocker no longer blocks; what the block took does not come back."""
    with transaction.atomic():
        follows.hold(blocker_id, blocked_id)
        if Block.objects.filter(blocker_id=blocker_id, blocked_id=blocked_id).delete()[0]:
            changes.touch(f"v:{blocker_id}", f"v:{blocked_id}")


def forget_notifications(account_id: int, from_id: int) -> None:
    """Nothing that one account did is left among the other's notifications."""
    Notification.objects.filter(account_id=account_id, from_account_id=from_id).delete()
    NotificationRequest.objects.filter(account_id=account_id, from_account_id=from_id).delete()
    NotificationPermission.objects.filter(account_id=account_id, from_account_id=from_id).delete()


def mute(muter_id: int, muted_id: int, *, hide_notifications: bool = True, duration_s: int = 0) -> None:
    """The muter no longer sees the other's posts, for `duration_s` seconds (0: until they unmute).

    Muting again replaces both choices. Muting oneself changes nothing. Raises NotFound.
    """
    if muter_id == muted_id:
        return
    ends = now() + timedelta(seconds=min(duration_s, MAX_MUTE_S)) if duration_s > 0 else None
    with transaction.atomic():
        follows.hold(muter_id, muted_id)
        if not Account.objects.filter(id=muted_id, deleted_at=None).exists():
            raise NotFound
        wish = {"hide_notifications": hide_notifications, "expires_at": ends}
        if Mute.objects.update_or_create(muter_id=muter_id, muted_id=muted_id, defaults=wish)[1]:
            emit(AccountMuted(muter_id, muted_id))
        changes.touch(f"v:{muter_id}")


def unmute(muter_id: int, muted_id: int) -> None:
    """The muter sees the other's posts again."""
    with transaction.atomic():
        if Mute.objects.filter(muter_id=muter_id, muted_id=muted_id).delete()[0]:
            changes.touch(f"v:{muter_id}")


def expire_mutes(limit: int = 500) -> int:
    """Mutes whose time has come are gone; return how many. For the worker; readers ignore them at once anyway."""
    with transaction.atomic():
        ended = list(Mute.objects.filter(expires_at__lte=now()).order_by("expires_at").values_list("id", "muter_id")[:limit])
        if ended:
            Mute.objects.filter(id__in=[i for i, _muter in ended], expires_at__lte=now()).delete()
            changes.touch(*{f"v:{muter}" for _id, muter in ended})
    return len(ended)


def normal_domain(text: str) -> str:
    """Return a server's name as it is stored. Raises Invalid."""
    domain = text.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/.").lstrip("@")
    if not domain:
        raise Invalid(_("Validation failed: Domain can't be blank"), code="domain.blank")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not _HOST.fullmatch(domain):
        raise Invalid(_("Validation failed: Domain is not a valid domain name"), code="domain.invalid")
    return domain


def block_domain(account_id: int, text: str) -> None:
    """The account sees nothing from this server; follows and requests in both directions are gone. Raises Invalid."""
    domain = normal_domain(text)
    with transaction.atomic():
        DomainBlock.objects.get_or_create(account_id=account_id, domain=domain)
        edges: set[tuple[int, int]] = set()
        for table in (Follow, FollowRequest):
            theirs = Q(follower__domain__iexact=domain, followee_id=account_id)
            mine = Q(followee__domain__iexact=domain, follower_id=account_id)
            edges |= set(table.objects.filter(theirs | mine).values_list("follower_id", "followee_id"))
        follows.hold(*{i for edge in edges for i in edge})
        for follower_id, followee_id in edges:
            follows.withdraw_request(follower_id, followee_id)
            follows.disconnect(follower_id, followee_id)
        for held in (Notification, NotificationRequest, NotificationPermission):
            held.objects.filter(account_id=account_id, from_account__domain__iexact=domain).delete()
        changes.touch(f"v:{account_id}")


def unblock_domain(account_id: int, text: str) -> None:
    """The account sees this server again. Raises Invalid."""
    domain = normal_domain(text)
    with transaction.atomic():
        if DomainBlock.objects.filter(account_id=account_id, domain=domain).delete()[0]:
            changes.touch(f"v:{account_id}")


def note(author_id: int, subject_id: int, text: str) -> None:
    """The author's private note about the subject says this; an empty one is removed. Raises Invalid."""
    if len(text) > MAX_NOTE:
        raise Invalid(_("Validation failed: Comment is too long (maximum is %(n)d characters)") % {"n": MAX_NOTE}, code="note.too_long")
    with transaction.atomic():
        if text.strip():
            PrivateNote.objects.update_or_create(author_id=author_id, subject_id=subject_id, defaults={"text": text})
        else:
            PrivateNote.objects.filter(author_id=author_id, subject_id=subject_id).delete()
        changes.touch(f"v:{author_id}")


def endorse(account_id: int, endorsed_id: int) -> None:
    """The account features another on its profile. Raises Invalid when it does not follow it."""
    with transaction.atomic():
        follows.hold(account_id, endorsed_id)
        if not Follow.objects.filter(follower_id=account_id, followee_id=endorsed_id).exists():
            text = _("Validation failed: You must be already following the person you want to endorse")
            raise Invalid(text, code="endorse.not_following")
        Endorsement.objects.get_or_create(account_id=account_id, endorsed_id=endorsed_id)
        changes.touch(f"v:{account_id}")


def unendorse(account_id: int, endorsed_id: int) -> None:
    """The account no longer features the other."""
    with transaction.atomic():
        if Endorsement.objects.filter(account_id=account_id, endorsed_id=endorsed_id).delete()[0]:
            changes.touch(f"v:{account_id}")


def dismiss_suggestion(account_id: int, suggested_id: int) -> None:
    """The suggested account is not suggested again."""
    with transaction.atomic():
        if Account.objects.filter(id=suggested_id).exists():
            DismissedSuggestion.objects.get_or_create(account_id=account_id, suggested_id=suggested_id)
