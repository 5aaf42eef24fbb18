"""A moderator decides what a hashtag may do."""

from __future__ import annotations

from django.db import transaction

from parvis.kernel import changes, clock
from parvis.kernel.errors import NotFound
from parvis.kernel.models import AuditEntry
from parvis.network.models import Hashtag


def review_tag(tag_id: int, *, by: int, trendable: bool | None = None, listable: bool | None = None, usable: bool | None = None) -> None:
    """The hashtag may, or may not, trend, be listed in search, be used; what is None stays. Raises NotFound."""
    wanted = {"trendable": trendable, "listable": listable, "usable": usable}
    given = {name: value for name, value in wanted.items() if value is not None}
    with transaction.atomic():
        if not Hashtag.objects.filter(id=tag_id).update(reviewed_at=clock.now(), **given):
            raise NotFound
        AuditEntry.objects.create(actor=f"account:{by}", action="tag.review", subject=f"tag:{tag_id}", detail=given)
        changes.touch("trend:1")
