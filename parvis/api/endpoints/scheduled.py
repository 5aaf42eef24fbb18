"""Posts that wait for their moment."""

from __future__ import annotations

from datetime import datetime, timezone

from parvis.api.call import EMPTY, Answer, Call, json_answer
from parvis.feeds.queries.pages import gather
from parvis.kernel.errors import Invalid
from parvis.mastodon import scheduled_status
from parvis.network.actions import scheduling
from parvis.network.queries.waiting import scheduled_page, scheduled_post


def moment(call: Call) -> datetime | None:
    """Return what `scheduled_at` says, None when it was not sent. Raises Invalid for what is not a moment."""
    written = call.text("scheduled_at").strip()
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise Invalid("scheduled_at must be a moment, as 2031-01-31T12:00:00.000Z", code="schedule.moment") from None


def answer(account_id: int, scheduled_id: int) -> Answer:
    """Return one ScheduledStatus."""
    return json_answer(scheduled_status.page([scheduled_post(account_id, scheduled_id)])[0])


def index(call: Call) -> Answer:
    """GET /api/v1/scheduled_statuses : the caller's posts that are still to come"""
    viewer = call.require("read:statuses")
    rows = gather(call.cursor(), lambda a, b, n, up: scheduled_page(viewer.account_id, a, b, n, up), list)
    return json_answer(scheduled_status.page([row[1] for row in rows]), headers=call.link(rows[0][0], rows[-1][0]) if rows else [])


def show(call: Call, scheduled_id: int) -> Answer:
    """GET /api/v1/scheduled_statuses/:id : one of them"""
    return answer(call.require("read:statuses").account_id, scheduled_id)


def update(call: Call, scheduled_id: int) -> Answer:
    """PUT /api/v1/scheduled_statuses/:id : another moment"""
    viewer = call.require("write:statuses")
    wanted = moment(call)
    if wanted is not None:
        scheduling.reschedule(viewer.account_id, scheduled_id, wanted)
    return answer(viewer.account_id, scheduled_id)


def cancel(call: Call, scheduled_id: int) -> Answer:
    """DELETE /api/v1/scheduled_statuses/:id : it will not be published"""
    scheduling.cancel(call.require("write:statuses").account_id, scheduled_id)
    return Answer(200, EMPTY)


ROUTES = [
    ("GET", "/api/v1/scheduled_statuses", index),
    ("GET", "/api/v1/scheduled_statuses/:id", show),
    ("PUT", "/api/v1/scheduled_statuses/:id", update),
    ("DELETE", "/api/v1/scheduled_statuses/:id", cancel),
]
