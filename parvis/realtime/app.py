"""The ASGI application of streaming: server-sent events and WebSockets, as Mastodon's /api/v1/streaming.

It is bare on purpose: a framework would cost more than the delivery (docs/adr). Run by uvicorn in one process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.db import connections

from parvis.identity.queries import Principal, principal
from parvis.kernel import changes
from parvis.network.queries import viewer
from parvis.realtime.hub import Connection, Hub
from parvis.realtime.intake import Intake
from parvis.realtime.streams import Opened, Refusal, authorize, from_path, open_stream

PREFIX = "/api/v1/streaming"
MAX_MESSAGE = 4096
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"Authorization, Accept, Cache-Control"),
    (b"access-control-allow-methods", b"GET, OPTIONS"),
]
_JSON = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"private, no-store"), *_CORS]
_EVENTS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    *_CORS,
]


class Streaming:
    """The application and its one hub, opened with the first event loop that runs it."""

    def __init__(self) -> None:
        self.hub: Hub | None = None
        self.intake: Intake | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._lifespan(receive, send)
        elif kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._websocket(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._open()
                await send({"type": "lifespan.startup.complete"})
            else:
                self._close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _open(self) -> None:
        self.hub = Hub()
        self.intake = Intake(self.hub)
        self.intake.open()
        self.hub.spawn(self.hub.tick())

    def _close(self) -> None:
        assert self.hub is not None
        assert self.intake is not None
        self.intake.close()
        for connection in tuple(self.hub.connections):
            connection.close("stopping")
        for task in tuple(self.hub.tasks):
            task.cancel()
        self.hub.pool.submit(connections.close_all)
        self.hub.pool.shutdown(wait=True)

    # ------------------------------------------------------------------ server-sent events

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        if path.rstrip("/") == f"{PREFIX}/health" and method == "GET":
            await _answer(send, 200, b"OK", [(b"content-type", b"text/plain"), (b"cache-control", b"private, no-store")])
            return
        if method == "OPTIONS":
            await _answer(send, 204, b"", _CORS)
            return
        params = _params(scope)
        name = from_path(path.removeprefix(PREFIX), params) if path.startswith(PREFIX) else ""
        if method != "GET" or not name:
            await _refuse(send, Refusal(404, "Not found"))
            return
        assert self.hub is not None
        try:
            who, secret = await self._identify(scope, params)
            authorize(who, name)
            opened = await self.hub.read(_open, who, name, params)
        except Refusal as refusal:
            await _refuse(send, refusal)
            return
        connection = Connection(who, secret, is_sse=True)
        if not self.hub.join(connection):
            await _refuse(send, Refusal(429, "Too many streams are open"))
            return
        self.hub.watch(connection, opened)
        leaving = asyncio.get_running_loop().create_task(_until_disconnected(receive, connection))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
            await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
            while (frame := await connection.next()) is not None:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            if connection.closed != "left":
                await send({"type": "http.response.body", "body": b""})
        except OSError:
            pass
        finally:
            leaving.cancel()
            self.hub.leave(connection)

    async def _identify(self, scope: Any, params: Mapping[str, str]) -> tuple[Principal, str]:
        """Return who opens a stream, and their token. Raises Refusal."""
        secret = _secret(scope, params)
        if not secret:
            raise Refusal(401, "Missing access token")
        assert self.hub is not None
        who: Principal | None = await self.hub.read(_principal, secret)
        if who is None or who.blocked:
            raise Refusal(401, "Invalid access token")
        return who, secret

    # ------------------------------------------------------------------ WebSockets

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()  # websocket.connect
        params = _params(scope)
        assert self.hub is not None
        try:
            if scope["path"].rstrip("/") != PREFIX:
                raise Refusal(404, "Not found")
            who, secret = await self._identify(scope, params)
        except Refusal as refusal:
            await _refuse_socket(scope, send, refusal)
            return
        connection = Connection(who, secret, is_sse=False)
        if not self.hub.join(connection):
            await _refuse_socket(scope, send, Refusal(429, "Too many streams are open"))
            return
        offered = scope.get("subprotocols") or []
        await send({"type": "websocket.accept", "subprotocol": offered[0] if offered else None})
        writing = asyncio.get_running_loop().create_task(_write(connection, send))
        reading = asyncio.get_running_loop().create_task(self._listen(connection, params, receive))
        try:
            await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writing, reading):
                task.cancel()
            reason = connection.closed
            self.hub.leave(connection)
            if not reading.done() or reason:
                with contextlib.suppress(Exception):
                    await send({"type": "websocket.close", "code": 1001 if reason == "stopping" else 1008, "reason": reason})

    async def _listen(self, connection: Connection, params: Mapping[str, str], receive: Any) -> None:
        """Open the stream named in the address, then those that the client subscribes to, until it leaves."""
        if params.get("stream"):
            await self._subscribe(connection, params["stream"], params)
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or ""
            if len(text) > MAX_MESSAGE:
                continue
            try:
                asked = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
            if not isinstance(asked, dict) or not isinstance(asked.get("stream"), str):
                continue
            given = {k: str(v) for k, v in asked.items() if isinstance(v, (str, int))}
            if asked.get("type") == "subscribe":
                await self._subscribe(connection, asked["stream"], given)
            elif asked.get("type") == "unsubscribe":
                await self._unsubscribe(connection, asked["stream"], given)

    async def _subscribe(self, connection: Connection, name: str, params: Mapping[str, str]) -> None:
        assert self.hub is not None
        try:
            opened = await self.hub.read(_open, connection.who, name, params)
            if not self.hub.watch(connection, opened):
                raise Refusal(429, "Too many streams are open")
        except Refusal as refusal:
            connection.put(orjson.dumps({"error": refusal.text, "status": refusal.status}).decode())

    async def _unsubscribe(self, connection: Connection, name: str, params: Mapping[str, str]) -> None:
        assert self.hub is not None
        try:
            opened = await self.hub.read(_open, connection.who, name, params)
            self.hub.unwatch(connection, opened.key)
        except Refusal:
            connection.put('{"error":"Error unsubscribing from channel"}')


async def _write(connection: Connection, send: Any) -> None:
    with contextlib.suppress(OSError):
        while (frame := await connection.next()) is not None:
            await send({"type": "websocket.send", "text": frame})


async def _until_disconnected(receive: Any, connection: Connection) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connection.close("left")


def _open(who: Principal, name: str, params: Mapping[str, str]) -> Opened:
    """Open a stream and warm what rendering for its watcher needs (in the reading thread)."""
    opened = open_stream(who, name, params)
    if who.account_id:
        viewer(who.account_id)
    return opened


def _principal(secret: str) -> Principal | None:
    changes.sync()
    return principal(secret)


def _params(scope: Any) -> dict[str, str]:
    return dict(parse_qsl(scope.get("query_string", b"").decode("utf-8", "replace"), keep_blank_values=True))


def _secret(scope: Any, params: Mapping[str, str]) -> str:
    """Return the token: in the Authorization header, the address, or (browsers) the WebSocket's subprotocol."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, secret = value.decode("latin-1").partition(" ")
            if scheme.lower() == "bearer":
                return str(secret.strip())
    offered = scope.get("subprotocols") or [""]
    return params.get("access_token") or offered[0]


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Any, refusal: Refusal) -> None:
    await _answer(send, refusal.status, orjson.dumps({"error": refusal.text}), _JSON)


async def _refuse_socket(scope: Any, send: Any, refusal: Refusal) -> None:
    """Refuse before the handshake is done, with a real HTTP status where the server can."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.text})
        return
    body = orjson.dumps({"error": refusal.text})
    headers = [*_JSON, (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


app = Streaming()
