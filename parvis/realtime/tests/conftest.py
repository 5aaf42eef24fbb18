"""The streaming process on a real port of this machine, with people, tokens and a worker that runs when asked."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
import uvicorn
from websockets.sync.client import connect

from parvis.api.tests.conftest import Square
from parvis.kernel import changes, outbox


class Events:
    """A server-sent events client: reads one event after the other."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None) -> None:
        self.client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        self.client.request("GET", f"/api/v1/streaming/{path}", headers=headers or {})
        self.response = self.client.getresponse()
        self.status = self.response.status

    @property
    def error(self) -> Any:
        return json.loads(self.response.read())["error"]

    def lines(self) -> Iterator[str]:
        while line := self.response.readline():
            yield line.decode().rstrip("\n")

    def next(self) -> tuple[str, Any]:
        """Return the next (event, payload); payloads that are JSON objects are parsed."""
        event = ""
        for line in self.lines():
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
                return event, json.loads(data) if data.startswith("{") else data
        return "end", None

    def close(self) -> None:
        self.response.close()
        self.client.close()


class Streamed(Square):
    """A square whose streaming process runs in a thread of the test."""

    def __init__(self, port: int, app: Any) -> None:
        super().__init__()
        self.port, self.app_under_test = port, app
        self.clients: list[Any] = []
        self.stack = ExitStack()

    @property
    def hub(self) -> Any:
        return self.app_under_test.hub

    def events(self, path: str, who: str = "", **headers: str) -> Events:
        """Open a stream; with `who`, by the token in the address."""
        before = len(self.hub.connections)
        if who:
            path += ("&" if "?" in path else "?") + f"access_token=token-{who}"
        client = Events(self.port, path, headers)
        self.clients.append(client)
        if client.status == 200 and path != "health":
            self.until(lambda: len(self.hub.connections) > before)
        return client

    def socket(self, who: str, query: str = "", **options: Any) -> Any:
        """Open a WebSocket and wait until it watches its stream."""
        before = len(self.hub.connections)
        token = f"access_token=token-{who}&" if who else ""
        client = self.stack.enter_context(
            connect(f"ws://127.0.0.1:{self.port}/api/v1/streaming?{token}{query}", open_timeout=5, close_timeout=0.2, **options)
        )
        self.until(lambda: len(self.hub.connections) > before)
        if "stream=" in query:
            self.until(lambda: all(c.streams for c in self.hub.connections))
        return client

    def until(self, true: Any, seconds: float = 5) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.005)

    def work(self) -> None:
        """The worker takes what waits."""
        outbox.drain()


@pytest.fixture
def streaming(transactional_db: None, settings: Any) -> Iterator[Streamed]:
    """A square with ada, bob and cleo, and its streaming process."""
    from parvis.config import wiring
    from parvis.realtime.app import Streaming

    settings.RATE_LIMITS = False
    wiring.connect()
    changes.forget()
    app = Streaming()
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, ws="websockets-sansio", http="httptools", log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    square = Streamed(port, app)
    for name in ("ada", "bob", "cleo"):
        square.person(name)
    square.until(lambda: server.started)
    yield square
    for client in square.clients:
        client.close()
    square.stack.close()
    server.should_exit = True
    thread.join(timeout=5)
    assert not thread.is_alive()
