"""Notifications: single (v1) and grouped (v2), the policy, and the requests of senders whom it holds back."""

from __future__ import annotations

from collections.abc import Callable

from parvis.api.call import EMPTY, Answer, Call, json_answer
from parvis.feeds.queries import notifications as reading
from parvis.feeds.queries.pages import gather
from parvis.kernel.errors import Invalid
from parvis.mastodon import notification, notification_group, notification_policy, notification_request
from parvis.mastodon.account import account_bytes
from parvis.network.actions import notifications as actions
from parvis.network.notification_rules import GROUPED, POLICY_FIELDS
from parvis.network.queries import notifications as queries

READ, WRITE = "read:notifications", "write:notifications"


def _wanted(call: Call) -> queries.Wanted:
    params = call.params
    if not params:
        return queries.Wanted()
    return queries.Wanted(
        kinds=queries.wanted_kinds(call.texts("types"), call.texts("exclude_types")),
        from_account_id=call.id("account_id"),
        include_filtered=call.flag("include_filtered"),
    )


# ------------------------------------------------------------------ version 1


def index(call: Call) -> Answer:
    """GET /api/v1/notifications : the caller's notifications, newest first"""
    viewer = call.require(READ)
    wanted = _wanted(call)
    if wanted.from_account_id is not None and not wanted.include_filtered and "include_filtered" not in call.params:
        wanted = queries.Wanted(wanted.kinds, wanted.from_account_id, include_filtered=True)
    page = reading.page(viewer, call.cursor(default=40, most=80), wanted)
    body = notification.page(viewer, page)
    return Answer(200, body, call.link(page.rows[0][0], page.rows[-1][0]) if page.rows else [])


def show(call: Call, notification_id: int) -> Answer:
    """GET /api/v1/notifications/:id : one notification"""
    viewer = call.require(READ)
    return Answer(200, notification.one(viewer, reading.single(viewer, [queries.one(viewer, notification_id)])))


def unread_count(call: Call) -> Answer:
    """GET /api/v1/notifications/unread_count : since the marker, at most `limit`"""
    viewer = call.require(READ)
    limit = call.number("limit", 100, low=1, high=1000) or 100
    kinds = queries.wanted_kinds(call.texts("types"), call.texts("exclude_types"))
    return json_answer({"count": queries.unread(viewer.account_id, limit, kinds=kinds)})


def clear(call: Call) -> Answer:
    """POST /api/v1/notifications/clear (and /api/v2/notifications/clear) : every notification is gone"""
    actions.clear(call.require(WRITE).account_id)
    return Answer(200, EMPTY)


def dismiss(call: Call, notification_id: int) -> Answer:
    """POST /api/v1/notifications/:id/dismiss : one notification is gone"""
    actions.dismiss(call.require(WRITE).account_id, notification_id)
    return Answer(200, EMPTY)


def dismiss_named(call: Call) -> Answer:
    """POST /api/v1/notifications/dismiss : the oldest form, with the id as a parameter"""
    viewer = call.require(WRITE)
    actions.dismiss(viewer.account_id, call.id("id") or 0)
    return Answer(200, EMPTY)


# ------------------------------------------------------------------ version 2


def _grouped_types(call: Call) -> tuple[str, ...]:
    asked = call.texts("grouped_types")
    return tuple(k for k in GROUPED if k in asked) if asked else GROUPED


def _partial(call: Call) -> bool:
    wish = call.text("expand_accounts") or "full"
    if wish not in ("full", "partial_avatars"):
        text = f"Invalid value for 'expand_accounts': '{wish[:100]}', allowed values are 'full' and 'partial_avatars'"
        raise Invalid(text, status=400, code="params.expand_accounts")
    return wish == "partial_avatars"


def grouped(call: Call) -> Answer:
    """GET /api/v2/notifications : the caller's notifications in groups, newest first"""
    viewer = call.require(READ)
    partial = _partial(call)
    page = reading.group_page(viewer, call.cursor(default=40, most=80), _wanted(call), _grouped_types(call))
    body = notification_group.results(viewer, page, partial=partial)
    return Answer(200, body, call.link(page.groups[0].row[0], page.groups[-1].row[0]) if page.groups else [])


def show_group(call: Call, key: str) -> Answer:
    """GET /api/v2/notifications/:group_key : one group"""
    viewer = call.require(READ)
    return Answer(200, notification_group.results(viewer, reading.whole_group(viewer, key), partial=_partial(call), paged=False))


def group_accounts(call: Call, key: str) -> Answer:
    """GET /api/v2/notifications/:group_key/accounts : the accounts of a group, newest first"""
    viewer = call.require(READ)
    cursor = call.cursor(default=40, most=80)
    rows = queries.in_group(viewer, key, cursor.limit, cursor.max_id)
    people = account_bytes(row[2] for row in rows)
    body = b"[" + b",".join(people[i] for i in dict.fromkeys(row[2] for row in rows) if i in people) + b"]"
    return Answer(200, body, call.link(rows[0][0], rows[-1][0]))


def dismiss_group(call: Call, key: str) -> Answer:
    """POST /api/v2/notifications/:group_key/dismiss : the group is gone"""
    actions.dismiss_group(call.require(WRITE).account_id, key)
    return Answer(200, EMPTY)


def unread_groups(call: Call) -> Answer:
    """GET /api/v2/notifications/unread_count : how many groups are unread"""
    viewer = call.require(READ)
    limit = call.number("limit", 100, low=1, high=1000) or 100
    kinds = queries.wanted_kinds(call.texts("types"), call.texts("exclude_types"))
    return json_answer({"count": queries.unread(viewer.account_id, limit, kinds=kinds, grouped=_grouped_types(call))})


# ------------------------------------------------------------------ policy


def policy(call: Call) -> Answer:
    """GET /api/v2/notifications/policy : what is let through, held back or dropped"""
    return json_answer(notification_policy.document(queries.policy_of(call.require(READ).account_id)))


def change_policy(call: Call) -> Answer:
    """PATCH /api/v2/notifications/policy : what is let through, held back or dropped is changed"""
    viewer = call.require(WRITE)
    wish = {name: call.text(name) for name in POLICY_FIELDS if call.params.get(name) not in (None, "")}
    return json_answer(notification_policy.document(actions.change_policy(viewer.account_id, wish)))


def policy_v1(call: Call) -> Answer:
    """GET /api/v1/notifications/policy : what is held back, in the older shape"""
    return json_answer(notification_policy.document_v1(queries.policy_of(call.require(READ).account_id)))


def change_policy_v1(call: Call) -> Answer:
    """PUT /api/v1/notifications/policy : true holds back, false lets through"""
    viewer = call.require(WRITE)
    asked = {new: call.optional_flag(old) for old, new in notification_policy.V1.items()}
    wish = {name: "filter" if held else "accept" for name, held in asked.items() if held is not None}
    return json_answer(notification_policy.document_v1(actions.change_policy(viewer.account_id, wish)))


# ------------------------------------------------------------------ requests


def requests(call: Call) -> Answer:
    """GET /api/v1/notifications/requests : who has notifications held back"""
    viewer = call.require(READ)
    me = viewer.account_id
    rows = gather(call.cursor(default=40, most=80), lambda a, b, n, up: queries.requests(me, a, b, n, up), list)
    body = b"[" + b",".join(notification_request.documents(viewer, [row[1] for row in rows])) + b"]"
    return Answer(200, body, call.link(rows[0][0], rows[-1][0]) if rows else [])


def show_request(call: Call, request_id: int) -> Answer:
    """GET /api/v1/notifications/requests/:id : one of them"""
    viewer = call.require(READ)
    found = notification_request.documents(viewer, [queries.request(viewer.account_id, request_id)])
    return Answer(200, found[0] if found else b"null")


def merged(call: Call) -> Answer:
    """GET /api/v1/notifications/requests/merged : accepted notifications stand among the others at once"""
    call.require(READ)
    return json_answer({"merged": True})


Settle = Callable[[int, list[int]], int]


def _settling(verb: str, settle: Settle, said: str) -> tuple[Callable[[Call, int], Answer], Callable[[Call], Answer]]:
    """Return the endpoint for one request (404 when it is not theirs) and the one for several (others are ignored).

    verb: the path's end. said: what is true afterwards.
    """

    def one(call: Call, request_id: int) -> Answer:
        me = call.require(WRITE).account_id
        queries.request(me, request_id)
        settle(me, [request_id])
        return Answer(200, EMPTY)

    def several(call: Call) -> Answer:
        settle(call.require(WRITE).account_id, call.ids("id"))
        return Answer(200, EMPTY)

    one.__doc__ = f"POST /api/v1/notifications/requests/:id/{verb} : {said}"
    several.__doc__ = f"POST /api/v1/notifications/requests/{verb}?id[]= : {said}"
    return one, several


accept_request, accept_requests = _settling("accept", actions.accept_requests, "their notifications are let through, now and later")
dismiss_request, dismiss_requests = _settling("dismiss", actions.dismiss_requests, "their notifications are gone")


ROUTES = [
    ("GET", "/api/v1/notifications", index),
    ("GET", "/api/v1/notifications/:id", show),
    ("GET", "/api/v1/notifications/unread_count", unread_count),
    ("POST", "/api/v1/notifications/clear", clear),
    ("POST", "/api/v1/notifications/dismiss", dismiss_named),
    ("POST", "/api/v1/notifications/:id/dismiss", dismiss),
    ("GET", "/api/v1/notifications/policy", policy_v1),
    ("PUT", "/api/v1/notifications/policy", change_policy_v1),
    ("PATCH", "/api/v1/notifications/policy", change_policy_v1),
    ("GET", "/api/v1/notifications/requests", requests),
    ("GET", "/api/v1/notifications/requests/merged", merged),
    ("POST", "/api/v1/notifications/requests/accept", accept_requests),
    ("POST", "/api/v1/notifications/requests/dismiss", dismiss_requests),
    ("GET", "/api/v1/notifications/requests/:id", show_request),
    ("POST", "/api/v1/notifications/requests/:id/accept", accept_request),
    ("POST", "/api/v1/notifications/requests/:id/dismiss", dismiss_request),
    ("GET", "/api/v2/notifications", grouped),
    ("POST", "/api/v2/notifications/clear", clear),
    ("GET", "/api/v2/notifications/unread_count", unread_groups),
    ("GET", "/api/v2/notifications/policy", policy),
    ("PATCH", "/api/v2/notifications/policy", change_policy),
    ("PUT", "/api/v2/notifications/policy", change_policy),
    ("GET", "/api/v2/notifications/:group_key", show_group),
    ("GET", "/api/v2/notifications/:group_key/accounts", group_accounts),
    ("POST", "/api/v2/notifications/:group_key/dismiss", dismiss_group),
]
