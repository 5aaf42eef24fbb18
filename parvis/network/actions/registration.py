"""A new profile of this square."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.kernel import changes
from parvis.kernel.errors import Invalid
from parvis.network.models import Account, Kind

_NAME = re.compile(r"[A-Za-z0-9_]{1,30}")


def open_account(username: str, *, kind: str = Kind.PERSON, display_name: str = "") -> Account:
    """A local account exists under this name. Raises Invalid (ERR_TAKEN whatever the case of the letters)."""
    if not _NAME.fullmatch(username):
        text = _("A name has 1 to 30 letters (a to z), digits and underscores.")
        raise Invalid(text, code="account.name", fields={"username": [{"error": "ERR_INVALID", "description": text}]})
    try:
        with transaction.atomic():
            account = Account.objects.create(username=username, kind=kind, display_name=display_name)
            changes.touch(f"a:{account.id}")
    except IntegrityError:
        raise name_taken(username) from None
    return account


def name_taken(username: str) -> Invalid:
    """Return the refusal of a name that somebody has."""
    text = _("The name %(name)s is taken.") % {"name": username}
    return Invalid(text, code="account.taken", fields={"username": [{"error": "ERR_TAKEN", "description": text}]})
