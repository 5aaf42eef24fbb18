"""Unfinished posts, kept for their author alone."""

from __future__ import annotations

from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.kernel import clock
from parvis.kernel.errors import Invalid, NotFound
from parvis.network.models import Draft

MAX_DRAFTS = 300
MAX_BYTES = 64_000
MEMBERS = frozenset(
    (
        "text", "spoiler_text", "sensitive", "visibility", "local_only", "language", "in_reply_to_id", "quoted_status_id",
        "quote_approval_policy", "media_ids", "poll",
    )
)  # fmt: skip


def save(account_id: int, params: dict[str, Any], draft_id: int | None = None) -> int:
    """The draft is kept, a new one or in place of an older version; return its id. Raises NotFound, Invalid.

    params: members of a request to publish (MEMBERS), unfinished: nothing but their size is checked.
    """
    kept = {name: value for name, value in params.items() if name in MEMBERS}
    if len(orjson.dumps(kept)) > MAX_BYTES:
        raise Invalid(_("This draft is too long to be kept."), code="draft.too_long")
    with transaction.atomic():
        if draft_id is not None:
            if not Draft.objects.filter(id=draft_id, account_id=account_id).update(params=kept, updated_at=clock.now()):
                raise NotFound
            return draft_id
        if Draft.objects.filter(account_id=account_id).count() >= MAX_DRAFTS:
            raise Invalid(_("You have %(n)d drafts; delete some first.") % {"n": MAX_DRAFTS}, code="draft.too_many")
        return int(Draft.objects.create(account_id=account_id, params=kept).id)


def delete(account_id: int, draft_id: int) -> None:
    """The draft is gone. Raises NotFound."""
    if not Draft.objects.filter(id=draft_id, account_id=account_id).delete()[0]:
        raise NotFound
