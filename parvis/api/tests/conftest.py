"""A square in the test's database, asked through the same WSGI application that serves it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest


class Answered:
    """One answer: its status, headers and JSON body."""

    def __init__(self, status: int, headers: dict[str, str], raw: bytes) -> None:
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class Square:
    """People with tokens, and requests in their names."""

    def __init__(self) -> None:
        from parvis.config.wsgi import application
        from parvis.identity.models import Application

        self.application = application
        self.app = Application.objects.create(
            name="Test app", client_type="confidential", authorization_grant_type="authorization-code", redirect_uris="x:"
        )
        self.ids: dict[str, int] = {}

    def person(self, name: str, *, scope: str = "read write follow", **columns: Any) -> int:
        """A person exists, with a token; return the account's id."""
        from parvis.identity.models import User
        from parvis.network.models import Account

        account = Account.objects.create(username=name, **columns)
        now = datetime.now(timezone.utc)
        user = User.objects.create(username=name, email=f"{name}@example.org", account=account, confirmed_at=now, approved_at=now)
        self.token(name, user, scope)
        self.ids[name] = account.id
        return int(account.id)

    def token(self, secret: str, user: Any, scope: str) -> None:
        from parvis.identity.models import AccessToken

        AccessToken.objects.create(
            user=user, token=f"token-{secret}", application=self.app, scope=scope, expires=datetime(9999, 1, 1, tzinfo=timezone.utc)
        )

    def ask(
        self,
        method: str,
        path: str,
        who: str = "",
        body: Any = None,
        *,
        form: str = "",
        kind: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answered:
        """Send a request and return the answer. body: JSON, or bytes as they are (of this kind); form: urlencoded instead."""
        path, _, query = path.partition("?")
        raw = form.encode() if form else body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:8000",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "wsgi.input": io.BytesIO(raw),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "CONTENT_LENGTH": str(len(raw)),
            "CONTENT_TYPE": kind or ("application/x-www-form-urlencoded" if form else "application/json"),
        }
        if who:
            environ["HTTP_AUTHORIZATION"] = f"Bearer token-{who}"
        for name, value in (headers or {}).items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = value
        seen: list[Any] = []
        result = self.application(environ, lambda status, found, *_: seen.extend((status, found)))
        try:
            answered = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        return Answered(int(seen[0].split()[0]), dict(seen[1]), answered)

    def post(self, who: str, text: str = "hello", **params: Any) -> dict[str, Any]:
        """Publish a post and return its Status."""
        answered = self.ask("POST", "/api/v1/statuses", who, {"status": text, **params})
        assert answered.status == 200, answered.raw
        found: dict[str, Any] = answered.json
        return found

    def follow(self, who: str, whom: str) -> None:
        from parvis.network.actions import follows

        follows.follow(self.ids[who], self.ids[whom])

    def asset(self, who: str, **columns: Any) -> int:
        """An uploaded picture of this person is ready; return its id."""
        from parvis.media.models import Asset

        given = {"kind": "image", "state": "ready", "content_type": "image/png", "original": "o/x.png", "file": "f/x.png", **columns}
        return int(Asset.objects.create(owner_id=self.ids[who], **given).id)


@pytest.fixture
def _kept_connection() -> Iterator[None]:
    """The test's transaction outlives a request: Django would close a connection that it finds inside one."""
    from django.core import signals
    from django.db import close_old_connections

    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def square(db: None, settings: Any, _kept_connection: None) -> Square:
    """Return a square where ada and bob live; rate limits are off."""
    settings.RATE_LIMITS = False
    found = Square()
    found.person("ada")
    found.person("bob")
    return found
