"""Answers the API's GET requests without Django's request machinery (ADR-0003).

An empty Django view costs about 100 µs of CPU, this lane about 10. It runs the very same endpoints (router.py)
with the same queries and policies; it only skips middleware that the API does not use. Bodies are Django's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections

from parvis.api import routes  # noqa: F401  (declares every route)
from parvis.api.call import Answer, Call
from parvis.api.router import answer
from parvis.api.views import CORS
from parvis.kernel import changes
from parvis.kernel.proxies import client_address
from parvis.kernel.sql import is_lost_connection

REASONS = {
    200: "200 OK", 202: "202 Accepted", 204: "204 No Content", 206: "206 Partial Content", 301: "301 Moved Permanently", 302: "302 Found",
    304: "304 Not Modified", 400: "400 Bad Request", 401: "401 Unauthorized", 403: "403 Forbidden", 404: "404 Not Found", 410: "410 Gone",
    422: "422 Unprocessable Entity", 429: "429 Too Many Requests", 500: "500 Internal Server Error", 503: "503 Service Unavailable",
}  # fmt: skip
PREFIXES = ("/api/", "/.well-known/", "/nodeinfo/")
NATIVE = "/api/parvis/"  # our own typed API has its own request machinery (native.py)
_JSON = ("Content-Type", "application/json; charset=utf-8")
_BASE_HEADERS = [("X-Content-Type-Options", "nosniff"), ("Vary", "Authorization, Origin, Accept-Language")]
_NEVER_CACHE = ("Cache-Control", "private, no-store")


# Reads of one process take turns: each takes microseconds, and threads that fight for the interpreter at every
# query cost more CPU (12 to 30 % on a loaded 2-core machine). What may take long (uploads, log-ins, asking other servers) is not under it.
_turn = threading.Lock()
_UNHURRIED = ("/api/v2/search", "/api/v1/accounts/search", "/api/oembed")


class FastLane:
    """A WSGI application in front of Django's."""

    def __init__(self, django: Callable[..., Iterable[bytes]]) -> None:
        self.django = django

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        method = environ["REQUEST_METHOD"]
        if method == "GET":
            if path.startswith(PREFIXES) and not path.startswith(NATIVE):
                if path.startswith(_UNHURRIED):
                    found = _read(environ, path)
                else:
                    with _turn:
                        found = _read(environ, path)
                return _respond(found, start_response, cross_origin="HTTP_ORIGIN" in environ)
            if path == "/health":
                return _respond(_health(), start_response)
        elif method == "OPTIONS" and path.startswith(PREFIXES):
            start_response(REASONS[204], [*CORS, *_BASE_HEADERS, ("Access-Control-Max-Age", "86400")])
            return [b""]
        return self.django(environ, start_response)


def _read(environ: dict[str, Any], path: str) -> Answer:
    """Answer one read; a broken database connection is opened anew, once."""

    def header(name: str) -> str | None:
        value: str | None = environ.get("HTTP_" + name.upper().replace("-", "_"))
        return value

    if not path.isascii():  # WSGI hands over the bytes of a path as Latin-1
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")
    for attempt in (0, 1):
        address = client_address(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""))
        try:
            changes.sync()
            return answer(Call("GET", path, environ.get("QUERY_STRING", ""), ip=address, header=header))
        except Exception as problem:
            if not is_lost_connection(problem):
                raise
            connections["default"].close()
            if attempt:
                return Answer(503, b'{"error":"The database is not available. Please try again in a moment."}', [("Retry-After", "5")])
    raise AssertionError


def _health() -> Answer:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        return Answer(200, b'{"status":"ok"}')
    except Exception:
        connections["default"].close()
        return Answer(503, b'{"status":"database unavailable"}')


def _respond(found: Answer, start_response: Callable[..., Any], *, cross_origin: bool = False) -> Iterable[bytes]:
    headers = [_JSON, ("Content-Length", str(len(found.body))), *_BASE_HEADERS]
    if cross_origin:
        headers += CORS
    if found.headers:
        own = {name.lower() for name, _ in found.headers}
        if "content-type" in own:
            headers = headers[1:]
        headers += found.headers
        if "cache-control" not in own:
            headers.append(_NEVER_CACHE)
    else:
        headers.append(_NEVER_CACHE)
    start_response(REASONS.get(found.status) or f"{found.status} Status", headers)
    return [found.body]
