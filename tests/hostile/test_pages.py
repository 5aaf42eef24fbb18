"""The pages: none falls over, none answers a form that is not its own, none sends people elsewhere, none runs what people wrote."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client
from django.urls import get_resolver

from parvis.feeds.queries.pages import MAX_ID
from parvis.kernel import changes
from tests.hostile.conftest import undone
from tests.hostile.test_authority import NOT_MINE

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HTMX = {"HTTP_HX_REQUEST": "true"}
ODD_TEXTS = ["", "a\x00b", "\ud800", "//evil.example", "9" * 19, "/x\r\nSet-Cookie: a=b", "/\\evil.example", "x" * 100_000, "-1"]
FIELDS = [
    "text",
    "status",
    "visibility",
    "language",
    "key",
    "in_reply_to",
    "quote_of",
    "next",
    "choice",
    "media",
    "spoiler_text",
    "sensitive",
    "before",
    "q",
    "type",
    "display_name",
    "note",
    "name-0",
    "value-0",
    "login",
    "password",
    "email",
    "username",
    "code",
    "entry",
    "theme",
    "tab",
    "poll",
    "option",
    "category",
    "comment",
    "redirect_uri",
    "client_id",
    "scope",
    "response_type",
    "state",
    "filter",
    "kind",
    "max_id",
    "page",
    "password1",
    "reason",
    "id",
    "session",
    "credential",
    "action",
    "confirm",
    "locked",
    "offset",
    "tag",
]
EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'><svg onload=alert(3)><a href="javascript:alert(4)">x</a>'
SHORT = "<svg onload=alert(7)>"
TEXTS = ("name", "code", "secret", "token", "key", "path", "verb", "uidb36")
VERBS = ("unfavourite", "boost", "pin", "mute", "delete", "block", "accept", "follow")
READ_ONLY: set[str] = set()


def addresses() -> list[tuple[str, list[str]]]:
    """Return the form of every page's address with the names of its parts."""
    found = []
    resolver = get_resolver()
    for key, rows in resolver.reverse_dict.lists():
        if callable(key):
            for possibilities, _pattern, _defaults, _converters in rows:
                found += [("/" + form, params) for form, params in possibilities if not form.startswith(("api/", "api|"))]
    return sorted({(form, tuple(params)) for form, params in found})  # type: ignore[misc]


def pages(world: Any, known: dict[str, Any]) -> list[str]:
    """Return addresses of pages, their parts filled with what is known by name."""
    every = {
        "acct": "ada",
        "post_id": world.kept["post"],
        "account_id": world.ids["ada"],
        "verb": "favourite",
        "which": "muted",
        "section": "media",
        "name": "open",
        "code": "x",
        "secret": "x",
        "session_id": 1,
        "app_id": 1,
        "token": "x",
        "variant": 1,
        "path": "parvis/x.css",
        "key": "a-b-c",
        "uidb36": "1",
        "pk": 1,
        "provider": "x",
        "process": "login",
        **known,
    }
    wanted = [(form, params) for form, params in addresses() if not known or set(known) & set(params)]
    return [form % {p: quote(str(every.get(p, 1)), safe="@:") for p in params} for form, params in wanted]


def browser(name: str = "", *, csrf: bool = False) -> Client:
    from parvis.identity.models import User

    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    if name:
        client.force_login(User.objects.get(username=name), backend=BACKEND)
    return client


def sent(client: Client, method: str, path: str, body: str, **headers: str) -> Any:
    """Send a form; what it changed is undone, a session that it ended included."""
    kept = client.cookies.copy()
    with undone() as trial:
        answered = client.generic(method, path, body, content_type="application/x-www-form-urlencoded", **headers)
        trial.changed = method == "POST" and answered.status_code < 400
    client.cookies = kept
    return answered


def test_every_page_is_found_and_its_address_can_be_filled(world: Any) -> None:
    assert len(addresses()) > 60
    assert {"/home", "/compose", "/auth/login/", "/oauth/authorize"} <= {form for form, _ in addresses()}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["", "bob", "mod"])
def test_no_page_falls_over(world: Any, who: str) -> None:
    numbers = ("post_id", "account_id", "session_id", "app_id", "variant", "pk")
    variants: list[dict[str, Any]] = [{}]
    if who != "mod":
        variants += [dict.fromkeys(numbers, odd) for odd in (0, MAX_ID, MAX_ID + 1, 10**30)]
        variants += [{"post_id": world.kept["private"], "verb": verb, "account_id": world.ids["fay"]} for verb in VERBS]
        variants += [dict.fromkeys(TEXTS, odd) for odd in ("\x00", "é😀", "..%2f..", "x" * 200, "a'b\"<c>")]
    wrong = set()
    client = browser(who)
    for variant in variants:
        for address in dict.fromkeys(pages(world, variant)):
            for method in ("GET", "POST") if variant else ("GET", "POST", "HEAD", "PUT", "DELETE"):
                answered = sent(client, method, address, "a=1", **(HTMX if method == "POST" else {}))
                if answered.status_code >= 500:
                    wrong.add(f"{method} {address[:120]}: {answered.status_code} {getattr(answered, 'exc_info', ('',))[:2]}")
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.slow
@pytest.mark.parametrize("who", ["", "bob"])
def test_no_form_falls_over_on_odd_fields(world: Any, who: str) -> None:
    wrong = set()
    client = browser(who)
    for address in dict.fromkeys([*pages(world, {}), *pages(world, {"account_id": world.ids["mod"]})]):
        for odd in ODD_TEXTS:
            body = "&".join(f"{name}={quote(odd.encode('utf-8', 'surrogatepass'))}" for name in FIELDS)
            ways: list[tuple[str, dict[str, str]]] = [("POST", {})] if address not in READ_ONLY else []
            ways += [("GET", {})] if odd in ODD_TEXTS[:5] else []
            ways += [("POST", HTMX)] if "\r" in odd and address not in READ_ONLY else []
            for method, more in ways:
                path = f"{address}?{body}" if method == "GET" else address
                answered = sent(client, method, path, "" if method == "GET" else body, **more)
                if answered.status_code == 405:
                    READ_ONLY.add(address)
                if answered.status_code >= 500:
                    wrong.add(f"{method} {address} {odd[:20]!r} {bool(more)}: {getattr(answered, 'exc_info', ('',))[:2]}")
                where = answered.headers.get("Location", "") + answered.headers.get("HX-Redirect", "")
                if (
                    "evil.example" in urlsplit(where).netloc
                    or where.startswith(("//", "/\\", "javascript:"))
                    or "Set-Cookie: a" in str(answered.headers)
                ):
                    wrong.add(f"{method} {address} leads to {where}")
    assert not wrong, "\n".join(sorted(wrong))


def test_forms_without_their_csrf_token_change_nothing(world: Any) -> None:
    from tests.hostile.test_authority import _owned

    before = _owned(world)
    for who in ("", "ada"):
        client = browser(who, csrf=True)
        for address in pages(world, {}):
            answered = client.post(address, {"text": "x", "next": "/home", "login": "ada", "password": "x"})
            to_login = not who and answered.headers.get("Location", "").startswith("/auth/login/")
            assert to_login or answered.status_code in (403, 404, 405), (who, address, answered.status_code)
    assert _owned(world) == before


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "http:///evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "/%09/evil.example",
        "/\t/evil.example",
    ],
)
def test_next_never_leads_off_the_square(world: Any, evil: str) -> None:
    from parvis.identity.models import User

    person = User.objects.get(username="bob")
    person.set_password("stone and open air 7")
    person.save()
    for client, address, body in (
        (browser("bob"), f"/posts/{world.kept['post']}/favourite", {"next": evil}),
        (browser("bob"), f"/people/{world.ids['ada']}/follow", {"next": evil}),
        (browser("bob"), "/compose", {"text": "hello", "visibility": "public", "next": evil, "key": evil, "language": "en"}),
        (browser("bob"), "/settings/theme", {"theme": "dark", "next": evil}),
        (browser("bob"), "/settings/language", {"language": "fr", "next": evil}),
        (browser("bob"), "/auth/logout/", {"next": evil}),
        (browser(), "/auth/login/", {"login": "bob", "password": "stone and open air 7", "next": evil}),
        (browser(), f"/auth/login/?next={quote(evil)}", {"login": "bob", "password": "stone and open air 7"}),
    ):
        answered = client.post(address, body)
        assert answered.status_code < 500, address
        where = answered.headers.get("Location", "")
        parts = urlsplit(where.replace("\\", "/"))
        assert parts.netloc in ("", "testserver"), (address, where)
        assert parts.scheme in ("", "http"), (address, where)
        assert not where.replace("\\", "/").startswith("//"), (address, where)
    page = browser().get(f"/auth/login/?next={quote(evil)}").content.decode()
    hrefs = [value or "" for _tag, attrs in parsed(page) for name, value in attrs if name in ("href", "action")]
    assert not [h for h in hrefs if "evil.example" in urlsplit(h.replace("\\", "/")).netloc or h.startswith(("javascript:", "//"))]


def test_oauth_sends_people_to_registered_addresses_alone(world: Any) -> None:
    app = world.ask("POST", "/api/v1/apps", "", {"client_name": "a", "redirect_uris": "https://app.example/back", "scopes": "read"}).json
    for bad in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"):
        assert world.ask("POST", "/api/v1/apps", "", {"client_name": "a", "redirect_uris": bad}).status == 422, bad
    client = browser("bob")
    for bad in (
        "https://evil.example/",
        "https://app.example/back/../x",
        "https://app.example.evil.example/back",
        "javascript:alert(1)",
        "https://app.example/back#x",
        "data:text/html,x",
        "https://app.example@evil.example/back",
    ):
        for method in ("get", "post"):
            answered = getattr(client, method)(
                "/oauth/authorize",
                {"client_id": app["client_id"], "redirect_uri": bad, "response_type": "code", "scope": "read", "allow": "1"},
            )
            assert answered.status_code in (400, 403, 422, 200), bad
            assert "Location" not in answered.headers, bad


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def parsed(page: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Return the tags of a page with their attributes."""
    parser = _Tags()
    parser.feed(page)
    return parser.found


def assert_tame(page: str, where: str) -> None:
    """Assert that nothing on a page runs what people wrote."""
    for tag, attrs in parsed(page):
        given = dict(attrs)
        assert tag not in ("iframe", "object", "embed", "base"), (where, tag)
        if tag == "script":
            assert (given.get("src") or "").startswith("/static/") or given.get("type") == "application/json", (where, attrs)
        for name, value in attrs:
            assert not name.startswith("on"), (where, tag, attrs)
            assert name != "style" or value == "display: none", (where, tag, attrs)
            if name in ("href", "src", "action", "formaction", "srcset", "poster", "xlink:href", "data", "hx-get", "hx-post"):
                clean = "".join((value or "").split()).lower()
                assert not clean.startswith(("javascript:", "data:text", "vbscript:")), (where, tag, attrs)
    assert "alert(1)</script>" not in page, where
    assert SHORT not in page, where


@pytest.fixture
def evil_world(world: Any) -> SimpleNamespace:
    """bob writes HTML everywhere he can."""
    from parvis.kernel import outbox
    from parvis.network.models import Account, Card, Post

    ask = world.ask
    profile = {
        "display_name": SHORT,
        "note": EVIL + ' javascript:alert(1) https://x.example/"onclick=alert(1)',
        "fields_attributes": [{"name": SHORT, "value": SHORT}, {"name": "u", "value": "javascript:alert(1)"}],
    }
    assert ask("PATCH", "/api/v1/accounts/update_credentials", "bob", profile).status == 200
    pic = world.square.asset("bob", description=EVIL, preview="p/x.png")
    made = []
    for body in (
        {"status": EVIL + " @ada #<b> https://a.example/<script>", "spoiler_text": SHORT, "media_ids": [str(pic)]},
        {"status": "vote", "poll": {"options": [SHORT, "<b>b</b>"], "expires_in": 3600}},
        {"status": "@ada [x](javascript:alert(1)) <a href=javascript:alert(1)>", "in_reply_to_id": str(world.kept["post"])},
        {"status": "&lt;script&gt;alert(1)&lt;/script&gt; https://x.example/?\"onmouseover=alert(1) http://é'onload=x'.example/"},
    ):
        answered = ask("POST", "/api/v1/statuses", "bob", {"language": "en", **body})
        assert answered.status == 200, answered.raw
        made.append(answered.json)
    card = Card.objects.create(
        url="https://x.example/", title=SHORT, description=SHORT, provider_name=SHORT, author_name=SHORT, author_url="javascript:alert(1)"
    )
    Post.objects.filter(id=int(made[3]["id"])).update(card_id=card.id)
    ask("PUT", f"/api/v1/statuses/{made[3]['id']}", "bob", {"status": EVIL, "spoiler_text": SHORT})
    ask("POST", "/api/v1/lists", "ada", {"title": SHORT})
    ask("POST", f"/api/v1/statuses/{made[0]['id']}/favourite", "ada")
    app = ask(
        "POST", "/api/v1/apps", "", {"client_name": SHORT, "redirect_uris": "https://app.example/", "website": "https://x.example/"}
    ).json
    Account.objects.filter(username="eve").update(url="javascript:alert(1)", display_name=SHORT)
    outbox.drain()
    changes.forget()
    return SimpleNamespace(world=world, posts=made, app=app)


@pytest.mark.parametrize("who", ["", "ada", "mod"])
def test_pages_never_run_what_people_wrote(evil_world: Any, who: str) -> None:
    world, posts = evil_world.world, evil_world.posts
    client = browser(who)
    if who == "ada":
        world.square.follow("ada", "bob")
        assert world.ask("POST", "/api/v1/statuses", "bob", {"status": f"@ada {EVIL}", "language": "en"}).status == 200
        from parvis.kernel import outbox

        outbox.drain()
    seen = 0
    known = [{"acct": "bob", "post_id": p["id"]} for p in posts] + [{"acct": "eve"}, {"account_id": world.ids["bob"], "section": "replies"}]
    paths = [a for k in known for a in pages(world, k)]
    paths += [
        f"/search?q={quote(EVIL)}",
        f"/search?q=bob&type=people&x={quote(EVIL)}",
        f"/compose?text={quote(EVIL)}",
        f"/auth/login/?next={quote('/' + EVIL)}",
        f"/home?before={quote(EVIL)}",
        f"/tags/{quote(SHORT, safe='')}",
    ]
    paths.append(
        f"/oauth/authorize?client_id={evil_world.app['client_id']}&redirect_uri=https://app.example/&response_type=code&scope=read&state={quote(EVIL)}"
    )
    for path in dict.fromkeys(paths):
        answered = client.get(path)
        kind = answered.headers.get("Content-Type", "")
        if answered.status_code != 302 and kind.startswith("text/html"):
            policy = answered.headers["Content-Security-Policy"]
            assert "script-src 'self';" in policy, path
            page = answered.content.decode()
            assert_tame(page, path)
            seen += "alert(" in page
        elif "xml" in kind:
            assert b"<script" not in answered.content, path
    assert seen >= 5
    for post in posts:
        for part in (post["content"], (world.ask("GET", f"/api/v1/statuses/{post['id']}", "ada").json["account"]["note"])):
            assert_tame(part, "content")
            assert {tag for tag, _ in parsed(part)} <= {
                "p",
                "br",
                "a",
                "span",
                "blockquote",
                "em",
                "strong",
                "code",
                "pre",
                "ul",
                "ol",
                "li",
            }


@pytest.mark.parametrize("who", ["", "bob", "eve"])
def test_pages_never_show_strangers_what_is_private(world: Any, who: str) -> None:
    seen = ""
    for friend in ("ada", "fay"):  # what they are shown may stay in this process's caches
        client = browser(friend)
        for hidden in ("private", "direct", "answer", "polled"):
            for acct in ("ada", "fay"):
                for path in (
                    "/home",
                    f"/@{acct}",
                    f"/@{acct}/media",
                    f"/@{acct}/{world.kept[hidden]}",
                    f"/@{acct}/{world.kept[hidden]}/history",
                ):
                    seen += client.get(path).content.decode()
    assert {"secretedited", "secretdirect", "secretdescription", "secretoption"} <= set(NOT_MINE.findall(seen))
    client = browser(who)
    for hidden in ("private", "direct", "answer", "polled", "post", "below"):
        for acct in ("ada", "fay"):
            paths = pages(world, {"acct": acct, "post_id": world.kept[hidden], "account_id": world.ids[acct], "name": "secrettag"})
            for path in dict.fromkeys(
                [*paths, "/search?q=secretprivate", "/search?q=from:ada", "/search?q=secre", "/search?q=secret&type=people"]
            ):
                page = client.get(path).content.decode(errors="replace").replace("secrettag", "")
                if "q=secretprivate" in path:
                    page = page.replace("secretprivate", "")
                assert not NOT_MINE.search(page), (path, NOT_MINE.findall(page))
