"""Style sheets, fonts and scripts under names that change with their content, from memory, compressed once.

`/static/parvis/css/parvis.3f2a9c01d4.css` may be kept for a year by anyone. A name without its hash is answered
too (libraries ask for some), to be asked again every hour. Style sheets refer to hashed names: `url(...)` is rewritten.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import posixpath
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage

FOREVER = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=3600"
_APPS = ("parvis/", "mfa/", "account/", "allauth/")
_TYPES = {".woff2": "font/woff2", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_URL = re.compile(r"url\(\"([^\"#]+)\"\)")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent: its hashed name, bytes, gzipped bytes (empty when that does not help)."""

    hashed: str
    content_type: str
    body: bytes
    gzipped: bytes


_lock = threading.Lock()
_files: dict[str, StaticFile] = {}
_by_hashed: dict[str, StaticFile] = {}


def _load() -> None:
    """Read every static file that pages use. Called once per process, at its first static address."""
    with _lock:
        if _files:
            return
        raw: dict[str, bytes] = {}
        for finder in finders.get_finders():
            for path, storage in finder.list([]):
                name = path.replace("\\", "/")
                if name.startswith(_APPS) and name not in raw:
                    with storage.open(path) as source:
                        raw[name] = source.read()
        found: dict[str, StaticFile] = {}
        for name in sorted(raw, key=lambda n: n.endswith(".css")):  # style sheets last: they name the others
            found[name] = _make(name, raw[name], found)
        _by_hashed.update({f.hashed: f for f in found.values()})
        _files.update(found)


def _make(name: str, body: bytes, known: dict[str, StaticFile]) -> StaticFile:
    stem, extension = posixpath.splitext(name)
    if extension == ".css":
        body = _URL.sub(lambda m: f'url("{_refer(name, m.group(1), known)}")', body.decode()).encode()
    digest = hashlib.sha256(body).hexdigest()[:10]
    kind = _TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = b"" if extension in (".woff2", ".png") else gzip.compress(body, 9, mtime=0)
    return StaticFile(f"{stem}.{digest}{extension}", kind, body, packed if len(packed) < len(body) else b"")


def _refer(sheet: str, target: str, known: dict[str, StaticFile]) -> str:
    folder = posixpath.dirname(sheet)
    full = posixpath.normpath(posixpath.join(folder, target))
    return posixpath.relpath(known[full].hashed, folder) if full in known else target


def address(name: str) -> str:
    """Return the address of a static file, with its content's hash in it. Raises KeyError for an unknown file."""
    _load()
    return f"{settings.STATIC_URL}{_files[name].hashed}"


def answer(path: str, accept_encoding: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return (status, headers, body) for a path below /static/."""
    _load()
    file = _by_hashed.get(path)
    kept = FOREVER if file else FOR_NOW
    file = file or _files.get(path)
    if file is None:
        return 404, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")], b"Not found\n"
    body = file.gzipped if file.gzipped and "gzip" in accept_encoding else file.body
    headers = [
        ("Content-Type", file.content_type),
        ("Cache-Control", kept),
        ("Vary", "Accept-Encoding"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Content-Length", str(len(body))),
    ]
    if body is file.gzipped:
        headers.append(("Content-Encoding", "gzip"))
    return 200, headers, body


class StaticFiles:
    """A WSGI application that answers below /static/ itself and passes everything else on."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(settings.STATIC_URL):
            return self.application(environ, start_response)
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
            return [b""]
        status, headers, body = answer(path[len(settings.STATIC_URL) :], environ.get("HTTP_ACCEPT_ENCODING", ""))
        start_response("200 OK" if status == 200 else "404 Not Found", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


class HashedStatic(StaticFilesStorage):
    """What `{% static %}` uses: hashed addresses, and the plain one for a file that does not exist."""

    def url(self, name: str | None) -> str:
        _load()
        file = _files.get(name or "")
        return f"{settings.STATIC_URL}{file.hashed if file else name}"
