"""People leave: hidden and logged out at once, forgotten after the grace period."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.feeds.actions.entries import take_feed
from parvis.flows import delete_post
from parvis.identity import actions
from parvis.identity.actions.closing import GRACE_DAYS
from parvis.identity.models import Role, User
from parvis.kernel import changes, storage
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden
from parvis.media import arranging
from parvis.media.models import Asset
from parvis.network.actions.closing import forget_account, withdraw
from parvis.network.models import Account, Post
from parvis.network.queries import posts
from parvis.portability import actions as portability

log = logging.getLogger("parvis.accounts")

UNCONFIRMED_DAYS = 7
BATCH = 100
PER_RUN = 20


def close(user: User, password: str) -> None:
    """The person's account is hidden, logged out everywhere, and purged after GRACE_DAYS unless they log in before.

    Raises Forbidden for a wrong password, and for the last owner.
    """
    if not user.check_password(password):
        raise Forbidden(_("This is not your password."), code="account.password")
    if user.role == Role.OWNER and not User.objects.filter(role=Role.OWNER, account__deleted_at=None).exclude(id=user.id).exists():
        raise Forbidden(_("A square has at least one owner. Make somebody else an owner first."), code="role.last_owner")
    actions.request_deletion(user.id)
    changes.sync()


def come_back(user: User) -> bool:
    """The account is as it was before its deletion was asked for. Return whether there was anything to undo."""
    undone = actions.undo_deletion(user.id)
    changes.sync()
    return undone


def purge_due() -> int:
    """Accounts whose grace period is over, and those never confirmed in a week, are forgotten. Return how many. For the worker."""
    moment = now()
    due = list(
        Account.objects.filter(deletion_requested_at__lte=moment - timedelta(days=GRACE_DAYS), user__isnull=False)
        .order_by("deletion_requested_at")
        .values_list("id", flat=True)[:PER_RUN]
    )
    never = list(
        User.objects.filter(confirmed_at=None, created_at__lte=moment - timedelta(days=UNCONFIRMED_DAYS), account__isnull=False)
        .order_by("id")
        .values_list("account_id", flat=True)[:PER_RUN]
    )
    for account_id in due:
        purge(account_id)
    for account_id in never:
        purge(account_id, keep_name=False)
    if due or never:
        log.info("forgot %s accounts that were closed and %s that were never confirmed", len(due), len(never))
    return len(due) + len(never)


def purge(account_id: int, *, keep_name: bool = True) -> None:
    """Nothing of the account is left but its name, which nobody else gets; keep_name=False frees that too.

    Small transactions, each harmless to repeat: a run that is killed is finished by the next.
    """
    while ids := list(Post.objects.filter(author_id=account_id).order_by("id").values_list("id", flat=True)[:BATCH]):
        for post in posts(ids).values():
            delete_post.delete(post, delete_media=True)
    while assets := list(Asset.objects.filter(owner_id=account_id).values_list("id", flat=True)[:BATCH]):
        with transaction.atomic():
            arranging.discard(account_id, assets)
    portability.delete_all(account_id)
    withdraw(account_id)
    pictures = Account.objects.filter(id=account_id).values_list("avatar", "header").first() or ()
    user = User.objects.filter(account_id=account_id).first()
    with transaction.atomic():
        if user is not None:
            actions.forget_user(user.id)
        forget_account(account_id, keep_name=keep_name)
        take_feed(account_id)
        transaction.on_commit(lambda: storage.delete(*(path for path in pictures if "://" not in path)))
