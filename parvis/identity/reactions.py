"""What identity does after facts. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.identity import mail
from parvis.identity.events import AccountApproved, AccountConfirmed
from parvis.identity.models import Role, User
from parvis.network.actions.notifying import tell


def tell_approved(events: Sequence[AccountApproved]) -> None:
    """People whom a moderator let in know it."""
    for user in User.objects.filter(id__in=[e.user_id for e in events]):
        mail.send("account/email/approved", user.email, {"user": user}, language=user.language)


def tell_moderators(events: Sequence[AccountConfirmed]) -> None:
    """Each moderator has a notice of a new person (Mastodon's admin.sign_up)."""
    staff = User.objects.filter(role__in=(Role.MODERATOR, Role.OWNER), account__isnull=False)
    moderators = list(staff.values_list("account_id", flat=True))
    alive = set(User.objects.filter(id__in=[e.user_id for e in events]).values_list("id", flat=True))
    with transaction.atomic():
        for event in events:
            for moderator_id in moderators:
                if event.user_id in alive and moderator_id != event.account_id:
                    tell("admin.sign_up", moderator_id, event.account_id, subject_id=event.account_id)
