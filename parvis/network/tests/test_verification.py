"""rel="me": a link on a profile is verified when the page it leads to links back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from parvis.kernel import changes, outbox
from parvis.network import verification
from parvis.network.actions.profile import ProfileEdit, edit_profile
from parvis.network.models import Account
from parvis.network.queries import account


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve pages from a local port that may be asked; yields (base address, {path: html})."""
    found: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = found.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PARVIS_ALLOW_PRIVATE_FETCH", f"127.0.0.1:{server.server_port}")
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    server.server_close()


def verified(account_id: int) -> list[bool]:
    changes.sync()
    return [f["verified_at"] is not None for f in account(account_id).fields]


@pytest.mark.django_db
def test_only_a_page_that_links_back_verifies_a_link(pages: tuple[str, dict[str, str]], settings: Any) -> None:
    base, served = pages
    me = Account.objects.create(username="Ada")
    profile = f"{settings.BASE_URL}/@Ada"
    served["/good"] = f'<html><a rel="nofollow ME" href="{profile}/">me</a>'
    served["/head"] = f'<link rel="me" href="{profile.upper()}">'
    served["/plain"] = f'<a href="{profile}">not rel me</a>'
    served["/other"] = '<a rel="me" href="https://elsewhere.example/@Ada">someone else</a>'
    names = ["/good", "/head", "/plain", "/other", "/missing"]
    for part in (names[:3], names[3:]):
        edit_profile(me.id, ProfileEdit(fields=[("link", base + n) for n in part]))
        verification.verify_links.call(me.id)
        assert verified(me.id) == [n in ("/good", "/head") for n in part]


@pytest.mark.django_db
def test_a_verified_link_stays_so_until_it_changes(pages: tuple[str, dict[str, str]], settings: Any) -> None:
    base, served = pages
    me = Account.objects.create(username="ada")
    served["/"] = f'<a rel="me" href="{settings.BASE_URL}/users/ada"></a>'
    edit_profile(me.id, ProfileEdit(fields=[("site", f"{base}/")]))
    assert verification.verify_links.call(me.id) == 1
    served.clear()
    edit_profile(me.id, ProfileEdit(fields=[("renamed", f"{base}/"), ("new", f"{base}/2")]))
    assert verified(me.id) == [True, False]
    edit_profile(me.id, ProfileEdit(fields=[("site", f"{base}/#changed")]))
    assert verified(me.id) == [False]


@pytest.mark.django_db
def test_addresses_of_this_machine_are_never_asked(settings: Any) -> None:
    me = Account.objects.create(username="ada")
    edit_profile(me.id, ProfileEdit(fields=[("x", "http://127.0.0.1:1/"), ("y", "http://[::1]/"), ("z", "not an address")]))
    assert verification.verify_links.call(me.id) == 0
    assert verified(me.id) == [False, False, False]


@pytest.mark.django_db
def test_an_edit_asks_for_verification_once_there_is_something_to_verify() -> None:
    from django_tasks_db.models import DBTaskResult

    from parvis.config import wiring

    wiring.connect()
    me = Account.objects.create(username="ada")
    edit_profile(me.id, ProfileEdit(note="no link"))
    outbox.drain()
    assert not DBTaskResult.objects.exists()
    edit_profile(me.id, ProfileEdit(fields=[("site", "https://ada.example")]))
    edit_profile(me.id, ProfileEdit(fields=[("site", "https://ada.example")]))
    outbox.drain()
    assert [task.task_path for task in DBTaskResult.objects.all()] == ["parvis.network.verification.verify_links"]


def test_a_hostile_page_verifies_nothing_and_takes_no_time() -> None:
    own = verification.own_addresses("ada")
    link = f'<a rel=me href="{next(iter(own))}">'
    big = 300_000
    began = time.process_time()
    for page in (
        "<" * big, "<a " * big, "<a rel=me href=" * big, "<!--" * big, "<!-- " + link, "<![x[" * big, "\x00\xff",
        "<a rel=me href='http://[::1'>", "<a rel=me href='javascript:1'>", "<a rel=me>" * big, "<a " + "rel " * big,
    ):  # fmt: skip
        assert verification.links_back(page, "https://x.example/", own) is False, page[:20]
    assert time.process_time() - began < 5
    assert verification.links_back("<!-- a --><p>" + link, "https://x.example/", own) is True
