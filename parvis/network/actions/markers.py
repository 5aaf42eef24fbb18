"""A person remembers how far they have read a timeline, the same in every client."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.kernel import clock
from parvis.kernel.errors import Conflict
from parvis.network.models import Marker

TIMELINES = ("home", "notifications")


def mark_read(account_id: int, positions: Mapping[str, int]) -> None:
    """Each timeline's marker stands at the given id, one version further.

    Raises Conflict, changing nothing, when another client moved one of them at the same time.
    """
    try:
        with transaction.atomic():
            known = {m.timeline: m for m in Marker.objects.filter(account_id=account_id, timeline__in=positions)}
            for timeline, last_read_id in positions.items():
                marker = known.get(timeline)
                if marker is None:
                    Marker.objects.create(account_id=account_id, timeline=timeline, last_read_id=last_read_id)
                    continue
                same = Marker.objects.filter(pk=marker.pk, version=marker.version)
                if not same.update(last_read_id=last_read_id, version=marker.version + 1, updated_at=clock.now()):
                    raise _conflict()
    except IntegrityError:
        raise _conflict() from None


def _conflict() -> Conflict:
    return Conflict(_("Conflict during update, please try again"))
