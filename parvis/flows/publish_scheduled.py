"""A post waits, then is published once, at its moment, also when the process is killed while it does so."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.flows.publish_post import PublishRequest, check, known_by_key, publish, references
from parvis.kernel import changes, clock
from parvis.kernel.errors import Conflict, Invalid, ParvisError
from parvis.media.queries import own_assets
from parvis.network.actions import scheduling
from parvis.network.actions.posts import PollRequest, keep_key
from parvis.network.models import QuotePolicy, ScheduledPost, Visibility
from parvis.network.queries import account
from parvis.network.queries.waiting import scheduled_media

log = logging.getLogger("parvis.scheduled")

_VISIBILITIES = {v.label: v.value for v in Visibility}
_POLICIES = {p.label: p.value for p in QuotePolicy}
BATCH = 100


def schedule(author_id: int, request: PublishRequest, moment: datetime, *, app_id: int = 0) -> int:
    """The post waits for its moment; return the scheduled post's id. The same idempotency key returns the same one.

    Raises what publishing would raise now, and Invalid for a moment too near or too many waiting posts.
    """
    known = known_by_key(author_id, request.idempotency_key)
    if known:
        return known
    check(request)
    references(author_id, request)
    _check_media(author_id, request)
    try:
        with transaction.atomic():
            scheduled_id = scheduling.schedule(author_id, moment, params_of(request, app_id))
            keep_key(author_id, request.idempotency_key, scheduled_id)
            return scheduled_id
    except IntegrityError:
        known = known_by_key(author_id, request.idempotency_key)
        if known:
            return known
        raise Conflict from None


def _check_media(author_id: int, request: PublishRequest) -> None:
    """Raise Invalid for others' media, those in a post, those of another scheduled post, and those that failed."""
    if not request.media_ids:
        return
    mine = own_assets(author_id, request.media_ids)
    taken = scheduled_media(author_id)
    for asset_id in request.media_ids:
        asset = mine.get(asset_id)
        if asset is None or asset.post_id is not None or asset_id in taken:
            raise Invalid(_("Validation failed: Media could not be found or is already used"), code="media.not_found")
        if asset.state == "failed":
            raise Invalid(_("Cannot attach a file that could not be read."), code="media.failed")


def params_of(request: PublishRequest, app_id: int = 0) -> dict[str, Any]:
    """Return a request as it is stored until its moment."""
    poll = request.poll
    return {
        "text": request.text,
        "spoiler_text": request.spoiler_text,
        "sensitive": request.sensitive,
        "visibility": None if request.visibility is None else Visibility(request.visibility).label,
        "local_only": request.local_only,
        "language": request.language,
        "in_reply_to_id": request.in_reply_to_id,
        "quoted_status_id": request.quote_of_id,
        "quote_approval_policy": None if request.quote_policy is None else QuotePolicy(request.quote_policy).label,
        "media_ids": list(request.media_ids),
        "poll": None
        if poll is None
        else {"options": list(poll.options), "expires_in": poll.expires_in_s, "multiple": poll.multiple, "hide_totals": poll.hide_totals},
        "app": list(request.app),
        "application_id": app_id,
        "idempotency": request.idempotency_key or None,
    }


def request_of(params: dict[str, Any], key: str) -> PublishRequest:
    """Return the request that was stored, under this idempotency key."""
    poll = params.get("poll")
    visibility, policy = params.get("visibility"), params.get("quote_approval_policy")
    return PublishRequest(
        text=params["text"],
        spoiler_text=params.get("spoiler_text") or "",
        sensitive=params.get("sensitive"),
        visibility=_VISIBILITIES[visibility] if visibility else None,
        local_only=bool(params.get("local_only")),
        language=params.get("language") or "",
        in_reply_to_id=params.get("in_reply_to_id"),
        quote_of_id=params.get("quoted_status_id"),
        quote_policy=_POLICIES[policy] if policy else None,
        media_ids=tuple(params.get("media_ids") or ()),
        poll=PollRequest(tuple(poll["options"]), poll["expires_in"], poll["multiple"], poll["hide_totals"]) if poll else None,
        app=tuple(params.get("app") or ("", "")),
        idempotency_key=key,
    )


def publish_due() -> int:
    """Every post whose moment has come is published; return how many were. Periodic, on any number of workers.

    The post and the end of its waiting are one transaction. What can no longer be published keeps the reason.
    """
    moment, count, tried = clock.now(), 0, set[int]()
    if not scheduling.is_any_due(moment):
        return 0
    changes.sync()
    while len(tried) < BATCH:
        scheduled_id = 0
        try:
            with transaction.atomic():
                row = scheduling.take_due(moment, tried)
                if row is None:
                    break
                scheduled_id = row.id
                tried.add(scheduled_id)
                _publish(row)
                count += 1
        except ParvisError as refusal:
            scheduling.set_aside(scheduled_id, str(refusal.text))
        except Exception:
            log.exception("the scheduled post %s could not be published; it is tried again", scheduled_id)
            if not scheduled_id:
                break
    return count


def _publish(row: ScheduledPost) -> None:
    author = account(row.account_id)
    if author.hidden or author.disabled:
        raise Invalid(_("The account could not post at that moment."), code="schedule.account")
    publish(row.account_id, request_of(row.params, f"scheduled:{row.id}"), scheduled_id=row.id)
    row.delete()
