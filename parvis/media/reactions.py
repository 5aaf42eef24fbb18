"""What media do after facts of the network. Every reaction may run twice."""

from __future__ import annotations

from collections.abc import Sequence

from parvis.media import actions
from parvis.media.models import Asset
from parvis.network.events import AccountHidden
from parvis.network.queries import accounts


def withdraw_hidden(events: Sequence[AccountHidden]) -> None:
    """The known addresses of a hidden account's files answer no more; they get others if it comes back."""
    hidden = [i for i, one in accounts({e.account_id for e in events}).items() if one.hidden]
    for account_id in hidden:
        actions.withdraw(list(Asset.objects.filter(owner_id=account_id, private=False).values_list("id", flat=True)))
