"""One web process without a server: reads a request per line on stdin, writes the answer on stdout.

The same WSGI application as in production (fast lane and Django), so the tests can say which process answers.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any


def ask(application: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Return the status and JSON body of one request."""
    path, _, query = request["path"].partition("?")
    body = json.dumps(request.get("body") or {}).encode()
    environ = {
        "REQUEST_METHOD": request["method"],
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    if request.get("token"):
        environ["HTTP_AUTHORIZATION"] = f"Bearer {request['token']}"
    started: list[Any] = []
    result = application(environ, lambda status, headers: started.append(status))
    raw = b"".join(result)
    if hasattr(result, "close"):
        result.close()
    return {"status": int(started[0][:3]), "body": json.loads(raw) if raw else None}


def main() -> None:
    """Serve until stdin ends. `{"drain": true}` runs the outbox instead of a request."""
    import django

    django.setup()

    from parvis.config import wiring
    from parvis.config.wsgi import application
    from parvis.kernel import outbox

    wiring.connect()
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"drained": outbox.drain()} if request.get("drain") else ask(application, request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
