"""The guarded client against servers that attack it. No network: every server is a thread of this process."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from parvis.kernel import http
from parvis.kernel.http import Refused, TooLarge, TooSlow, Unreachable, fetch, is_public

Reply = Callable[[socket.socket, bytes], None]


@contextmanager
def serving(reply: Reply) -> Iterator[tuple[int, list[bytes]]]:
    """Serve `reply(connection, request)` on a local port; yields the port and the requests that came."""
    seen: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def loop() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            request = b""
            try:
                while b"\r\n\r\n" not in request:
                    chunk = connection.recv(65536)
                    if not chunk:
                        return
                    request += chunk
                seen.append(request)
                reply(connection, request)
            except OSError:
                pass

    threading.Thread(target=loop, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.close()


def plain(body: bytes, *, status: str = "200 OK", headers: str = "") -> Reply:
    def reply(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    return reply


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *ports: monkeypatch.setenv("PARVIS_ALLOW_PRIVATE_FETCH", ",".join(f"127.0.0.1:{p}" for p in ports))


def test_an_allowed_address_is_read_and_the_request_says_who_asks(allow: Callable[..., None]) -> None:
    with serving(plain(b"bonjour", headers="Content-Type: Text/Plain; charset=UTF-8\r\n")) as (port, seen):
        allow(port)
        found = fetch(f"http://127.0.0.1:{port}/a path".replace(" ", "%20"), accept="text/plain")
    assert (found.status, found.body, found.content_type, found.charset) == (200, b"bonjour", "text/plain", "utf-8")
    request = seen[0].decode()
    assert request.startswith("GET /a%20path HTTP/1.1\r\n")
    assert "user-agent: Parvis/0.1 (+http" in request
    assert "accept: text/plain" in request


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "100.100.100.200", "224.0.0.1",
        "239.1.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "168.63.129.16", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:53aa:64c::1", "2001:db8::1", "not an address",
    ],
)  # fmt: skip
def test_what_is_not_global_unicast_is_never_connected_to(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "http://", "//example.org/", "http://example.org:22/",
        "http://example.org:6379/", "http://user:secret@example.org/", "http://example.org/a\r\nHost: b", "http://example.org/a b",
        "http://[::1/", "http://example.org:99999/", "javascript:alert(1)", "http://exa\x00mple.org/", "http://" + "a" * 5000,
    ],
)  # fmt: skip
def test_other_schemes_ports_and_malformed_addresses_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        fetch(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]", "127.1"]
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises((Refused, Unreachable)) as caught:
        fetch(f"http://{host}:8080/", timeout_s=5)
    assert caught.type is Refused or "Connection" not in str(caught.value.detail)


def test_a_redirect_to_this_machine_is_refused(allow: Callable[..., None]) -> None:
    with (
        serving(plain(b"secret")) as (inside, inner),
        serving(plain(b"", status="302 Found", headers=f"Location: http://127.0.0.1:{inside}/\r\n")) as (port, _),
    ):
        allow(port)
        with pytest.raises(Refused):
            fetch(f"http://127.0.0.1:{port}/")
        assert inner == []


def test_redirects_are_followed_twice_and_no_more(allow: Callable[..., None]) -> None:
    def reply(connection: socket.socket, request: bytes) -> None:
        n = int(request.split(b" ")[1].strip(b"/") or b"0")
        if n == 0:
            plain(b"there")(connection, request)
        else:
            plain(b"", status="301 Moved", headers=f"Location: /{n - 1}\r\n")(connection, request)

    with serving(reply) as (port, seen):
        allow(port)
        assert fetch(f"http://127.0.0.1:{port}/2").body == b"there"
        assert fetch(f"http://127.0.0.1:{port}/2").url.endswith("/0")
        seen.clear()
        with pytest.raises(Refused):
            fetch(f"http://127.0.0.1:{port}/3")
        assert len(seen) == 3


def test_secrets_do_not_follow_a_redirect_to_another_host(allow: Callable[..., None]) -> None:
    with (
        serving(plain(b"ok")) as (second, seen),
        serving(plain(b"", status="307 Temporary", headers=f"Location: http://127.0.0.1:{second}/\r\n")) as (first, _),
    ):
        allow(first, second)
        fetch(f"http://127.0.0.1:{first}/", headers={"Authorization": "Bearer x", "X-Kept": "1"})
    assert b"authorization" not in seen[0].lower()
    assert b"x-kept: 1" in seen[0]


def test_a_posted_body_is_not_sent_again_elsewhere(allow: Callable[..., None]) -> None:
    with serving(plain(b"", status="307 Temporary", headers="Location: /b\r\n")) as (port, seen):
        allow(port)
        assert fetch(f"http://127.0.0.1:{port}/", method="POST", body=b"x").status == 307
        assert len(seen) == 1


def test_rebinding_names_cannot_change_their_mind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver says public first and 127.0.0.1 afterwards: only the first answer is ever used."""
    answers = iter(["203.0.114.7", "127.0.0.1", "127.0.0.1"])
    connected: list[str] = []
    monkeypatch.setattr(http, "resolve", lambda host, port: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))])
    monkeypatch.setattr(
        socket.socket, "connect", lambda self, address: connected.append(address[0]) or (_ for _ in ()).throw(OSError("no"))
    )
    with pytest.raises(Unreachable):
        fetch("http://rebind.example/")
    assert connected == ["203.0.114.7"]


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, 1, 6, "", (a, 80)) for a in ("93.184.216.34", "192.168.0.1")]
    monkeypatch.setattr(http, "resolve", lambda host, port: both)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    with pytest.raises(Refused):
        fetch("http://both.example/")


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "resolve", lambda *_: time.sleep(3))
    started = time.monotonic()
    with pytest.raises(TooSlow):
        fetch("http://slow.example/", timeout_s=0.2)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_a_slow_drip_is_cut_at_the_deadline(allow: Callable[..., None], start: bytes) -> None:
    def drip(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(start)
        for _ in range(100):
            time.sleep(0.05)
            connection.sendall(b"a")

    with serving(drip) as (port, _):
        allow(port)
        started = time.monotonic()
        with pytest.raises(TooSlow):
            fetch(f"http://127.0.0.1:{port}/", timeout_s=0.4)
        assert time.monotonic() - started < 1.5


def test_endless_interim_answers_end_at_the_deadline(allow: Callable[..., None]) -> None:
    def reply(connection: socket.socket, _request: bytes) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.01)

    with serving(reply) as (port, _):
        allow(port)
        with pytest.raises(TooSlow):
            fetch(f"http://127.0.0.1:{port}/", timeout_s=0.4)


def test_a_huge_body_is_refused_by_its_length_and_by_its_bytes(allow: Callable[..., None]) -> None:
    def endless(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(endless) as (port, _), serving(plain(b"x" * 5000)) as (declared, _):
        allow(port, declared)
        with pytest.raises(TooLarge):
            fetch(f"http://127.0.0.1:{port}/", max_bytes=1_000_000)
        with pytest.raises(TooLarge):
            fetch(f"http://127.0.0.1:{declared}/", max_bytes=4999)
        assert len(fetch(f"http://127.0.0.1:{declared}/", max_bytes=5000).body) == 5000
        part = fetch(f"http://127.0.0.1:{declared}/", max_bytes=100, partial=True)
        assert (len(part.body), part.is_partial) == (100, True)


def test_a_gzip_bomb_is_counted_unpacked(allow: Callable[..., None]) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    with serving(plain(bomb, headers="Content-Encoding: gzip\r\n")) as (port, _):
        allow(port)
        with pytest.raises(TooLarge):
            fetch(f"http://127.0.0.1:{port}/")
    small = gzip.compress("déjà".encode())
    with serving(plain(small, headers="Content-Encoding: gzip\r\n")) as (port, _):
        allow(port)
        assert fetch(f"http://127.0.0.1:{port}/").body.decode() == "déjà"


@pytest.mark.parametrize(
    "garbage",
    [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"],
)  # fmt: skip
def test_what_is_not_http_is_unreachable(allow: Callable[..., None], garbage: bytes) -> None:
    with serving(lambda c, _: c.sendall(garbage)) as (port, _):
        allow(port)
        with pytest.raises(Unreachable):
            fetch(f"http://127.0.0.1:{port}/", timeout_s=3)


def test_headers_cannot_be_injected(allow: Callable[..., None]) -> None:
    allow(1)
    with serving(plain(b"")) as (port, seen):
        allow(port)
        with pytest.raises(Refused):
            fetch(f"http://127.0.0.1:{port}/", headers={"X": "a\r\nB: c"})
        assert seen == []
