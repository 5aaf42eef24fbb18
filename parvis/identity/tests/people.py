"""Factories: people of the square, apps, a browser that walks through the flows."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.core import mail
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from parvis.config.wsgi import application
from parvis.identity.actions import Registration, register_account
from parvis.identity.models import Role, User

PASSWORD = "correct horse battery"
OOB = "urn:ietf:wg:oauth:2.0:oob"


def person(name: str = "ana", *, role: str = Role.MEMBER, **more: Any) -> User:
    """Return somebody who registered and may log in."""
    more = {"confirmed": True, "approved": True, **more}
    asked = Registration(username=name, email=f"{name}@example.org", password=PASSWORD, role=role, **more)
    return register_account(asked, any_password=True)


def browser(user: User | None = None) -> Client:
    """Return a browser that checks CSRF as real ones do; logged in by the form when a person is named."""
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=False)
    if user is not None:
        answer = client.post("/auth/login/", {"login": user.username, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        assert client.session.get("_auth_user_id") == str(user.pk)
    return client


def api(
    method: str, path: str, *, token: str = "", body: Any = None, basic: tuple[str, str] | None = None, form: Any = None
) -> tuple[int, Any]:
    """Call the square through its WSGI application, fast lane included; return (status, body)."""
    path, _, query = path.partition("?")
    raw = json.dumps(body).encode() if body is not None else urlencode(form).encode() if form is not None else b""
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.input": io.BytesIO(raw), "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(raw)), "wsgi.errors": io.StringIO(),
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if form is not None else "application/json",
    }  # fmt: skip
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    if basic:
        environ["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    status: list[str] = []
    with kept_connection():
        answer = application(environ, lambda line, headers: status.append(line))
        content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    return int(status[0].split()[0]), json.loads(content) if content else None


@contextmanager
def kept_connection() -> Iterator[None]:
    """The test's transaction outlives a request, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def new_app(**more: Any) -> dict[str, Any]:
    """Return what an app gets when it registers."""
    asked = {"client_name": "Test app", "redirect_uris": OOB, "scopes": "read write follow push", **more}
    status, found = api("POST", "/api/v1/apps", body=asked)
    assert status == 200, found
    return dict(found)


def wish(app: dict[str, Any], **more: str) -> dict[str, str]:
    """Return the parameters with which an app sends somebody to the authorize page."""
    return {
        "client_id": app["client_id"], "redirect_uri": app["redirect_uris"][0], "response_type": "code", "scope": "read write", **more,
    }  # fmt: skip


def hidden_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = (value[1] if value else "").replace("&amp;", "&").replace("&#x27;", "'")
    return found


def let_in(client: Client, app: dict[str, Any], *, allow: str = "Authorize", **more: str) -> Any:
    """Answer the authorize page as the person; return the answer."""
    page = client.get("/oauth/authorize", wish(app, **more))
    assert page.status_code == 200, (page.status_code, page.content.decode()[:1500])
    return client.post("/oauth/authorize", {**hidden_fields(page.content.decode()), "allow": allow})


def code_of(answer: Any) -> str:
    """Return the code that an answer carries in its address."""
    assert answer.status_code == 302, answer.content.decode()[:1500]
    return parse_qs(urlsplit(answer["Location"]).query)["code"][0]


def exchange(app: dict[str, Any], code: str, **more: str) -> tuple[int, Any]:
    """Exchange a code for a token."""
    given = {
        "grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "redirect_uri": app["redirect_uris"][0], "code": code, **more,
    }  # fmt: skip
    return api("POST", "/oauth/token", body=given)


def token_for(user: User, app: dict[str, Any] | None = None, **more: str) -> str:
    """Return a token that the person gave an app, through every step."""
    app = app or new_app()
    status, found = exchange(app, code_of(let_in(browser(user), app, **more)))
    assert status == 200, found
    return str(found["access_token"])


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def link_in_mail(pattern: str) -> str:
    """Return the path of the address in the latest letter that matches."""
    found = re.search(rf"https?://\S*({pattern}\S*)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]
