"""The one way out: requests to other servers, only to public addresses, never too much, never too long.

The address is decided on what is connected to: a name is resolved once, every address it has must be global
unicast, and the socket is opened to one of those very addresses (the name serves for TLS and Host only), so a
second answer of the resolver changes nothing. Redirects go through the same checks. One deadline covers the
resolver, the handshake, the headers and every byte of the body; compressed bodies are counted unpacked.
"""

from __future__ import annotations

import functools
import http.client
import io
import ipaddress
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from parvis.config import environment
from parvis.kernel.errors import ParvisError

VERSION = "0.1"
PORTS = frozenset((80, 443, 8080, 8443))
MAX_URL = 4096
_CHUNK = 65_536
_V6_GLOBAL = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Public by number, but answered by a cloud's own metadata service.
_METADATA = frozenset((ipaddress.ip_address("168.63.129.16"),))
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_OF_ONE_HOST = ("authorization", "cookie", "signature", "signature-input", "proxy-authorization")


class FetchFailed(ParvisError):
    """The other server's answer could not be had; its subclasses say why."""

    status, code, text = 422, "fetch.failed", _("The address could not be read.")  # type: ignore[assignment]


class Refused(FetchFailed):
    """The address may not be asked: private, not http(s), another port, too many redirects."""

    code, text = "fetch.refused", _("This address may not be fetched.")


class TooLarge(FetchFailed):
    """The answer is larger than allowed, packed or unpacked."""

    code, text = "fetch.too_large", _("The answer from this address is too large.")


class TooSlow(FetchFailed):
    """The deadline passed before the last byte."""

    code, text = "fetch.too_slow", _("The address took too long to answer.")


class Unreachable(FetchFailed):
    """No connection, no valid certificate, or not HTTP."""

    code, text = "fetch.unreachable", _("The address did not answer.")


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `headers` are by lower-case name; `url` is the last address; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    content_type: str
    is_partial: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def charset(self) -> str:
        """The charset parameter of the content type, "" when there is none."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower()
        return ""


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    url: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.scheme == "https" else 80) else f"{name}:{self.port}"


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 1_000_000,
    timeout_s: float = 10,
    accept: str = "",
    redirects: int = 2,
    partial: bool = False,
) -> Response:
    """Return another server's answer, whatever its status. Raises Refused, TooLarge, TooSlow, Unreachable.

    timeout_s: for everything together, redirects included. redirects: followed for GET and HEAD only.
    partial: return the first max_bytes of a larger body instead of raising TooLarge.
    Never call it inside a database transaction.
    """
    deadline = time.monotonic() + timeout_s
    target = _target(url)
    sent = {k.lower(): v for k, v in (headers or {}).items()}
    if accept:
        sent.setdefault("accept", accept)
    for _hop in range(redirects + 1):
        found = _ask(target, method, body, sent, max_bytes, deadline, partial)
        location = found.headers.get("location")
        if found.status not in (301, 302, 303, 307, 308) or not location or method not in ("GET", "HEAD"):
            return found
        location = location.encode("latin-1", "replace").decode("utf-8", "replace")  # http.client reads headers as Latin-1
        before, target = target, _target(urljoin(target.url, location))
        if (before.host, before.port, before.scheme) != (target.host, target.port, target.scheme):
            sent = {k: v for k, v in sent.items() if k not in _OF_ONE_HOST}
    raise Refused(detail=f"more than {redirects} redirects from {url[:200]}")


def check(url: str) -> str:
    """Return the address in the form in which it would be asked for. Raises Refused; resolves nothing."""
    return _target(url).url


def _target(url: str) -> _Target:
    """Return the parts of an address. Raises Refused for what may not be asked whatever it resolves to."""
    if len(url) > MAX_URL or any(ord(c) <= 32 or ord(c) == 127 for c in url.strip()):
        raise Refused(detail="control characters, spaces or excessive length")
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as problem:
        raise Refused(detail=str(problem)) from None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host:
        raise Refused(detail=f"not a web address: {url[:80]!r}")
    if "@" in parts.netloc:
        raise Refused(detail="credentials in the address")
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Refused(detail="not a host name") from None
    port = port or (443 if scheme == "https" else 80)
    if port not in PORTS and f"{host}:{port}" not in _allowed():
        raise Refused(detail=f"port {port}")
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    path = path.replace("#", "%23")
    shown = f"[{host}]" if ":" in host else host
    default = 443 if scheme == "https" else 80
    return _Target(scheme, host, port, path, f"{scheme}://{shown}{'' if port == default else f':{port}'}{path}")


def _allowed() -> frozenset[str]:
    """Return the host:port pairs that tests may reach although private."""
    return frozenset(p.strip().lower() for p in environment.text("PARVIS_ALLOW_PRIVATE_FETCH").split(",") if p.strip())


def is_public(address: str) -> bool:
    """Return whether an IP address is global unicast, also when it wraps an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _V6_GLOBAL or ip.teredo:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified and ip not in _METADATA


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TooSlow
    return left


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return what the system's resolver knows of a name."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _addresses(target: _Target, deadline: float) -> list[tuple[Any, Any]]:
    """Return the (family, socket address) pairs to connect to, each checked. Raises Refused, TooSlow, Unreachable."""
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(resolve(target.host, target.port))
        except (OSError, UnicodeError) as problem:
            found.append(problem)

    # The system's resolver knows no deadline, so it is waited for and left behind when it passes.
    thread = threading.Thread(target=look, name="resolver", daemon=True)
    thread.start()
    thread.join(_left(deadline))
    if not found:
        raise TooSlow(detail=f"resolving {target.host}")
    if isinstance(found[0], Exception) or not found[0]:
        raise Unreachable(detail=f"{target.host}: {found[0]}")
    if f"{target.host}:{target.port}" not in _allowed():
        for info in found[0]:
            if not is_public(str(info[4][0])):
                raise Refused(detail=f"{target.host} is {info[4][0]}")
    return [(info[0], info[4]) for info in found[0]]


def _connect(target: _Target, deadline: float) -> socket.socket:
    problem: Exception | None = None
    addresses = _addresses(target, deadline)
    for place, (family, address) in enumerate(addresses[:4]):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            left = _left(deadline)
            sock.settimeout(left if place == len(addresses) - 1 else max(left / 2, 0.1))
            sock.connect(address)
            if target.scheme == "https":
                sock.settimeout(_left(deadline))
                sock = _tls().wrap_socket(sock, server_hostname=target.host)
            return sock
        except (OSError, ssl.SSLError) as error:
            sock.close()
            problem = error
        except FetchFailed:
            sock.close()
            raise
    _left(deadline)
    raise Unreachable(detail=f"{target.host}: {problem}")


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not (paths.capath and os.path.isdir(paths.capath) and os.listdir(paths.capath)):
        import certifi  # Python from python.org on macOS comes without certificates

        context.load_verify_locations(certifi.where())
    return context


class _Timed(io.RawIOBase):
    """Reads a socket; each read waits at most until the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            self._sock.settimeout(_left(self._deadline))
            return self._sock.recv_into(buffer)
        except TimeoutError:
            raise TooSlow from None
        except ssl.SSLEOFError:
            return 0


class _Connection:
    """The part of a socket that http.client reads an answer from."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._sock, self._deadline), _CHUNK)


def _ask(target: _Target, method: str, body: bytes, headers: Mapping[str, str], max_bytes: int, deadline: float, partial: bool) -> Response:
    sock = _connect(target, deadline)
    try:
        sock.settimeout(_left(deadline))
        sock.sendall(_request(target, method, body, headers))
        answer = http.client.HTTPResponse(_Connection(sock, deadline), method=method)  # type: ignore[arg-type]
        answer.begin()
        found: dict[str, str] = {}
        for name, value in answer.getheaders():
            name = name.lower()
            found[name] = f"{found[name]}, {value}" if name in found else value
        unpacked, cut = _body(answer, found, max_bytes, partial)
        kind = found.get("content-type", "").partition(";")[0].strip().lower()
        return Response(answer.status, found, unpacked, target.url, kind, cut)
    except TimeoutError:
        raise TooSlow from None
    except (OSError, http.client.HTTPException, zlib.error, ValueError) as problem:
        raise Unreachable(detail=f"{target.host}: {type(problem).__name__} {problem}") from None
    finally:
        sock.close()


def _request(target: _Target, method: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {
        "host": target.host_header,
        "user-agent": f"Parvis/{VERSION} (+{settings.BASE_URL})",
        "accept": "*/*",
        "accept-encoding": "gzip",
        "connection": "close",
        **headers,
    }
    if body or method in ("POST", "PUT", "PATCH"):
        lines["content-length"] = str(len(body))
    text = f"{method} {target.path} HTTP/1.1\r\n"
    for name, value in lines.items():
        if any(c in "\r\n\0" for c in f"{name}{value}"):
            raise Refused(detail=f"header {name!r}")
        text += f"{name}: {value}\r\n"
    return f"{text}\r\n".encode("latin-1", "replace") + body


def _body(answer: http.client.HTTPResponse, headers: Mapping[str, str], max_bytes: int, partial: bool) -> tuple[bytes, bool]:
    """Return the unpacked body and whether it was cut at max_bytes. Raises TooLarge before more than that is held."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes and not partial:
        raise TooLarge(detail=f"{declared} bytes declared")
    encoding = headers.get("content-encoding", "").lower().strip()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Unreachable(detail=f"content-encoding {encoding}")
    unpack = zlib.decompressobj(47 if "gzip" in encoding else 15) if encoding not in ("", "identity") else None
    parts: list[bytes] = []
    total = taken = 0
    while chunk := answer.read(_CHUNK):
        taken += len(chunk)
        if unpack is not None:
            chunk = unpack.decompress(chunk, max_bytes + 1 - total)
        parts.append(chunk)
        total += len(chunk)
        if total > max_bytes or taken > max_bytes:
            if partial:
                return b"".join(parts)[:max_bytes], True
            raise TooLarge
    if declared.isdigit() and taken < int(declared) and answer.status not in (204, 304) and answer._method != "HEAD":  # type: ignore[attr-defined]
        raise Unreachable(detail="the body was cut short")
    return b"".join(parts), False
