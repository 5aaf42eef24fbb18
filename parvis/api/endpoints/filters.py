"""Filters: the second version of the API, and the first mapped on it (a filter per keyword)."""

from __future__ import annotations

from typing import Any

from parvis.api.call import EMPTY, Answer, Call, json_answer, whole
from parvis.feeds.actions import filters as actions
from parvis.feeds.actions.filters import UNSET, FilterChange, KeywordChange
from parvis.feeds.queries.own_filters import own_filter, own_filtered_post, own_filters, own_keyword
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import filter as entity
from parvis.network.queries import visible_post

READ, WRITE = "read:filters", "write:filters"
_YES = (True, 1, "true", "1", "on", "t")
_NO = (False, 0, "false", "0", "off", "f")


def _expiry(call: Call) -> Any:
    """Return expires_in in seconds, None for ever, UNSET when it was not sent. Raises Invalid."""
    return call.number("expires_in", None, low=0) if "expires_in" in call.params else UNSET


def _change(call: Call) -> FilterChange:
    """Return what the request says about a filter. Raises Invalid for values that are not of their kind."""
    sent = call.params
    return FilterChange(
        title=call.text("title") if "title" in sent else UNSET,
        contexts=call.texts("context") if "context" in sent else UNSET,
        action=call.text("filter_action") if sent.get("filter_action") else UNSET,
        expires_in_s=_expiry(call),
        keywords=[_keyword_change(raw) for raw in call.list("keywords_attributes") if raw],
    )


def _keyword_change(raw: Any) -> KeywordChange:
    if not isinstance(raw, dict):
        raise Invalid("keywords_attributes must be a list of objects", code="params.type")
    text = raw.get("keyword")
    if not isinstance(text, (str, int, float, type(None))) or "\x00" in str(text):
        raise Invalid("keyword must be text", code="params.type")
    number = whole(raw.get("id")) if raw.get("id") not in (None, "") else None
    if raw.get("id") not in (None, "") and number is None:
        raise NotFound
    return KeywordChange(
        id=number,
        keyword=None if text is None else str(text),
        whole_word=_truth(raw.get("whole_word")),
        destroy=_truth(raw.get("_destroy")) is True,
    )


def _truth(value: Any) -> bool | None:
    if isinstance(value, (list, dict)):
        raise Invalid("must be true or false", code="params.type")
    return True if value in _YES else False if value in _NO else None


def index(call: Call) -> Answer:
    """GET /api/v2/filters : the caller's filters with their keywords and posts"""
    return json_answer([entity.document(f) for f in own_filters(call.require(READ).account_id)])


def show(call: Call, filter_id: int) -> Answer:
    """GET /api/v2/filters/:id : one filter"""
    return json_answer(entity.document(own_filter(call.require(READ).account_id, filter_id)))


def create(call: Call) -> Answer:
    """POST /api/v2/filters : a filter is made"""
    me = call.require(WRITE).account_id
    return json_answer(entity.document(own_filter(me, actions.create_filter(me, _change(call)))))


def update(call: Call, filter_id: int) -> Answer:
    """PUT /api/v2/filters/:id : what is not sent stays"""
    me = call.require(WRITE).account_id
    actions.update_filter(me, filter_id, _change(call))
    return json_answer(entity.document(own_filter(me, filter_id)))


def destroy(call: Call, filter_id: int) -> Answer:
    """DELETE /api/v2/filters/:id : the filter is gone"""
    actions.delete_filter(call.require(WRITE).account_id, filter_id)
    return Answer(200, EMPTY)


def keywords(call: Call, filter_id: int) -> Answer:
    """GET /api/v2/filters/:id/keywords : its keywords"""
    return json_answer([entity.keyword(k) for k in own_filter(call.require(READ).account_id, filter_id).keywords])


def add_keyword(call: Call, filter_id: int) -> Answer:
    """POST /api/v2/filters/:id/keywords : the filter has one more keyword"""
    me = call.require(WRITE).account_id
    keyword_id = actions.add_keyword(me, filter_id, call.text("keyword"), whole_word=call.flag("whole_word", True))
    return json_answer(entity.keyword(own_keyword(me, keyword_id)))


def show_keyword(call: Call, keyword_id: int) -> Answer:
    """GET /api/v2/filters/keywords/:id : one keyword"""
    return json_answer(entity.keyword(own_keyword(call.require(READ).account_id, keyword_id)))


def update_keyword(call: Call, keyword_id: int) -> Answer:
    """PUT /api/v2/filters/keywords/:id : the keyword is changed"""
    me = call.require(WRITE).account_id
    text = call.text("keyword") if "keyword" in call.params else None
    actions.update_keyword(me, keyword_id, keyword=text, whole_word=call.optional_flag("whole_word"))
    return json_answer(entity.keyword(own_keyword(me, keyword_id)))


def destroy_keyword(call: Call, keyword_id: int) -> Answer:
    """DELETE /api/v2/filters/keywords/:id : the keyword is gone"""
    actions.delete_keyword(call.require(WRITE).account_id, keyword_id)
    return Answer(200, EMPTY)


def statuses(call: Call, filter_id: int) -> Answer:
    """GET /api/v2/filters/:id/statuses : the posts that it names"""
    return json_answer([entity.status(s) for s in own_filter(call.require(READ).account_id, filter_id).posts])


def add_status(call: Call, filter_id: int) -> Answer:
    """POST /api/v2/filters/:id/statuses : a post that one may see"""
    viewer = call.require(WRITE)
    own_filter(viewer.account_id, filter_id)
    post = visible_post(viewer, call.id("status_id") or 0)
    row_id = actions.add_post(viewer.account_id, filter_id, post)
    return json_answer(entity.status(own_filtered_post(viewer.account_id, row_id)))


def show_status(call: Call, row_id: int) -> Answer:
    """GET /api/v2/filters/statuses/:id : one post that a filter names"""
    return json_answer(entity.status(own_filtered_post(call.require(READ).account_id, row_id)))


def destroy_status(call: Call, row_id: int) -> Answer:
    """DELETE /api/v2/filters/statuses/:id : the filter no longer names this post"""
    actions.remove_post(call.require(WRITE).account_id, row_id)
    return Answer(200, EMPTY)


# ---------------------------------------------------------------- first version


def _first(account_id: int, keyword_id: int) -> Answer:
    word = own_keyword(account_id, keyword_id)
    return json_answer(entity.first_version(own_filter(account_id, word.filter_id), word))


def _first_change(call: Call) -> FilterChange:
    sent = call.params
    return FilterChange(
        title=call.text("phrase") if "phrase" in sent else UNSET,
        contexts=call.texts("context") if "context" in sent else UNSET,
        action=("hide" if call.flag("irreversible") else "warn") if "irreversible" in sent else UNSET,
        expires_in_s=_expiry(call),
    )


def first_index(call: Call) -> Answer:
    """GET /api/v1/filters : one entry for each keyword of the caller's filters"""
    found = own_filters(call.require(READ).account_id)
    return json_answer([entity.first_version(one, word) for one in found for word in one.keywords])


def first_show(call: Call, keyword_id: int) -> Answer:
    """GET /api/v1/filters/:id : one keyword as a filter"""
    return _first(call.require(READ).account_id, keyword_id)


def first_create(call: Call) -> Answer:
    """POST /api/v1/filters : a filter with one keyword is made"""
    me = call.require(WRITE).account_id
    asked = _first_change(call)
    word = KeywordChange(keyword=call.text("phrase"), whole_word=call.flag("whole_word", True))
    filter_id = actions.create_filter(me, FilterChange(asked.title, asked.contexts, asked.action, asked.expires_in_s, (word,)))
    return _first(me, own_filter(me, filter_id).keywords[0].id)


def first_update(call: Call, keyword_id: int) -> Answer:
    """PUT /api/v1/filters/:id : refused where the filter has several keywords and would change"""
    me = call.require(WRITE).account_id
    phrase = call.text("phrase") if "phrase" in call.params else None
    word = KeywordChange(keyword=phrase, whole_word=call.optional_flag("whole_word"))
    actions.change_single(me, keyword_id, word, _first_change(call))
    return _first(me, keyword_id)


def first_destroy(call: Call, keyword_id: int) -> Answer:
    """DELETE /api/v1/filters/:id : the keyword is gone, and its filter with its last keyword"""
    actions.delete_keyword(call.require(WRITE).account_id, keyword_id, with_empty_filter=True)
    return Answer(200, EMPTY)


ROUTES = [
    ("GET", "/api/v2/filters", index),
    ("POST", "/api/v2/filters", create),
    ("GET", "/api/v2/filters/:id", show),
    ("PUT", "/api/v2/filters/:id", update),
    ("PATCH", "/api/v2/filters/:id", update),
    ("DELETE", "/api/v2/filters/:id", destroy),
    ("GET", "/api/v2/filters/:id/keywords", keywords),
    ("POST", "/api/v2/filters/:id/keywords", add_keyword),
    ("GET", "/api/v2/filters/keywords/:id", show_keyword),
    ("PUT", "/api/v2/filters/keywords/:id", update_keyword),
    ("PATCH", "/api/v2/filters/keywords/:id", update_keyword),
    ("DELETE", "/api/v2/filters/keywords/:id", destroy_keyword),
    ("GET", "/api/v2/filters/:id/statuses", statuses),
    ("POST", "/api/v2/filters/:id/statuses", add_status),
    ("GET", "/api/v2/filters/statuses/:id", show_status),
    ("DELETE", "/api/v2/filters/statuses/:id", destroy_status),
    ("GET", "/api/v1/filters", first_index),
    ("POST", "/api/v1/filters", first_create),
    ("GET", "/api/v1/filters/:id", first_show),
    ("PUT", "/api/v1/filters/:id", first_update),
    ("PATCH", "/api/v1/filters/:id", first_update),
    ("DELETE", "/api/v1/filters/:id", first_destroy),
]
