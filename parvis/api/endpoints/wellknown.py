"""What other programs look for at fixed places: webfinger, host-meta, NodeInfo's links, the password page."""

from __future__ import annotations

import orjson
from django.conf import settings

from parvis.api.call import Answer, Call, json_answer
from parvis.identity import standing
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import nodeinfo, webfinger
from parvis.network.queries import account_by_acct

_JRD = ("Content-Type", "application/jrd+json; charset=utf-8")
_WEBFINGER_HEADERS = [_JRD, ("Cache-Control", "max-age=3600, public")]

_documents: changes.Cache[bytes] = changes.Cache("a", size=20_000)
_asked: dict[str, int] = {}


def finger(call: Call) -> Answer:
    """GET /.well-known/webfinger?resource= : who an address here belongs to

    A query string seen before leads to its account's bytes at once; they are dropped when the account changes.
    """
    body = _documents.entries.get(_asked.get(call.query, 0))
    if body is None:
        body = _look_up(call)
    return Answer(200, body, [*_WEBFINGER_HEADERS])


def _look_up(call: Call) -> bytes:
    resource = call.text("resource").strip()
    if not resource:
        raise Invalid("param is missing or the value is empty: resource", status=400, code="webfinger.resource")
    mark = _documents.mark()
    found = account_by_acct(webfinger.local_name(resource), settings.DOMAIN)
    if found.hidden or not found.is_local or standing.waiting((found.id,)):
        raise NotFound
    body = orjson.dumps(webfinger.document(found))
    _documents.put(found.id, body, mark)
    if len(_asked) > 20_000:
        _asked.clear()
    if len(call.query) < 512:
        _asked[call.query] = found.id
    return body


def host_meta(call: Call) -> Answer:
    """GET /.well-known/host-meta : XML"""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{settings.BASE_URL}/.well-known/webfinger?resource={{uri}}"/>\n</XRD>\n'
    )
    return Answer(200, body.encode(), [("Content-Type", "application/xrd+xml; charset=utf-8"), ("Cache-Control", "max-age=259200, public")])


def host_meta_json(call: Call) -> Answer:
    """GET /.well-known/host-meta.json : where WebFinger answers, as JSON"""
    return json_answer({"links": [{"rel": "lrdd", "template": f"{settings.BASE_URL}/.well-known/webfinger?resource={{uri}}"}]})


def nodeinfo_links(call: Call) -> Answer:
    """GET /.well-known/nodeinfo : where NodeInfo answers"""
    return json_answer(nodeinfo.links())


def change_password(call: Call) -> Answer:
    """GET /.well-known/change-password : where a password manager sends people"""
    return Answer(302, b"", [("Location", f"{settings.BASE_URL}/auth/password/change/")])


ROUTES = [
    ("GET", "/.well-known/webfinger", finger),
    ("GET", "/.well-known/host-meta", host_meta),
    ("GET", "/.well-known/host-meta.json", host_meta_json),
    ("GET", "/.well-known/nodeinfo", nodeinfo_links),
    ("GET", "/.well-known/change-password", change_password),
]
