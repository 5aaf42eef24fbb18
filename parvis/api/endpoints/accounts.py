"""Accounts as others see them: profile, posts, connections, what stands between them and the caller."""

from __future__ import annotations

import orjson
from django.conf import settings

from parvis.api.call import Answer, Call, json_answer
from parvis.api.paging import MOST_PEOPLE, PEOPLE, people, people_span
from parvis.feeds.queries import filters, profiles
from parvis.feeds.queries.addresses import find_address
from parvis.feeds.queries.people_search import find_people
from parvis.identity import standing
from parvis.identity.queries import role_document, role_of
from parvis.kernel import changes
from parvis.kernel.errors import Invalid, NotFound
from parvis.mastodon import featured_tag, relationship, status
from parvis.mastodon import list as list_entity
from parvis.mastodon.account import account_bytes, credential_document
from parvis.network import policies
from parvis.network.models import AccountList, FollowRequest
from parvis.network.queries import AccountData, account, account_by_acct, accounts
from parvis.network.queries import people as people_queries
from parvis.network.queries.relationships import relationships

MOST_IDS = 40
MOST_RELATIONSHIPS = 300

_credentials: changes.Cache[bytes] = changes.Cache("a", size=5_000)
_waiting: changes.Cache[int] = changes.Cache("v", size=5_000)


def verify_credentials(call: Call) -> Answer:
    """GET /api/v1/accounts/verify_credentials : the caller's own account, with what only they may read"""
    who = call.principal
    scope = "profile" if who is not None and "profile" in who.scopes else "read:accounts"
    return Answer(200, credentials(call.authorize(scope, incomplete=True).account_id))


def credentials(account_id: int) -> bytes:
    """Return CredentialAccount as JSON bytes; cached until the account, or its waiting followers, change."""
    kept, waiting = _credentials.entries.get(account_id), _waiting.entries.get(account_id)
    if kept is not None and waiting is not None:
        return kept
    mark = _credentials.mark()
    waiting = FollowRequest.objects.filter(followee_id=account_id).count()
    body = orjson.dumps(credential_document(account(account_id), follow_requests_count=waiting, role=role_document(role_of(account_id))))
    _waiting.put(account_id, waiting, mark)
    _credentials.put(account_id, body, mark)
    return body


def shown(account_id: int) -> AccountData:
    """Return an account that may be named. Raises NotFound: deleted, or its owner has not arrived yet."""
    found = people_queries.shown_account(account_id)
    if found.is_local and standing.waiting((account_id,)):
        raise NotFound
    return found


def show(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id : an account that may be seen"""
    call.optional("read:accounts")
    return Answer(200, account_bytes((shown(account_id).id,))[account_id])


def many(call: Call) -> Answer:
    """GET /api/v1/accounts?id[]= : those that exist, in this order"""
    call.optional("read:accounts")
    wanted = list(dict.fromkeys(call.ids("id", most=MOST_IDS + 1)))
    if len(call.list("id")) > MOST_IDS:
        raise Invalid(f"Validation failed: Too many accounts (maximum is {MOST_IDS})", code="accounts.too_many")
    waiting = standing.waiting(wanted)
    there = [i for i, one in accounts(wanted).items() if not one.deleted and i not in waiting]
    found = account_bytes(there)
    return Answer(200, b"[" + b",".join(found[i] for i in wanted if i in found) + b"]")


def lookup(call: Call) -> Answer:
    """GET /api/v1/accounts/lookup?acct= : the account of this address, when it is known here"""
    call.optional("read:accounts")
    found = shown(account_by_acct(call.text("acct"), settings.DOMAIN).id)
    return Answer(200, account_bytes((found.id,))[found.id])


def statuses(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/statuses?only_media&exclude_replies&exclude_reblogs&pinned&tagged : its posts that the viewer may see"""
    viewer = call.optional("read:statuses")
    who = shown(account_id)
    cursor = call.cursor()
    if viewer is not None and who.id in viewer.blocked_by:
        return Answer(200, b"[]")
    pinned = call.flag("pinned")
    if pinned:
        rows = profiles.pinned(viewer, who, cursor.limit)
    else:
        wish = profiles.Wish(
            only_media=call.flag("only_media"),
            exclude_replies=call.flag("exclude_replies"),
            exclude_boosts=call.flag("exclude_reblogs"),
            tagged=call.text("tagged"),
        )
        rows = profiles.profile(viewer, who, cursor, wish)
    kept, applied = filters.apply(viewer, rows, "account")
    headers = call.link(rows[0][0], rows[-1][0]) if rows and not pinned else []
    return Answer(200, status.page(viewer, [row[0] for row in kept], applied), headers)


def followers(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/followers : who follows it, newest first, unless it hides that"""
    viewer = call.optional("read:accounts")
    who, span = shown(account_id), people_span(call)
    rows = people_queries.followers(viewer, who.id, span) if policies.may_see_connections(viewer, who) else []
    return people(call, rows, span.limit)


def following(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/following : whom it follows, newest first, unless it hides that"""
    viewer = call.optional("read:accounts")
    who, span = shown(account_id), people_span(call)
    rows = people_queries.followed(viewer, who.id, span) if policies.may_see_connections(viewer, who) else []
    return people(call, rows, span.limit)


def endorsements_of(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/endorsements : the accounts that it features on its profile"""
    viewer = call.optional("read:accounts")
    who, span = shown(account_id), people_span(call)
    rows = [] if who.hidden else people_queries.endorsed(viewer, who.id, span)
    return people(call, rows, span.limit)


def lists(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/lists : the caller's lists in which the account stands"""
    viewer = call.require("read:lists")
    who = shown(account_id)
    found = AccountList.objects.filter(account_id=viewer.account_id, members__account_id=who.id).order_by("id")
    return json_answer([list_entity.document(one) for one in found])


def featured_tags(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/featured_tags : the hashtags that it features on its profile"""
    call.optional("read:accounts")
    who = shown(account_id)
    return json_answer([] if who.hidden else featured_tag.documents(who))


def identity_proofs(call: Call, account_id: int) -> Answer:
    """GET /api/v1/accounts/:id/identity_proofs : none, as in Mastodon since Keybase went"""
    call.require("read:accounts")
    shown(account_id)
    return Answer(200, b"[]")


def relate(call: Call) -> Answer:
    """GET /api/v1/accounts/relationships?id[]=&with_suspended : how the caller stands to each of these accounts"""
    viewer = call.require("read:follows")
    wanted = call.ids("id", most=MOST_RELATIONSHIPS)
    found = relationships(viewer, wanted, with_suspended=call.flag("with_suspended"))
    return json_answer([relationship.document(one) for one in found])


def familiar_followers(call: Call) -> Answer:
    """GET /api/v1/accounts/familiar_followers?id[]= : whom the caller follows among the followers of each"""
    viewer = call.require("read:follows")
    wanted = list(dict.fromkeys(call.ids("id", most=MOST_IDS)))
    found = people_queries.familiar_followers(viewer, wanted)
    entities = account_bytes({i for ids in found.values() for i in ids})
    parts = [b'{"id":"%d","accounts":[%s]}' % (i, b",".join(entities[f] for f in ids if f in entities)) for i, ids in found.items()]
    return Answer(200, b"[" + b",".join(parts) + b"]")


def search(call: Call) -> Answer:
    """GET /api/v1/accounts/search?q&resolve&following&limit&offset : accounts by name, those that the caller follows first"""
    viewer = call.require("read:accounts")
    text = call.text("q").strip()
    limit = call.number("limit", PEOPLE, low=1, high=MOST_PEOPLE) or PEOPLE
    offset = call.number("offset", 0, low=0, high=1_000) or 0
    if text.startswith(("http://", "https://")):
        found = find_address(viewer, text)
        ids = [found[1]] if found is not None and found[0] == "account" and not offset else []
        ids = [i for i in ids if not standing.waiting((i,))]
    else:
        ids = find_people(viewer, text, limit=limit, offset=offset, only_followed=call.flag("following")) if text else []
    entities = account_bytes(ids)
    return Answer(200, b"[" + b",".join(entities[i] for i in ids if i in entities) + b"]")


ROUTES = [
    ("GET", "/api/v1/accounts", many),
    ("GET", "/api/v1/accounts/verify_credentials", verify_credentials),
    ("GET", "/api/v1/accounts/lookup", lookup),
    ("GET", "/api/v1/accounts/search", search),
    ("GET", "/api/v1/accounts/relationships", relate),
    ("GET", "/api/v1/accounts/familiar_followers", familiar_followers),
    ("GET", "/api/v1/accounts/:id", show),
    ("GET", "/api/v1/accounts/:id/statuses", statuses),
    ("GET", "/api/v1/accounts/:id/followers", followers),
    ("GET", "/api/v1/accounts/:id/following", following),
    ("GET", "/api/v1/accounts/:id/endorsements", endorsements_of),
    ("GET", "/api/v1/accounts/:id/lists", lists),
    ("GET", "/api/v1/accounts/:id/featured_tags", featured_tags),
    ("GET", "/api/v1/accounts/:id/identity_proofs", identity_proofs),
]
