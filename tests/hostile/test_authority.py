"""Nobody reaches what is not theirs: not without a token, not without its scope, not by knowing an id."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps

from parvis.identity.scopes import SCOPES
from tests.hostile.conftest import filled, routes, undone

# Routes that change something and need no person's token: an app introduces itself, or proves itself by its secret.
OPEN_WRITES = {"/api/v1/apps", "/oauth/token", "/oauth/revoke"}
OF_APPS = {"/api/v1/accounts", "/api/v1/emails/confirmations"}
WRITES = [(m, p) for m, p, _ in routes() if m != "GET" and p not in OPEN_WRITES and p != "/oauth/userinfo"]
READS = [p for m, p, _ in routes() if m == "GET"]
ABOUT_POSTS = [(m, p) for m, p, _ in routes() if p.startswith("/api/v1/statuses/:id")]
OWN = {  # what ada owns: the columns that nobody else may change
    "network.AccountList": {},
    "network.ListMember": {},
    "network.ScheduledPost": {},
    "network.Draft": {},
    "network.PrivateNote": {},
    "media.Asset": {},
    "network.NotificationRequest": {},
    "network.ConversationMember": {},
    "network.Notification": {},
    "network.PostEdit": {},
    "network.Pin": {},
    "network.DomainBlock": {},
    "moderation.Report": {},
    "network.NotificationPolicy": {},
    "network.Marker": {},
    "network.Bookmark": {},
}
NOT_MINE = re.compile(r"secret(?!s\b)[a-z]{3,}|ada@example\.org|fay@example\.org|scrypt\$|token-ada")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer é"}])
def test_writes_need_a_token(world: Any, header: dict[str, str]) -> None:
    for method, path in WRITES:
        answered = world.ask(method, filled(path, 1), "", {}, headers=header)
        assert answered.status == 401, (method, path, answered.raw)
        assert answered.json["error"]


def test_writes_need_their_scope_and_each_has_one(world: Any) -> None:
    from parvis.identity.models import User

    mod = User.objects.get(username="mod")
    for scope in SCOPES:
        world.square.token(f"only-{scope}", mod, scope)
    fine = [s for s in SCOPES if ":" in s and s not in ("admin:read", "admin:write")]
    for method, path in WRITES:
        if path in OF_APPS:
            continue
        passed = set()
        for scope in SCOPES:
            with undone() as trial:
                answered = world.ask(method, filled(path, 1), f"only-{scope}", {})
                trial.changed = answered.status < 400
                refused = answered.status == 403 and answered.json.get("code") == "token.scope"
                if not refused:
                    passed.add(scope)
        if (method, path) == ("DELETE", "/api/v1/suggestions/:id"):  # Mastodon asks for `read`
            assert passed == {"read"}
            continue
        assert not any(s.startswith(("read", "admin:read", "profile")) for s in passed), (method, path, passed)
        assert len(passed & set(fine)) <= 1, (method, path, passed)
        assert passed <= {"write", "follow", "push", "admin:write", *fine}, (method, path, passed)
        assert ("admin:write" in passed) == ("/admin/" in path), (method, path, passed)


def test_reads_with_a_token_that_does_not_cover_them_tell_nothing(world: Any) -> None:
    from parvis.identity.models import User

    world.square.token("blind", User.objects.get(username="ada"), "write push admin:write")
    for path in READS:
        for place in (world.kept["private"], world.kept["list"], world.kept["filter"], world.kept["scheduled"]):
            answered = world.ask("GET", filled(path, place), "blind")
            assert not NOT_MINE.search(answered.raw.decode()), (path, answered.raw)


def test_members_with_every_scope_are_no_moderators(world: Any) -> None:
    for method, path, _ in routes():
        if "/admin/" in path:
            answered = world.ask(method, filled(path, world.ids["bob"]), "ada-all", None if method == "GET" else {})
            assert answered.status == 403, (method, path, answered.raw)


def _owned(world: Any) -> str:
    """Return what ada owns, as text."""
    ada = world.ids["ada"]
    from parvis.network.models import Post

    parts = [
        str(
            sorted(
                Post.objects.filter(author_id=ada).values_list(
                    "id", "text", "visibility", "spoiler_text", "card_id", "quote_policy", "language"
                )
            )
        )
    ]
    models = [*OWN, *(f"{m._meta.app_label}.{m.__name__}" for m in apps.get_models() if "filter" in m.__name__.lower())]
    for name in dict.fromkeys(models):
        model = apps.get_model(name)
        fields = {f.name for f in model._meta.get_fields()}
        owner = next((f for f in ("account", "owner", "author", "reporter", "list", "filter", "post") if f in fields), None)
        assert owner, name
        if owner == "list":
            rows = model.objects.filter(list__account_id=ada)
        elif owner == "filter":
            rows = model.objects.filter(filter__account_id=ada)
        elif owner == "post":
            rows = model.objects.filter(post__author_id=ada)
        else:
            rows = model.objects.filter(**{f"{owner}_id": ada})
        parts.append(f"{name} {sorted(map(str, rows.values_list()))}")
    return "\n".join(parts)


def test_other_peoples_things_cannot_be_changed_by_knowing_their_ids(world: Any) -> None:
    before = _owned(world)
    assert "secretlist" in before
    assert "secretkeyword" in before
    ids = sorted({v for v in world.kept.values() if isinstance(v, int)})

    def told() -> str:
        return next(line for line in _owned(world).split("\n") if line.startswith("network.Notification "))

    notes = told()
    some = {
        "status": "mine now",
        "title": "mine now",
        "description": "mine now",
        "scheduled_at": "2027-06-01T00:00:00Z",
        "keyword": "mine",
        "context": ["home"],
        "account_ids": [str(world.ids["bob"])],
        "choices": [0],
        "comment": "x",
        "status_id": str(world.kept["post"]),
        "interaction_policy": "nobody",
        "quote_approval_policy": "nobody",
        "visibility": "public",
        "id": [str(i) for i in ids],
        "media_ids": [str(world.kept["media"])],
        "keywords_attributes": [{"id": str(world.kept["keyword"]), "keyword": "mine now"}],
        "list_id": str(world.kept["list"]),
    }
    for method, path in WRITES:
        for place in [*ids, world.kept["group"]] if ":" in path else [0]:
            if "announcements" not in path and isinstance(place, str) and ":group_key" not in path:
                continue
            with undone():
                answered = world.ask(method, filled(path, quote(str(place))), "bob", some)
                assert answered.status < 500, (method, path, place, answered.raw)
                if answered.status < 400 and path.startswith("/api/v1/accounts/"):  # who blocks takes back their own marks and follows
                    assert _owned(world).replace(told(), "") == before.replace(notes, ""), (method, path, place)
                elif answered.status < 400:
                    assert _owned(world) == before, (method, path, place)
    assert _owned(world) == before


OWN_ROUTES = {
    "post": [
        "PUT /api/v1/statuses/:id",
        "DELETE /api/v1/statuses/:id",
        "POST /api/v1/statuses/:id/pin",
        "PUT /api/v1/statuses/:id/interaction_policy",
    ],
    "media": ["GET /api/v1/media/:id", "PUT /api/v1/media/:id", "DELETE /api/v1/media/:id"],
    "list": [
        "GET /api/v1/lists/:id",
        "PUT /api/v1/lists/:id",
        "DELETE /api/v1/lists/:id",
        "GET /api/v1/lists/:id/accounts",
        "POST /api/v1/lists/:id/accounts",
        "GET /api/v1/timelines/list/:id",
    ],
    "filter": [
        "GET /api/v2/filters/:id",
        "PUT /api/v2/filters/:id",
        "DELETE /api/v2/filters/:id",
        "GET /api/v2/filters/:id/keywords",
        "POST /api/v2/filters/:id/keywords",
        "GET /api/v2/filters/:id/statuses",
    ],
    "keyword": [
        "GET /api/v2/filters/keywords/:id",
        "PUT /api/v2/filters/keywords/:id",
        "DELETE /api/v2/filters/keywords/:id",
        "GET /api/v1/filters/:id",
        "PUT /api/v1/filters/:id",
        "DELETE /api/v1/filters/:id",
    ],
    "filtered": ["GET /api/v2/filters/statuses/:id", "DELETE /api/v2/filters/statuses/:id"],
    "scheduled": ["GET /api/v1/scheduled_statuses/:id", "PUT /api/v1/scheduled_statuses/:id", "DELETE /api/v1/scheduled_statuses/:id"],
    "notification": ["GET /api/v1/notifications/:id"],
    "request": [
        "GET /api/v1/notifications/requests/:id",
        "POST /api/v1/notifications/requests/:id/accept",
        "POST /api/v1/notifications/requests/:id/dismiss",
    ],
    "conversation": ["POST /api/v1/conversations/:id/read"],
    "private_poll": ["GET /api/v1/polls/:id", "POST /api/v1/polls/:id/votes"],
}


@pytest.mark.parametrize("kind", OWN_ROUTES)
def test_other_peoples_things_are_refused(world: Any, kind: str) -> None:
    some = {
        "status": "x",
        "title": "x",
        "description": "x",
        "keyword": "x",
        "phrase": "x",
        "context": ["home"],
        "choices": [0],
        "account_ids": [str(world.ids["bob"])],
    }
    for route in OWN_ROUTES[kind]:
        method, path = route.split()
        answered = world.ask(method, filled(path, world.kept[kind]), "bob", None if method == "GET" else some)
        assert answered.status in ((403, 404, 422) if kind == "post" else (404,)), (route, answered.raw)


@pytest.mark.parametrize("who", ["", "bob", "eve"])
def test_hidden_posts_answer_exactly_as_posts_that_do_not_exist(world: Any, who: str) -> None:
    some = {"status": "x", "quote_approval_policy": "nobody"}
    for hidden in ("private", "direct", "answer", "polled", "own_boost"):
        for method, path in ABOUT_POSTS:
            answers = []
            for post_id in (world.kept[hidden], world.kept[hidden] + 1):
                with undone():
                    answered = world.ask(method, filled(path, post_id), who, None if method == "GET" else some)
                    answers.append((answered.status, answered.raw))
            assert answers[0] == answers[1], (hidden, method, path)


@pytest.mark.parametrize("who", ["bob", "eve"])
def test_parameters_that_name_hidden_posts_answer_as_for_none(world: Any, who: str) -> None:
    mine = world.ask("POST", "/api/v2/filters", who, {"title": "t", "context": ["home"]}).json["id"]
    for hidden in ("private", "direct"):
        answers = []
        for post_id in (world.kept[hidden], world.kept[hidden] + 1):
            found = []
            for method, path, body in (
                ("POST", "/api/v1/statuses", {"status": "x", "in_reply_to_id": str(post_id)}),
                ("POST", "/api/v1/statuses", {"status": "x", "quoted_status_id": str(post_id)}),
                ("POST", f"/api/v2/filters/{mine}/statuses", {"status_id": str(post_id)}),
                ("GET", f"/api/v1/statuses?id[]={post_id}", None),
                ("GET", f"/api/oembed?url=http://localhost:8000/@ada/{post_id}", None),
                ("GET", f"/api/v2/search?resolve=true&q=http://localhost:8000/@ada/{post_id}", None),
            ):
                with undone():
                    answered = world.ask(method, path, who, body)
                    found.append((path.replace(str(post_id), "ID"), answered.status, answered.raw.replace(str(post_id).encode(), b"ID")))
            with undone():
                filed = world.ask("POST", "/api/v1/reports", who, {"account_id": str(world.ids["ada"]), "status_ids": [str(post_id)]})
                found.append(("reports", filed.status, json.dumps(filed.json.get("status_ids")).encode()))
            answers.append(found)
        assert answers[0] == answers[1]


SWEPT = ["", "bob", "eve"]


def _sweep(world: Any, who: str) -> list[str]:
    """Return what every read route tells this person of what is none of their business."""
    ids = list(dict.fromkeys([*world.kept.values(), *world.ids.values()]))
    every = "&".join(f"id[]={i}" for i in ids if isinstance(i, int))
    base = "http://localhost:8000/@ada"
    queries = [
        "",
        every,
        f"account_id={world.ids['ada']}",
        "q=secre&resolve=true",
        "q=secretprivate",
        "q=from:ada",
        "q=in:library",
        "q=%23secrett&type=hashtags",
        f"q={base}/{world.kept['private']}&resolve=true",
        f"url={base}/{world.kept['private']}",
        "limit=80&types[]=mention&include_filtered=true",
    ]
    more = ["only_media=true", "pinned=true", "exclude_replies=true", "tagged=secrettag", "exclude_reblogs=true"]
    leaks = []
    for path in READS:
        if path == "/api/v1/admin/reports" and who == "mod":
            continue
        places: list[Any] = [None]
        if ":id" in path:
            places = [i for i in ids if isinstance(i, int)]
        elif ":" in path:
            places = ["secrettag", world.kept["group"], *[i for i in ids if isinstance(i, int)][:4]]
        for place in places:
            for query in [*queries, *more] if place in (None, world.ids["ada"], "secrettag") else [""]:
                answered = world.ask("GET", f"{filled(path, place)}?{query}" if query else filled(path, place), who)
                assert answered.status < 500, (path, place, query, answered.raw)
                text = (
                    answered.raw.decode().replace("secrettag", "") if place == "secrettag" or "tagged" in query else answered.raw.decode()
                )
                if "application/json" in answered.headers.get("Content-Type", "") and "q=secretprivate" not in query:
                    leaks += [f"{path} {place} ?{query[:60]}: {found}" for found in set(NOT_MINE.findall(text))]
                elif path == "/api/v2/search" and answered.status == 200 and json.loads(text)["statuses"]:
                    leaks.append(f"{path} ?{query}")
    return leaks


@pytest.mark.parametrize("who", SWEPT)
def test_strangers_never_read_what_is_private(world: Any, who: str) -> None:
    for friend in ("ada", "fay"):  # what they read may stay in this process's caches
        assert "secretedited" in world.ask("GET", "/api/v1/timelines/home", friend).raw.decode()
        for hidden in ("private", "direct", "answer", "polled"):
            for rest in ("", "/context", "/history", "/source"):
                world.ask("GET", f"/api/v1/statuses/{world.kept[hidden]}{rest}", friend)
    assert _sweep(world, who) == []


def test_followers_and_moderators_never_read_what_is_its_owners_alone(world: Any) -> None:
    shared = {"fay": ("secretp", "secretw", "secretd", "secretq", "secreto", "secreta", "secrete", "fay@", "secrettag", "secretf")}
    seen = _sweep(world, "fay")
    leaks = [leak for leak in seen if not leak.rpartition(": ")[2].startswith(shared["fay"])]
    leaks += [leak for leak in seen if leak.rpartition(": ")[2] in ("secretdraft", "secretdomain", "secretfilter", "ada@example.org")]
    assert leaks == []
    leaks = _sweep(world, "mod")
    assert [
        leak
        for leak in leaks
        if "/admin/" not in leak and not (leak.startswith("/api/v") and "/notifications" in leak and "secretreport" in leak)
    ] == []
    everywhere = {leak.rpartition(": ")[2] for leak in leaks}
    assert everywhere <= {"ada@example.org", "fay@example.org", "secretreport"}
