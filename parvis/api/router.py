"""Finds the endpoint for a method and path, runs it, and turns refusals into the API's error shape."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.api.call import Answer, Call
from parvis.feeds.queries.pages import MAX_ID
from parvis.kernel import ratelimit
from parvis.kernel.clock import iso_ms
from parvis.kernel.errors import Forbidden, NotFound, ParvisError, Unauthenticated
from parvis.kernel.sql import is_lost_connection
from parvis.moderation.queries import ip_severity

log = logging.getLogger("parvis.api")
Endpoint = Callable[..., Answer]


class Node:
    """One segment of the path tree."""

    __slots__ = ("children", "endpoints", "kind", "wild")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.wild: Node | None = None
        self.kind = ""
        self.endpoints: dict[str, Endpoint] = {}


class Router:
    """Routes such as `/api/v1/statuses/:id/context`; `:id` is a number, `:name` any text."""

    def __init__(self) -> None:
        self.root = Node()
        self.routes: list[tuple[str, str, Endpoint]] = []

    def add(self, method: str, path: str, endpoint: Endpoint) -> None:
        """Serve this method and path. Raises ValueError when they are taken."""
        node = self.root
        for segment in path.strip("/").split("/"):
            if segment.startswith(":"):
                if node.wild is None:
                    node.wild = Node()
                    node.wild.kind = "id" if segment == ":id" else "text"
                elif node.wild.kind != ("id" if segment == ":id" else "text"):
                    node.wild.kind = "text"
                node = node.wild
            else:
                node = node.children.setdefault(segment, Node())
        if method in node.endpoints:
            raise ValueError(f"{method} {path} is served twice")
        node.endpoints[method] = endpoint
        self.routes.append((method, path, endpoint))

    def find(self, path: str) -> tuple[Node | None, tuple[Any, ...]]:
        """Return the node of a path and the values of its `:segments`; ids are already numbers."""
        node = self.root
        values: list[Any] = []
        for segment in path.strip("/").split("/"):
            below = node.children.get(segment)
            if below is None:
                below = node.wild
                if below is None:
                    return None, ()
                if below.kind == "id":
                    number = int(segment) if segment.isascii() and segment.isdigit() and len(segment) < 20 else -1
                    if not 0 <= number <= MAX_ID:
                        return None, ()
                    values.append(number)
                else:
                    values.append(segment)
            node = below
        return node, tuple(values)


ROUTER = Router()

LIMITS = {"media": (30, 1800), "delete": (30, 1800), "signup": (5, 1800), "": (300, 300)}


def answer(call: Call) -> Answer:
    """Return the answer to a call: never raises."""
    language = call.header("Accept-Language") or ""
    translation.activate("fr" if language[:2].lower() == "fr" else "en")
    try:
        node, values = ROUTER.find(call.path)
        endpoint = node.endpoints.get("GET" if call.method == "HEAD" else call.method) if node is not None else None
        if endpoint is None:
            if node is not None and node.endpoints and call.method == "OPTIONS":
                return Answer(204, b"", [("Allow", ", ".join(sorted(node.endpoints)))])
            return error(NotFound())
        if ip_severity(call.ip) == "no_access":
            return error(Forbidden(_("Your address may not use this square"), code="ip.blocked"))
        headers: list[tuple[str, str]] = []
        if settings.RATE_LIMITS:
            refused = _spend(call, getattr(endpoint, "budget", ""), headers)
            if refused is not None:
                return refused
        try:
            found = endpoint(call, *values)
        except ParvisError as refusal:
            found = error(refusal)
        found.headers += headers
        return found
    except ParvisError as refusal:
        return error(refusal)
    except Exception as problem:
        if is_lost_connection(problem):
            raise
        log.exception("%s %s failed", call.method, call.path)
        return Answer(500, orjson.dumps({"error": "Something went wrong on our end. It was noted; please try again."}))


def _spend(call: Call, kind: str, headers: list[tuple[str, str]]) -> Answer | None:
    """Count the call against its account's and its address's limits; return the refusal when one is spent."""
    limit, window_s = LIMITS[kind]
    try:
        who = call.principal
    except Unauthenticated:
        who = None
    subject = f"{kind}:{who.account_id}" if who is not None and who.account_id else f"{kind}:ip:{call.ip}"
    budget = ratelimit.spend(subject, limit=limit, window_s=window_s)
    headers += (
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Remaining", str(max(0, budget.remaining))),
        ("X-RateLimit-Reset", iso_ms(budget.reset_s * 1000)),
    )
    if budget.spent:
        return Answer(429, orjson.dumps({"error": _("Too many requests")}), [*headers])
    return None


def error(refusal: ParvisError) -> Answer:
    """Return a refusal in the API's shape: `error`, and `details` per field for refused input."""
    body: dict[str, Any] = {"error": str(refusal.text)}
    if refusal.fields:
        body["details"] = refusal.fields
    if refusal.code not in ("refused", "invalid", "not_found", "forbidden", "unauthenticated"):
        body["code"] = refusal.code
    headers = [("WWW-Authenticate", 'Bearer realm="Parvis", error="invalid_token"')] if refusal.status == 401 else []
    return Answer(refusal.status, orjson.dumps(body), headers)


def budgeted(kind: str) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint whose calls count against a budget of their own (LIMITS)."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.budget = kind  # type: ignore[attr-defined]
        return endpoint

    return mark
