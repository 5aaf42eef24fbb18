"""Serves stored files before Django: public paths, and signed addresses of what only some may see.

Nothing here runs in a reader's browser (a policy that allows nothing, no guessing of types), a file's type is
that of the suffix we gave it, originals are not here at all, and a path cannot lead out of where files are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from django.db import close_old_connections

from parvis.kernel import storage
from parvis.kernel.sql import is_lost_connection
from parvis.media import queries
from parvis.media.addresses import signature_holds
from parvis.media.formats import BY_SUFFIX

Start = Callable[..., Any]
_CHUNK = 128 * 1024
_RANGE = re.compile(r"^bytes=(?=\d|-\d)(\d{0,15})-(\d{0,15})$")
_SIGNED = re.compile(r"^(\d{1,12})/([A-Za-z0-9_-]{24})/((\d{1,19})/(file|preview)(?:\.[a-z0-9]{1,5})?)$")
_SAFE_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    ("Referrer-Policy", "no-referrer"),
]
_TEXTS = {404: "404 Not Found", 405: "405 Method Not Allowed", 416: "416 Range Not Satisfiable", 503: "503 Service Unavailable"}


class MediaLane:
    """A WSGI application in front of another: answers /media/ and /media-signed/."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(("/media/", "/media-signed/")):
            return self.inner(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _refuse(start_response, 405, ("Allow", "GET, HEAD"))
        if path.startswith("/media/"):
            return _public(environ, start_response, path[len("/media/") :])
        try:
            return _signed(environ, start_response, path[len("/media-signed/") :])
        except Exception as problem:
            if not is_lost_connection(problem):
                raise
            close_old_connections()
            return _refuse(start_response, 503, ("Retry-After", "5"))


def _public(environ: dict[str, Any], start_response: Start, path: str) -> Iterable[bytes]:
    if not storage.is_safe(path) or path.startswith(storage.ORIGINALS):
        return _refuse(start_response, 404)
    kind = BY_SUFFIX.get(path[path.rfind(".") :], "")
    return _send(environ, start_response, path, kind, "public, max-age=31536000, immutable")


def _signed(environ: dict[str, Any], start_response: Start, rest: str) -> Iterable[bytes]:
    match = _SIGNED.match(rest)
    if match is None:
        return _refuse(start_response, 404)
    until_s, given, name = int(match.group(1)), match.group(2), match.group(3)
    found = queries.path_of(int(match.group(4)), match.group(5)) if signature_holds(name, until_s, given) else None
    if found is None:
        return _refuse(start_response, 404)
    kept_s = max(0, min(until_s - int(time.time()), 3600))
    return _send(environ, start_response, found[0], found[1], f"private, max-age={kept_s}")


def _send(environ: dict[str, Any], start_response: Start, path: str, kind: str, caching: str) -> Iterable[bytes]:
    """Answer with the file, the part of it that was asked for, or that it did not change."""
    etag = f'"{path[path.rfind("/") + 1 :]}"'
    headers = [*_SAFE_HEADERS, ("Cache-Control", caching), ("ETag", etag), ("Accept-Ranges", "bytes")]
    if etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        if not storage.exists(path):
            return _refuse(start_response, 404)
        start_response("304 Not Modified", headers)
        return [b""]
    try:
        total = storage.size(path)
        file = storage.get(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return _refuse(start_response, 404)
    headers.append(("Content-Type", kind or "application/octet-stream"))
    if not kind:
        headers.append(("Content-Disposition", "attachment"))
    asked = environ.get("HTTP_RANGE", "")
    if asked and environ.get("HTTP_IF_RANGE", etag) != etag:
        asked = ""
    part = _part(asked, total)
    if part is None:
        file.close()
        return _refuse(start_response, 416, ("Content-Range", f"bytes */{total}"))
    first, last = part
    status = "200 OK"
    if (first, last) != (0, total - 1) or (_RANGE.match(asked.strip())):
        status = "206 Partial Content"
        headers.append(("Content-Range", f"bytes {first}-{last}/{total}"))
    headers.append(("Content-Length", str(last - first + 1)))
    start_response(status, headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        file.close()
        return [b""]
    return Body(file, first, last - first + 1)


def _part(asked: str, total: int) -> tuple[int, int] | None:
    """Return the first and last byte of a Range header (all for none and for several ranges), None when there is none such."""
    match = _RANGE.match(asked.strip())
    if match is None:
        return 0, total - 1
    first, last = match.groups()
    if not first:
        return (max(0, total - int(last)), total - 1) if int(last) and total else None
    start = int(first)
    end = min(int(last), total - 1) if last else total - 1
    return (start, end) if start <= end else None


class Body:
    """A stretch of a file, read piece by piece; closed by the server."""

    def __init__(self, file: IO[bytes], first: int, count: int) -> None:
        self._file, self._left = file, count
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        try:
            while self._left > 0 and (chunk := self._file.read(min(_CHUNK, self._left))):
                self._left -= len(chunk)
                yield chunk
        finally:
            self._file.close()

    def close(self) -> None:
        """Close the file, also when the reader went away."""
        self._file.close()


def _refuse(start_response: Start, status: int, *headers: tuple[str, str]) -> Iterable[bytes]:
    body = _TEXTS[status].encode()
    start_response(_TEXTS[status], [*_SAFE_HEADERS, ("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *headers])
    return [body]
