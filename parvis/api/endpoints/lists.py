"""The caller's lists and who stands in them. Their timelines are in timelines.py."""

from __future__ import annotations

from parvis.api.call import EMPTY, Answer, Call, json_answer, whole
from parvis.api.paging import people, people_span
from parvis.feeds.queries.pages import MAX_ID
from parvis.kernel.errors import NotFound
from parvis.mastodon import list as list_entity
from parvis.network.actions import lists
from parvis.network.models import AccountList
from parvis.network.queries import people as people_queries


def index(call: Call) -> Answer:
    """GET /api/v1/lists : the caller's lists"""
    viewer = call.require("read:lists")
    found = AccountList.objects.filter(account_id=viewer.account_id).order_by("id")
    return json_answer([list_entity.document(one) for one in found])


def show(call: Call, list_id: int) -> Answer:
    """GET /api/v1/lists/:id : one list"""
    viewer = call.require("read:lists")
    return json_answer(list_entity.document(lists.own_list(viewer.account_id, list_id)))


def create(call: Call) -> Answer:
    """POST /api/v1/lists : a list is made"""
    viewer = call.require("write:lists")
    policy = call.text("replies_policy") or str(AccountList.Replies.LIST)
    made = lists.create_list(viewer.account_id, call.text("title"), replies_policy=policy, exclusive=call.flag("exclusive"))
    return json_answer(list_entity.document(made))


def update(call: Call, list_id: int) -> Answer:
    """PUT /api/v1/lists/:id : the list is changed"""
    viewer = call.require("write:lists")
    edited = lists.edit_list(
        viewer.account_id,
        list_id,
        title=call.text("title") if "title" in call.params else None,
        replies_policy=call.text("replies_policy") or None,
        exclusive=call.optional_flag("exclusive"),
    )
    return json_answer(list_entity.document(edited))


def destroy(call: Call, list_id: int) -> Answer:
    """DELETE /api/v1/lists/:id : the list is gone"""
    lists.delete_list(call.require("write:lists").account_id, list_id)
    return Answer(200, EMPTY)


def members(call: Call, list_id: int) -> Answer:
    """GET /api/v1/lists/:id/accounts : limit=0 for all"""
    viewer = call.require("read:lists")
    lists.own_list(viewer.account_id, list_id)
    page = people_queries.Span(limit=10_000) if call.text("limit") == "0" else people_span(call)
    return people(call, people_queries.list_members(list_id, page), page.limit)


def _named(call: Call) -> list[int]:
    """Return the account ids given. Raises NotFound when one is none."""
    ids = [whole(value) for value in call.list("account_ids")]
    named = [i for i in ids if i is not None and 0 < i <= MAX_ID]
    if len(named) != len(ids):
        raise NotFound
    return named


def add(call: Call, list_id: int) -> Answer:
    """POST /api/v1/lists/:id/accounts : these accounts, which the caller follows, are in the list"""
    lists.add_members(call.require("write:lists").account_id, list_id, _named(call))
    return Answer(200, EMPTY)


def remove(call: Call, list_id: int) -> Answer:
    """DELETE /api/v1/lists/:id/accounts : these accounts are no longer in the list"""
    lists.remove_members(call.require("write:lists").account_id, list_id, call.ids("account_ids", most=1000))
    return Answer(200, EMPTY)


ROUTES = [
    ("GET", "/api/v1/lists", index),
    ("POST", "/api/v1/lists", create),
    ("GET", "/api/v1/lists/:id", show),
    ("PUT", "/api/v1/lists/:id", update),
    ("DELETE", "/api/v1/lists/:id", destroy),
    ("GET", "/api/v1/lists/:id/accounts", members),
    ("POST", "/api/v1/lists/:id/accounts", add),
    ("DELETE", "/api/v1/lists/:id/accounts", remove),
]
