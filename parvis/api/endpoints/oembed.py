"""oEmbed: other sites show our public posts."""

from __future__ import annotations

from parvis.api.call import Answer, Call, json_answer
from parvis.feeds.queries.addresses import find_address
from parvis.kernel.errors import Invalid, NotFound, ParvisError
from parvis.mastodon import oembed
from parvis.network.queries import account, visible_post


def show(call: Call) -> Answer:
    """GET /api/oembed?url&maxwidth : a post that everybody may see, whoever asks"""
    address = call.text("url")
    if not address:
        raise Invalid("param is missing or the value is empty: url", status=400, code="oembed.url")
    if call.text("format", "json") != "json":
        raise ParvisError("Only JSON is served", status=501, code="oembed.format")
    found = find_address(None, address)
    if found is None or found[0] != "post":
        raise NotFound
    post = visible_post(None, found[1])
    if post.boost_of_id or not post.is_local:
        raise NotFound
    width = call.number("maxwidth", oembed.WIDTH, low=100, high=oembed.WIDTH * 2) or oembed.WIDTH
    return json_answer(oembed.document(post, account(post.author_id), width=width), headers=[("Cache-Control", "max-age=300, public")])


ROUTES = [
    ("GET", "/api/oembed", show),
]
