"""What identity does after facts. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from parvis.identity import mail
from parvis.identity.events import AccountApproved
from parvis.identity.models import User


def tell_approved(events: Sequence[AccountApproved]) -> None:
    """People whom a moderator let in know it."""
    for user in User.objects.filter(id__in=[e.user_id for e in events]):
        mail.send("account/email/approved", user.email, {"user": user}, language=user.language)
