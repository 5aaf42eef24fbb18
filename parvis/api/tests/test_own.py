"""Drafts, exports, imports and archives through our own API: one's own only, with the right scope."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from parvis.network.models import Draft, Follow, Post
from parvis.portability import actions, queries
from parvis.portability.models import Archive, Import

BASE = "/api/parvis/v1"


@pytest.fixture(autouse=True)
def _stored_apart(settings: Any, tmp_path: Any) -> None:
    for name in ("default", "originals"):
        known = settings.STORAGES[name]
        location = {**known.get("OPTIONS", {}), "location": str(tmp_path / name)}
        settings.STORAGES = {**settings.STORAGES, name: {**known, "OPTIONS": location}}


def _upload(square: Any, who: str, content: bytes, **fields: str) -> Any:
    """Send a multipart form with a file."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: application/octet-stream\r\n\r\n'
    raw = b"".join(parts) + head + content + b"\r\n--b--\r\n"
    return square.ask("POST", f"{BASE}/imports", who, raw, kind="multipart/form-data; boundary=b")


def test_drafts_belong_to_their_author(square: Any) -> None:
    kept = square.ask("POST", f"{BASE}/drafts", "ada", {"text": "to be", "media_ids": ["5"]})
    assert kept.status == 200, kept.raw
    url = f"{BASE}/drafts/{kept.json['id']}"
    assert square.ask("PUT", url, "ada", {"text": "or not"}).json["params"] == {"text": "or not"}
    assert [d["id"] for d in square.ask("GET", f"{BASE}/drafts", "ada").json] == [kept.json["id"]]
    assert square.ask("GET", f"{BASE}/drafts", "bob").json == []
    for method in ("PUT", "DELETE"):
        assert square.ask(method, url, "bob", {"text": "x"}).status == 404
        assert square.ask(method, url, "", {"text": "x"}).status == 401
    for wrong in ({"text": "a\x00"}, {"text": ["x"]}, {"media_ids": ["x"]}, {"text": "x" * 70_000}):
        assert square.ask("POST", f"{BASE}/drafts", "ada", wrong).status in (404, 422)
    assert square.ask("DELETE", url, "ada").status == 200
    assert not Draft.objects.exists()


def test_relations_are_exported_and_imported_with_a_report(square: Any) -> None:
    square.follow("ada", "bob")
    exported = square.ask("GET", f"{BASE}/exports/following", "ada")
    assert exported.headers["Content-Type"].startswith("text/csv")
    assert b"bob@" in exported.raw
    assert square.ask("GET", f"{BASE}/exports/passwords", "ada").status == 404
    assert square.ask("GET", f"{BASE}/exports/following").status == 401
    square.person("eve")
    brought = _upload(square, "eve", exported.raw + b"nobody@localhost:8000,true,false,\n", kind="following")
    assert brought.status == 200, brought.raw
    assert (brought.json["state"], brought.json["total"], brought.json["progress"]) == ("waiting", 2, 0.0)
    actions.run_import.call(int(brought.json["id"]))
    url = f"{BASE}/imports/{brought.json['id']}"
    shown = square.ask("GET", url, "eve").json
    assert (shown["state"], shown["done"], shown["failed"], shown["progress"]) == ("done", 1, 1, 1.0)
    failed = square.ask("GET", f"{url}/items?state=failed", "eve").json
    assert [item["label"] for item in failed] == ["nobody@localhost:8000"]
    assert Follow.objects.filter(follower_id=square.ids["eve"], followee_id=square.ids["bob"]).exists()
    for path in (url, f"{url}/items"):
        assert square.ask("GET", path, "bob").status == 404
    assert square.ask("DELETE", url, "bob").status == 404
    assert square.ask("DELETE", url, "eve").status == 200
    assert not Import.objects.exists()


def test_refused_files_leave_nothing(square: Any) -> None:
    for fields in (
        {"kind": "following"},
        {"kind": "posts"},
        {"kind": "secrets"},
        {"kind": "posts", "visibility": "all"},
        {"kind": "blocks", "mode": "x"},
        {},
    ):
        answered = _upload(square, "ada", b"\xff\xfe", **fields)
        assert (answered.status, "error" in answered.json) == (422, True), answered.raw
    assert _upload(square, "", b"bob@localhost\n", kind="following").status == 401
    assert not Import.objects.exists()


def test_posts_are_brought_and_their_audience_chosen(square: Any) -> None:
    from parvis.portability.tests.conftest import note, outbox

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as whole:
        whole.writestr("outbox.json", json.dumps(outbox(note(1))))
    brought = _upload(square, "ada", out.getvalue(), kind="posts")
    assert (brought.status, brought.json["source"], brought.json["visibility"]) == (200, "mastodon", "private")
    actions.run_import.call(int(brought.json["id"]))
    path = f"/api/v1/statuses/{Post.objects.get().id}"
    assert square.ask("GET", path, "bob").status == 404
    url = f"{BASE}/imports/{brought.json['id']}/audience"
    assert square.ask("POST", url, "bob", form="visibility=public").status == 404
    assert square.ask("POST", url, "ada", form="visibility=public").json == {"changed": 1}
    assert square.ask("GET", path, "bob").json["created_at"] == "2019-03-01T10:00:00.000Z"


def test_archive_is_downloaded_by_its_owner_only(square: Any) -> None:
    square.post("ada", "mine")
    asked = square.ask("POST", f"{BASE}/archives", "ada")
    assert asked.status == 200, asked.raw
    assert square.ask("POST", f"{BASE}/archives", "ada").status == 429
    url = f"{BASE}/archives/{asked.json['id']}/file"
    assert square.ask("GET", url, "ada").status == 404
    actions.make_archive.call(int(asked.json["id"]))
    assert square.ask("GET", f"{BASE}/archives", "ada").json[0]["state"] == "ready"
    got = square.ask("GET", url, "ada")
    assert zipfile.ZipFile(io.BytesIO(got.raw)).testzip() is None
    assert "attachment" in got.headers["Content-Disposition"]
    assert (square.ask("GET", url, "bob").status, square.ask("GET", url).status) == (404, 401)
    assert queries.archives(square.ids["bob"]) == []


def test_closing_an_account_takes_its_files(square: Any) -> None:
    from parvis.flows import close_account

    _upload(square, "ada", b"bob@localhost:8000\n", kind="following")
    square.ask("POST", f"{BASE}/archives", "ada")
    close_account.purge(square.ids["ada"])
    assert not Import.objects.exists()
    assert not Archive.objects.exists()
