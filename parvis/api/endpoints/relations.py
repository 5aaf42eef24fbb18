"""What the caller does towards others (follow, block, mute, note, endorse), and the lists of whom they did it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from parvis.api.call import EMPTY, Answer, Call, json_answer
from parvis.api.endpoints.accounts import shown
from parvis.api.paging import links, people, people_span, span
from parvis.kernel import changes
from parvis.kernel.clock import iso
from parvis.kernel.errors import Invalid
from parvis.mastodon import relationship
from parvis.mastodon.account import account_bytes
from parvis.network.actions import blocks, follows
from parvis.network.actions.posts import LANGUAGE
from parvis.network.queries import people as people_queries
from parvis.network.queries import viewer as load_viewer
from parvis.network.queries.relationships import mute_ends, relationships

DOMAINS, MOST_DOMAINS = 100, 200


def answer_with(account_id: int, other_id: int) -> Answer:
    """Return the relationship as it is now, after a write."""
    changes.sync()
    found = relationships(load_viewer(account_id), (other_id,))
    return json_answer(relationship.document(found[0]))


def _act(scope: str, action: Callable[[int, int], Any], said: str) -> Callable[[Call, int], Answer]:
    """Return an endpoint that does something towards an account and answers with the relationship.

    said: its route, and what is true afterwards.
    """

    def endpoint(call: Call, account_id: int) -> Answer:
        viewer = call.require(scope)
        other = shown(account_id)
        action(viewer.account_id, other.id)
        return answer_with(viewer.account_id, other.id)

    endpoint.__doc__ = f"POST /api/v1/{said}"
    return endpoint


def follow(call: Call, account_id: int) -> Answer:
    """POST /api/v1/accounts/:id/follow : the caller follows it, or asks to"""
    viewer = call.require("write:follows")
    other = shown(account_id)
    languages = None
    if "languages" in call.params:
        languages = list(dict.fromkeys(text for text in call.texts("languages") if text))
        if any(not LANGUAGE.match(text) for text in languages):
            raise Invalid("Validation failed: Languages contains an invalid ISO-639 code", code="follow.languages")
    wish = follows.FollowWish(show_boosts=call.optional_flag("reblogs"), notify=call.optional_flag("notify"), languages=languages)
    follows.follow(viewer.account_id, other.id, wish)
    return answer_with(viewer.account_id, other.id)


def mute(call: Call, account_id: int) -> Answer:
    """POST /api/v1/accounts/:id/mute?notifications&duration : the caller does not see its posts, for good or for a while"""
    viewer = call.require("write:mutes")
    other = shown(account_id)
    duration_s = call.number("duration", 0, low=0, high=blocks.MAX_MUTE_S) or 0
    blocks.mute(viewer.account_id, other.id, hide_notifications=call.flag("notifications", True), duration_s=duration_s)
    return answer_with(viewer.account_id, other.id)


def note(call: Call, account_id: int) -> Answer:
    """POST /api/v1/accounts/:id/note : the caller's own note about it"""
    viewer = call.require("write:accounts")
    other = shown(account_id)
    blocks.note(viewer.account_id, other.id, call.text("comment"))
    return answer_with(viewer.account_id, other.id)


unfollow = _act("write:follows", follows.unfollow, "accounts/:id/unfollow : the caller neither follows it nor asks to")
remove_from_followers = _act(
    "write:follows", follows.remove_follower, "accounts/:id/remove_from_followers : it no longer follows the caller"
)
block = _act("write:blocks", blocks.block, "accounts/:id/block : neither sees the other, and what bound them is gone")
unblock = _act("write:blocks", blocks.unblock, "accounts/:id/unblock : no longer blocked; what the block took does not come back")
unmute = _act("write:mutes", blocks.unmute, "accounts/:id/unmute : the caller sees its posts again")
endorse = _act("write:accounts", blocks.endorse, "accounts/:id/endorse (and pin) : the caller features an account that they follow")
unendorse = _act("write:accounts", blocks.unendorse, "accounts/:id/unendorse (and unpin) : the caller no longer features it")
authorize = _act("write:follows", follows.accept_request, "follow_requests/:id/authorize : who asked to follow does")
reject = _act("write:follows", follows.reject_request, "follow_requests/:id/reject : the request is gone; who asked is not told")


def blocked(call: Call) -> Answer:
    """GET /api/v1/blocks : the accounts that the caller blocks"""
    viewer, page = call.require("read:blocks"), people_span(call)
    return people(call, people_queries.blocked(viewer, page), page.limit)


def muted(call: Call) -> Answer:
    """GET /api/v1/mutes : accounts with `mute_expires_at`"""
    viewer, page = call.require("read:mutes"), people_span(call)
    rows = people_queries.muted(viewer, page)
    found = account_bytes([row[1] for row in rows])
    ends = mute_ends(viewer, found)
    lasting = [i for _edge, i in rows if i in found and i in viewer.mutes]
    parts = [found[i][:-1] + b',"mute_expires_at":' + orjson.dumps(iso(ends.get(i))) + b"}" for i in lasting]
    return Answer(200, b"[" + b",".join(parts) + b"]", links(call, rows, page.limit))


def follow_requests(call: Call) -> Answer:
    """GET /api/v1/follow_requests : who waits to follow the caller"""
    viewer, page = call.require("read:follows"), people_span(call)
    return people(call, people_queries.waiting(viewer, page), page.limit)


def endorsements(call: Call) -> Answer:
    """GET /api/v1/endorsements : limit=0 for all"""
    viewer = call.require("read:accounts")
    page = people_queries.Span(limit=10_000) if call.text("limit") == "0" else people_span(call)
    return people(call, people_queries.endorsed(viewer, viewer.account_id, page), page.limit)


def domain_blocks(call: Call) -> Answer:
    """GET /api/v1/domain_blocks : the servers that the caller hides"""
    viewer, page = call.require("read:blocks"), span(call.cursor(default=DOMAINS, most=MOST_DOMAINS))
    rows = people_queries.blocked_domains(viewer, page)
    return json_answer([domain for _id, domain in rows], headers=links(call, rows, page.limit))


def preview_domain_block(call: Call) -> Answer:
    """GET /api/v1/domain_blocks/preview?domain= : how many connections hiding a server would end"""
    viewer = call.require("read:blocks")
    followed, following = people_queries.connections_with(viewer, blocks.normal_domain(call.text("domain")))
    return json_answer({"following_count": followed, "followers_count": following})


def block_domain(call: Call) -> Answer:
    """POST /api/v1/domain_blocks : the caller sees nothing of this server, and follows between them are gone"""
    blocks.block_domain(call.require("write:blocks").account_id, call.text("domain"))
    return Answer(200, EMPTY)


def unblock_domain(call: Call) -> Answer:
    """DELETE /api/v1/domain_blocks : the caller sees this server again"""
    blocks.unblock_domain(call.require("write:blocks").account_id, call.text("domain"))
    return Answer(200, EMPTY)


ROUTES = [
    ("POST", "/api/v1/accounts/:id/follow", follow),
    ("POST", "/api/v1/accounts/:id/unfollow", unfollow),
    ("POST", "/api/v1/accounts/:id/remove_from_followers", remove_from_followers),
    ("POST", "/api/v1/accounts/:id/block", block),
    ("POST", "/api/v1/accounts/:id/unblock", unblock),
    ("POST", "/api/v1/accounts/:id/mute", mute),
    ("POST", "/api/v1/accounts/:id/unmute", unmute),
    ("POST", "/api/v1/accounts/:id/note", note),
    ("POST", "/api/v1/accounts/:id/pin", endorse),
    ("POST", "/api/v1/accounts/:id/unpin", unendorse),
    ("POST", "/api/v1/accounts/:id/endorse", endorse),
    ("POST", "/api/v1/accounts/:id/unendorse", unendorse),
    ("GET", "/api/v1/follow_requests", follow_requests),
    ("POST", "/api/v1/follow_requests/:id/authorize", authorize),
    ("POST", "/api/v1/follow_requests/:id/reject", reject),
    ("GET", "/api/v1/blocks", blocked),
    ("GET", "/api/v1/mutes", muted),
    ("GET", "/api/v1/endorsements", endorsements),
    ("GET", "/api/v1/domain_blocks", domain_blocks),
    ("GET", "/api/v1/domain_blocks/preview", preview_domain_block),
    ("POST", "/api/v1/domain_blocks", block_domain),
    ("DELETE", "/api/v1/domain_blocks", unblock_domain),
]
