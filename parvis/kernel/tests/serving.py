"""A web server in a thread, for tests of what is fetched: pages by path, each a body or a function of the request's headers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """What the server answers, and what it was asked."""

    port: int = 0
    pages: dict[str, Reply | Callable[[Any], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, path: str, body: str | bytes, kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> str:
        """Serve this at the path; return its address."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}, content)
        return self.base + path


@contextmanager
def site(monkeypatch: Any) -> Iterator[Site]:
    """Yield a site that outgoing requests of this test may reach although it is on this machine."""
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            reply = found.pages.get(self.path, (404, {"Content-Type": "text/plain"}, b"none"))
            status, headers, body = reply(self.headers) if callable(reply) else reply
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.setenv("PARVIS_ALLOW_PRIVATE_FETCH", f"127.0.0.1:{found.port}")
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
